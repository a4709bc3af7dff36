"""Lists of contacts: pasted or uploaded once, asked about by rules; what each line gave is told."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from segments.admin.rule_builder import grouped
from segments.contact_lists import MOST_REFUSED, REASONS, Judged, Unreadable, judge, keep, text_of
from segments.models import ContactList
from segments.rules.lists import segments_upon


class NewList(forms.ModelForm):
    """Addresses come pasted or in a file; the judged lines are kept for `save_model`."""

    pasted = forms.CharField(
        label=_("Phones and e-mails"), required=False, strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 12}),
        help_text=_("A line for each person. Several addresses in a line are fine, names beside them too."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("or a file"), required=False, widget=UnfoldAdminFileFieldWidget, help_text=_("CSV or TXT, up to 20 MB")
    )

    class Meta:
        model = ContactList
        fields = ["name", "note"]

    judged: Judged

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        pasted, file = cleaned.get("pasted", ""), cleaned.get("file")
        if bool(pasted.strip()) == bool(file):
            raise ValidationError(_("Paste the addresses or choose a file: one of the two."))
        try:
            self.judged = judge(text_of(file.read()) if file else pasted)
        except Unreadable as error:
            raise ValidationError(str(error)) from error
        return cleaned


@admin.register(ContactList)
class ContactListAdmin(ModelAdmin):
    list_display = ["name", "addresses_shown", "lines_shown", "created_at", "author"]
    list_select_related = ["author"]
    search_fields = ["name", "note"]
    search_help_text = _("Part of the name or of the purpose")
    list_per_page = 50
    actions = None
    nothing_yet = _(
        "Phones and e-mails that were gathered elsewhere come here: guests of an exhibition, customers of a partner. "
        "A rule can then ask who is on the list."
    )

    def get_form(
        self, request: HttpRequest, obj: ContactList | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewList}), **kwargs)

    def get_fields(self, request: HttpRequest, obj: ContactList | None = None) -> list[str]:
        if obj is None:
            return ["name", "note", "pasted", "file"]
        return ["name", "note", "found", "asked_by", "report"]

    def get_readonly_fields(self, request: HttpRequest, obj: ContactList | None = None) -> list[str]:
        return ["found", "asked_by", "report"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: ContactList | None = None) -> bool:
        """A list that a rule asks about stays: its page says which segments these are."""
        return super().has_delete_permission(request, obj) and not (obj and segments_upon(obj))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The addresses are counted, not listed: there may be hundreds of thousands, and they go in one statement."""
        counts = {self.opts.verbose_name_plural: len(objs), gettext("addresses"): sum(each.addresses for each in objs)}
        return [str(each) for each in objs], counts, set(), []

    def save_model(self, request: HttpRequest, obj: ContactList, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.author = request.user
            keep(form.judged, obj)

    @display(description=_("people can be found by"), ordering="addresses")
    def addresses_shown(self, made: ContactList) -> str:
        return _addresses(made.addresses)

    @display(description=_("lines"), ordering="lines")
    def lines_shown(self, made: ContactList) -> str:
        return grouped(made.lines)

    @display(description=_("Found in the base"))
    def found(self, made: ContactList) -> str:
        lines = ngettext("of %(n)s line", "of %(n)s lines", made.lines) % {"n": grouped(made.lines)}
        return f"{_addresses(made.addresses)} {lines}"

    @display(description=_("Segments that ask about it"))
    def asked_by(self, made: ContactList) -> str:
        return ", ".join(f"«{each}»" for each in segments_upon(made)) or gettext("none yet")

    @display(description=_("Lines that gave nobody"))
    def report(self, made: ContactList) -> Any:
        if not made.refusals:
            return gettext("none: every line was found")
        counts = (
            (REASONS.get(code, code), grouped(n)) for code, n in sorted(made.refusals.items(), key=lambda e: -e[1])
        )
        summary = format_html_join("", "<li>{} — {}</li>", counts)
        rows = format_html_join(
            "", "<tr><td>{}</td><td>{}</td></tr>", ((line, REASONS.get(code, code)) for line, code in made.refused)
        )
        head = format_html(
            '<tr><th class="pr-4 text-left">{}</th><th class="text-left">{}</th></tr>',
            gettext("Line"),
            gettext("Reason"),
        )
        most = gettext("The first %(most)s lines are listed.") % {"most": MOST_REFUSED}
        more = most if sum(made.refusals.values()) > MOST_REFUSED else ""
        return format_html(
            '<ul class="mb-4">{}</ul><div class="max-h-80 overflow-y-auto" tabindex="0">'
            "<table><thead>{}</thead><tbody>{}</tbody></table></div>{}",
            summary, head, rows, more,
        )  # fmt: skip


def _addresses(number: int) -> str:
    return ngettext("%(n)s address", "%(n)s addresses", number) % {"n": grouped(number)}
