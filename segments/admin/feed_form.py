"""The form of a feed: what each transport needs, and what is wrong with it before it is stored."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from segments.admin.import_page import TITLES
from segments.feeding.odata.entities import ALFA_AVTO
from segments.feeding.sealing import seal
from segments.feeding.transports import transport_class
from segments.models import Feed, Mapping

PREFIX = "name_"
EXAMPLES = {
    Mapping.Kind.CARDS: "контрагенты*.csv",
    Mapping.Kind.DOCUMENTS: "документы*.csv",
    Mapping.Kind.STOCK: "склад*.xlsx",
    Mapping.Kind.TRAFFIC: "трафик*.csv",
    Mapping.Kind.STOP_LIST: "стоп-лист*.csv",
}
NAME_FIELDS = [f"{PREFIX}{kind}" for kind in EXAMPLES]


def _file_name(kind: str) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"placeholder": EXAMPLES[kind]})
    return forms.CharField(label=TITLES[kind], required=False, max_length=120, widget=widget)


class FeedForm(forms.ModelForm):
    """`Feed.files` is written as names of files or as entities of 1C, by transport. The secret is write-only."""

    name_cards = _file_name(Mapping.Kind.CARDS)
    name_documents = _file_name(Mapping.Kind.DOCUMENTS)
    name_stock = _file_name(Mapping.Kind.STOCK)
    name_traffic = _file_name(Mapping.Kind.TRAFFIC)
    name_stop_list = _file_name(Mapping.Kind.STOP_LIST)

    password = forms.CharField(
        label=_("Password or private key"),
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "A private key whole, with its first and last line. Stored encrypted, never shown; empty keeps the stored one."
        ),
    )
    entities = forms.CharField(
        label=_("Entities of 1C"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 26, "spellcheck": "false", "class": "font-mono"}),
        help_text=_(
            "What is read of 1C, as JSON: for each table its entity and, by column, where the value lies. "
            "Nothing else is asked for. “A|B” takes the first that is filled, “Part[Key=Value].Field” rows of a "
            "table part, “Reference>Entity.Field” a value behind a reference."
        ),
    )

    class Meta:
        model = Feed
        fields = (
            "name", "source", "transport", "address", "login", "every_minutes", "late_after_hours", "shrink_percent",
            "moves_taken", "is_active",
        )  # fmt: skip
        help_texts = {
            "address": _(
                "A folder: its name below the allowed root. SFTP: sftp://host/folder. "
                "1C OData: http(s)://host/base/odata/standard.odata."
            ),
            "late_after_hours": _("No delivery for so long is an alarm on the start page."),
            "shrink_percent": _("A delivery that is shorter by more is held back until a person decides. 100: never."),
            "moves_taken": _("Otherwise they stay where they are. Nothing is ever deleted."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = self.instance.files if self.instance.pk else {}
        takes_names = not self.instance.pk or transport_class(self.instance.transport).files_field == "names"
        for kind in EXAMPLES:
            self.fields[f"{PREFIX}{kind}"].initial = files.get(kind, "") if takes_names else ""
        entities = ALFA_AVTO if takes_names else files
        self.fields["entities"].initial = json.dumps(entities, ensure_ascii=False, indent=2)

    def clean_every_minutes(self) -> int:
        return self._within("every_minutes", 7 * 24 * 60)

    def clean_late_after_hours(self) -> int:
        return self._within("late_after_hours", 365 * 24)

    def clean_shrink_percent(self) -> int:
        return self._within("shrink_percent", 100)

    def _within(self, field: str, most: int) -> int:
        value = self.cleaned_data[field]
        if not 1 <= value <= most:
            raise forms.ValidationError(_("From 1 to %(most)s.") % {"most": most})
        return value

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("transport"):
            self._check_place(data, transport_class(data["transport"]))
        moved = self.instance.pk and "address" in self.changed_data
        if moved and self.instance.secret and not data.get("password"):
            self.add_error("password", _("Enter it again: it was given for another address and is not sent elsewhere."))
        return data

    def _check_place(self, data: dict[str, Any], transport: Any) -> None:
        fields = {"files": "entities" if transport.files_field == "entities" else f"{PREFIX}cards"}
        try:
            data["files"] = self._files(data, transport.files_field)
        except ValueError as error:
            self.add_error("entities", _("This is not JSON: %(why)s.") % {"why": error})
            return
        for field, sentence in transport.mistakes(data.get("address", ""), data["files"]).items():
            if field != "address" or "address" not in self.errors:
                self.add_error(fields.get(field, field), sentence)

    def _files(self, data: dict[str, Any], how: str) -> Any:
        if how == "entities":
            return json.loads(data.get("entities") or "{}")
        return {kind: name for kind in EXAMPLES if (name := data.get(f"{PREFIX}{kind}", "").strip())}

    def save(self, commit: bool = True) -> Feed:
        """Another address is another machine: its key must be confirmed anew."""
        self.instance.files = self.cleaned_data["files"]
        if "address" in self.changed_data or "transport" in self.changed_data:
            self.instance.host_key = ""
            self.instance.seen = {}
        if self.cleaned_data.get("password"):
            self.instance.secret = seal(self.cleaned_data["password"])
        return super().save(commit)
