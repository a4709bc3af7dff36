"""Snippets: pieces of text that a manager edits once for all messages that ask for them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns import snippets
from campaigns.models import Snippet
from campaigns.refusals import Refused
from campaigns.staff import person_name

SHOWN = 100  # characters in the list


class SnippetForm(forms.ModelForm):
    class Meta:
        model = Snippet
        fields = ("name", "medium", "text")
        widgets = {"text": UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "true"})}
        help_texts = {
            "name": _("In a text it is written as {{ фрагмент.name }}."),
            "text": _("Plain words, or MJML in letters. Placeholders are filled in; other snippets are not."),
        }

    def clean_name(self) -> str:
        return self.cleaned_data["name"].lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kept = self.instance
        name, medium = cleaned.get("name") or kept.name, cleaned.get("medium") or kept.medium
        if not (name and medium and cleaned.get("text")):
            return cleaned
        if found := snippets.faults(medium, cleaned["text"]):
            self.add_error("text", found)
        elif kept.pk:
            try:
                snippets.try_out(Snippet(pk=kept.pk, name=name, medium=medium, text=cleaned["text"]))
            except Refused as refusal:
                self.add_error("text", refusal.sentence)
        return cleaned


@admin.register(Snippet)
class SnippetAdmin(ModelAdmin):
    form = SnippetForm
    list_display = ("placeholder", "medium", "beginning", "changed_at", "who")
    list_filter = ("medium",)
    list_select_related = ("author",)
    search_fields = ("name", "text")
    list_fullwidth = True
    actions = None

    def get_fields(self, request: HttpRequest, obj: Snippet | None = None) -> tuple[str, ...]:
        return ("name", "medium", "text", "used_in") if obj else ("name", "medium", "text")

    def get_readonly_fields(self, request: HttpRequest, obj: Snippet | None = None) -> tuple[str, ...]:
        """Under another name the texts that ask for it would not find it."""
        return ("name", "medium", "used_in") if obj else ()

    @display(description=_("snippet"), ordering="name")
    def placeholder(self, snippet: Snippet) -> str:
        return snippet.placeholder

    @display(description=_("text"))
    def beginning(self, snippet: Snippet) -> str:
        return Truncator(" ".join(snippet.text.split())).chars(SHOWN)

    @display(description=_("changed by"))
    def who(self, snippet: Snippet) -> str:
        return person_name(snippet.author) if snippet.author else "—"

    @display(description=_("used in"))
    def used_in(self, snippet: Snippet) -> str:
        links = [
            (reverse("admin:campaigns_campaign_change", args=[campaign.pk]), campaign.name)
            for campaign in snippets.users(snippet)
        ]
        note = _("What has gone out keeps the text it went out with.")
        if not links:
            return format_html("{} {}", _("No campaign that is still to go."), note)
        listed = format_html_join(", ", '<a class="kb-link" href="{}">{}</a>', links)
        return format_html("{}. {}", listed, note)

    def save_model(self, request: HttpRequest, obj: Snippet, form: forms.ModelForm, change: bool) -> None:
        if changed := snippets.save(obj, request.user):
            sentence = ngettext(
                "%(number)d campaign has the new text; if it was approved, it is to be approved again.",
                "%(number)d campaigns have the new text; those that were approved are to be approved again.",
                len(changed),
            )
            messages.info(request, sentence % {"number": len(changed)})

    def delete_model(self, request: HttpRequest, obj: Snippet) -> None:
        snippets.delete(obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
            return redirect("admin:campaigns_snippet_change", object_id)
