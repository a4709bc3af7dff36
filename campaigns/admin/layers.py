"""Layers of experiments: what of each is taken, by whom and until when."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from campaigns import layers
from campaigns.models import Layer


@admin.register(Layer)
class LayerAdmin(ModelAdmin):
    list_display = ("name", "note", "free")
    search_fields = ("name", "note")
    list_fullwidth = True
    actions = None

    def get_fields(self, request: HttpRequest, obj: Layer | None = None) -> tuple[str, ...]:
        return ("name", "note", "held") if obj else ("name", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: Layer | None = None) -> tuple[str, ...]:
        return ("held",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Layer | None = None) -> bool:
        """One that a campaign names is history."""
        return super().has_delete_permission(request, obj) and not (obj and obj.experiments.exists())

    @display(description=_("free"))
    def free(self, layer: Layer) -> str:
        return f"{sum(high - low for low, high in layers.gaps(layer))} %"

    @display(description=_("taken by"))
    def held(self, layer: Layer) -> Any:
        found = layers.taken(layer)
        if not found:
            return _("Nobody: all of it is free.")
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((_told(each),) for each in found)))


def _told(each: layers.Slice) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:campaigns_campaign_change", args=[each.campaign.pk]), each)
