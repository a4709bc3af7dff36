"""What a file of calls says to whoever loads it: its columns, proposed and corrected, and what it would do so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from segments.masking import mask_phone
from tracking.calls import Loaded, load_calls
from tracking.calls.mapping import BY_NAME, CLOCK, DAY, FIELDS, Field, missing, proposed
from tracking.calls.reading import has_our_headers, looked_at
from tracking.models import CallTrackingAccount
from tracking.numbers import normalised
from tracking.telephony_models import CallFileMapping

OWN, OTHER = "own", "other"
APART = "other:"  # before the numbers of calls of a provider without an account
COLUMN = "col_"
LONGEST = 40  # characters of an example
PLAIN = {
    "virtual_phone_number",
    "start_time",
    "finish_time",
    DAY,
    CLOCK,
    "id",
    "communication_id",
}  # no people's numbers


@dataclass(frozen=True)
class Choice:
    """A field, the column that says it ("": none), and the first value of that column."""

    field: Field
    column: str
    sample: str


@dataclass
class Seen:
    """A file as it is shown. `columns` None: its headers are our field names, and nothing is asked."""

    whose: str
    account: CallTrackingAccount | None
    headers: list[str]
    samples: list[dict[str, str]]
    columns: dict[str, str] | None
    sealed: str = ""
    preview: Loaded | None = None
    lacking: list[Any] = field(default_factory=list)

    def load(self, data: bytes, *, dry_run: bool = False) -> Loaded:
        """Raises UnusableFile. What people chose is kept for the next file of the same owner."""
        prefix = APART if self.whose == OTHER else ""
        loaded = load_calls(data, dry_run=dry_run, account=self.account, columns=self.columns, prefix=prefix)
        if self.columns is not None and not dry_run:
            kept = {each.name: self.columns.get(each.name, "") for each in FIELDS}
            CallFileMapping.objects.update_or_create(
                whose=self.whose, defaults={"columns": kept, "saved_at": timezone.now()}
            )
        return loaded

    def choices(self) -> list[Choice]:
        if self.columns is None:
            return []
        told = [(each, self.columns.get(each.name, "")) for each in FIELDS]
        return [Choice(each, column, self._sample(each, column)) for each, column in told]

    def unused(self) -> list[str]:
        used = set((self.columns or {}).values())
        return [header for header in self.headers if header not in used]

    def _sample(self, told: Field, column: str) -> str:
        """Numbers of people masked, as everywhere."""
        found = next((row[column][:LONGEST] for row in self.samples if column and row.get(column)), "")
        number = "" if told.name in PLAIN else normalised(found)
        return mask_phone(number) if number else found


def owners() -> list[tuple[str, Any]]:
    """Whose a file may be: accounts, or nobody's."""
    accounts = [(str(account.pk), account.name) for account in CallTrackingAccount.objects.all()]
    return [
        (OWN, _("CoMagic or UIS, without an account")),
        *accounts,
        (OTHER, _("another provider, without an account")),
    ]


def seen(data: bytes, told: Mapping[str, str], *, sealed: str = "") -> Seen:
    """What a file says; `told`: the form that came with it. Raises UnusableFile."""
    whose = told.get("whose") or OWN
    account = CallTrackingAccount.objects.filter(pk=whose).first() if whose.isascii() and whose.isdigit() else None
    if account is None and whose != OTHER:
        whose = OWN
    headers, samples = looked_at(data)
    found = Seen(whose, account, headers, samples, _columns(told, headers, whose), sealed)
    if found.columns is not None:
        found.lacking = [BY_NAME[name].label for name in missing(found.columns)]
    if not found.lacking:
        found.preview = found.load(data, dry_run=True)
    return found


def _columns(told: Mapping[str, str], headers: list[str], whose: str) -> dict[str, str] | None:
    """What was chosen, else what was saved, else what is proposed."""
    if any(name.startswith(COLUMN) for name in told):
        chosen = {each.name: told.get(COLUMN + each.name, "") for each in FIELDS}
        return {name: column for name, column in chosen.items() if column in headers}
    if has_our_headers(headers):
        return None
    saved = CallFileMapping.objects.filter(whose=whose).values_list("columns", flat=True).first()
    return proposed(headers, saved)
