"""Websites that tell events: their addresses and keys, what stands in their pages, and what came lately."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from channels.admin.server_keys import KeyedAdmin
from tracking.models import EventKind, Site, WebsiteEvent
from tracking.website_events import sites
from tracking.website_events.panel import VIEW, about

LATEST = 20
COUNTED_FOR = 60  # seconds that the counts of a day are kept
DAY = timedelta(days=1)
MOST_ORIGINS, MOST_OPERATIONS = 20, 100


class Lines(forms.CharField):
    """One value a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), **options)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            value = [f"{name} = {kind}" for name, kind in value.items()]
        return "\n".join(value) if isinstance(value, list) else value


class SiteForm(forms.ModelForm):
    origins = Lines(
        label=gettext_lazy("Addresses"),
        help_text=gettext_lazy("Whose pages may tell events: https://example.ru, without a path, one a line."),
    )
    operations = Lines(
        label=gettext_lazy("Operations of Mindbox"),
        help_text=gettext_lazy(
            "Only for names of your own, one a line: the name, the sign “=”, our kind of event. Usual names are known."
        ),
    )

    class Meta:
        model = Site
        fields = ("name", "origins", "is_active", "operations")

    def clean_origins(self) -> list[str]:
        lines = [line.strip().lower().rstrip("/") for line in self.cleaned_data["origins"].splitlines() if line.strip()]
        wrong = next((line for line in lines if not sites.ORIGIN.fullmatch(line)), None)
        if wrong or len(lines) > MOST_ORIGINS:
            raise ValidationError(_("An address is https://example.ru: without a path, one a line, 20 at most."))
        return list(dict.fromkeys(lines))

    def clean_operations(self) -> dict[str, str]:
        lines = [line for line in self.cleaned_data["operations"].splitlines() if line.strip()]
        found = {}
        for line in lines[: MOST_OPERATIONS + 1]:
            name, _sign, kind = (part.strip() for part in line.partition("="))
            if not name or len(name) > 100 or kind not in EventKind.values:
                kinds = ", ".join(EventKind.values)
                raise ValidationError(
                    _("“%(line)s”: after the sign “=” one of these: %(kinds)s.") % {"line": line[:80], "kinds": kinds}
                )
            found[name] = kind
        if len(found) > MOST_OPERATIONS:
            raise ValidationError(_("%d operations at most.") % MOST_OPERATIONS)
        return found


@admin.register(Site)
class SiteAdmin(KeyedAdmin):
    form = SiteForm
    list_display = ("name", "addresses", "key_made", "is_active")
    search_fields = ("name",)
    change_form_template = "tracking/admin/site.html"
    key_template = "tracking/admin/site_secret.html"
    key_title = gettext_lazy("Key of the site “%s”")
    key_logged = gettext_lazy("A new key of the server is made.")
    compressed_fields = True
    actions = None
    nothing_yet = gettext_lazy(
        "Add a site, and what people do on it is seen here and may start a scenario: views, carts, requests."
    )

    @display(description=gettext_lazy("addresses"))
    def addresses(self, site: Site) -> str:
        return ", ".join(site.origins) or "—"

    def renew(self, door: Site) -> str:
        return sites.new_secret(door)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        site = Site.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        more = shown(site, may_see=request.user.has_perm(VIEW)) if site else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        """Keys are made by their button: a form that was read before does not take them back."""
        obj.save(update_fields=("name", "origins", "is_active", "operations") if change else None)
        sites.forget()

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        # Events keep pointing at their site: it is switched off instead.
        return False


def shown(site: Site, *, may_see: bool) -> dict[str, Any]:
    """What the page says beside the form."""
    found = WebsiteEvent.objects.filter(site=site).select_related("customer", "brand", "model")
    latest = found.filter(received_at__gte=timezone.now() - DAY).order_by("-received_at")[:LATEST] if may_see else ()
    base = settings.PUBLIC_URL + reverse("website_events:tell")
    return {
        "snippet": f'<script async src="{base}krug.js" data-site="{site.public_key}"></script>',
        "api": base,
        "mindbox": f"{base}mindbox/v3/operations/async?endpointId={site.public_key}",
        "docs": reverse("website_events:openapi-view"),
        "is_secure": settings.HTTPS,
        "kinds": _counts(site) if may_see else [],
        "events": [{"event": event, "about": about(event)} for event in latest],
    }


def _counts(site: Site) -> list[tuple[str, int]]:
    """Events of the last day by kind, the most frequent first; kept for a minute, since a busy site has a million."""
    try:
        counted = cache.get_or_set(f"krug-events-day-{site.pk}", lambda: _count(site), COUNTED_FOR)
    except RedisError:
        counted = _count(site)
    labels = dict(EventKind.choices)
    return [(capfirst(str(labels.get(kind, kind))), events) for kind, events in counted]


def _count(site: Site) -> list[tuple[str, int]]:
    lately = WebsiteEvent.objects.filter(site=site, received_at__gte=timezone.now() - DAY)
    return list(lately.values_list("kind").annotate(events=Count("pk")).order_by("-events"))
