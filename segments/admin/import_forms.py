"""Forms of an import: what is uploaded, which column fills which field, and what a "yes" covers."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from segments.admin.customer_page import CHANNEL_LABELS
from segments.importing.mapping import ALL_CONSENTS, FIELDS, Columns, Field
from segments.importing.reading import LABELS
from segments.models import Interaction, Mapping, Source
from segments.models.people import Purpose

COVERED = ("email", "sms")  # what a "yes" of an export covers unless the mapping says otherwise
FILE_TYPES = ".csv,.tsv,.txt,.xlsx,.xls,.ods,.zip,.gz,.xml"


class UploadForm(forms.Form):
    """Where the files come from and the files; a source is chosen or named anew, one file is enough."""

    source = forms.ModelChoiceField(
        Source.objects.exclude(kind=Source.Kind.OWN), required=False, label=_("Source"), empty_label=_("A new one")
    )
    new_source = forms.CharField(max_length=120, required=False, label=_("Name of the new source"))
    cards = forms.FileField(required=False, label=_("Cards of customers"))
    documents = forms.FileField(required=False, label=_("Documents: sales, service orders, visits"))
    stock = forms.FileField(required=False, label=_("Cars in stock: the whole stock of the source"))
    traffic = forms.FileField(required=False, label=_("Visitor counters: centre, day, visitors"))
    encoding = forms.ChoiceField(required=False, label=_("Encoding of the texts"))
    stop_list = forms.FileField(required=False, label=_("Stop-list: phones and e-mails that get no advertising"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["encoding"].choices = [("", _("told by the file itself")), *LABELS.items()]
        for name in Mapping.Kind.values:
            self.fields[name].widget.attrs["accept"] = FILE_TYPES
        for field in self.fields.values():
            field.widget.attrs["class"] = "kb-input"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        name = data.get("new_source", "").strip()
        if not data.get("source") and not name:
            self.add_error("new_source", _("Choose a source or name a new one: “1C of the Lakhta centre”, “Website”."))
        data["source_name"] = data["source"].name if data.get("source") else name
        if not self.files and not self.errors:
            raise forms.ValidationError(_("Add at least one file."))
        return data


class FieldRow:
    """One field of the mapping as the page draws it: its label and a select for each column it takes."""

    def __init__(self, kind: str, field: Field, chosen: list[str]) -> None:
        self.field, self.chosen = field, chosen
        self.name = f"{kind}-{field.name}"
        self.selects = [*chosen, ""] if field.several or not chosen else chosen


def mapping_rows(kind: str, columns: Columns) -> list[FieldRow]:
    """All fields of a kind of file, with the columns that this mapping gives them."""
    return [FieldRow(kind, field, columns.get(field.name, [])) for field in FIELDS[kind]]


def chosen_columns(kind: str, data: Any) -> Columns:
    """The mapping that the page posted: `{field: [header, …]}`, an empty list for a field that nothing fills."""
    return {
        field.name: list(dict.fromkeys(header for header in data.getlist(f"{kind}-{field.name}") if header))
        for field in FIELDS[kind]
    }


@dataclass(frozen=True)
class Consent:
    """What a "yes" of a cards file covers, as the page asks for it."""

    channels: list[dict[str, Any]]
    purposes: list[dict[str, Any]]
    text: str

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Consent":
        said = options.get("consent", {})
        covered = said.get("channels", COVERED)
        chosen = said.get("purpose", Purpose.ADVERTISING)
        return cls(
            [{"name": name, "label": label, "chosen": name in covered} for name, label in _channels()],
            [{"name": name, "label": label, "chosen": name == chosen} for name, label in Purpose.choices],
            said.get("text", ""),
        )


def kinds_of_documents(options: dict[str, Any]) -> list[dict[str, Any]]:
    """What the rows of a documents file may be whose kind no column tells."""
    return [
        {"name": name, "label": label, "chosen": name == options.get("kind")}
        for name, label in Interaction.Kind.choices
    ]


def _channels() -> list[tuple[str, Any]]:
    return [(name, CHANNEL_LABELS.get(name, name)) for name in ALL_CONSENTS]


def chosen_options(kind: str, data: Any) -> dict[str, Any]:
    """The options that the page posted, as `mapping.check_options` takes them; {} where it asked for none."""
    if kind == Mapping.Kind.DOCUMENTS and data.get("documents-all-are"):
        return {"kind": data["documents-all-are"]}
    if kind != Mapping.Kind.CARDS or "consent-purpose" not in data:
        return {}
    return {
        "consent": {
            "channels": data.getlist("consent-channels"),
            "purpose": data["consent-purpose"],
            "text": data.get("consent-text", ""),
        }
    }


def unread(headers: list[str], columns: Columns) -> list[str]:
    """Columns of the file that nothing reads."""
    read = {header for names in columns.values() for header in names}
    return [header for header in headers if header not in read]
