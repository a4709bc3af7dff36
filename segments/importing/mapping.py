"""Which column fills which field: a proposal for a new file, the check of what a person chose, and the reading."""

import re
from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl
from django.utils.translation import gettext as _

from segments.consents import ADS
from segments.consents import CHANNELS as CHANNELS_OF
from segments.importing.errors import UnusableFile
from segments.importing.fields import FIELDS, ONE_OF, Field
from segments.models.history import Interaction
from segments.models.imports import Mapping
from segments.models.people import ContactKind, Purpose

__all__ = [
    "ALL_CONSENTS",
    "CHANNELS",
    "CONSENTS",
    "FIELDS",
    "Columns",
    "Field",
    "check",
    "check_options",
    "fields_of",
    "propose",
    "wanted",
]

Columns = dict[str, list[str]]  # {field: [header, …]}
# Of the addresses that files bring: what a stop-list stops.
CHANNELS = {kind: CHANNELS_OF[kind] for kind in (ContactKind.EMAIL, ContactKind.PHONE)}
# What a "yes" or a "no" may be said of.
CONSENTS: dict[str, tuple[str, ...]] = {kind: (*channels, ADS) for kind, channels in CHANNELS.items()}
ALL_CONSENTS = [*(channel for channels in CHANNELS.values() for channel in channels), ADS]
OPTIONS = {Mapping.Kind.CARDS: {"consent"}, Mapping.Kind.DOCUMENTS: {"kind"}}
LONGEST_TEXT = 300
# Between the cells of one field: several phones stay several, parts of a name become one name.
JOIN_LINES = ("phone", "email")
# Groups of a report's header («Покупатель / Телефон») whose columns are the customer's, the car's or the document's.
GROUPS = {
    "покупатель", "клиент", "контрагент", "заказчик", "владелец", "физлицо", "физическое лицо", "контакты", "посетитель",
    "контактные данные", "контактная информация", "автомобиль", "а м", "тс", "документ", "сделка", "товар", "сумма",
    "подразделение", "продажа", "визит", "заказ наряд", "адрес", "сведения о клиенте", "данные клиента",
}  # fmt: skip
# Words that only say whose the value is; «телефон менеджера» is somebody else's and is not among them.
WHOSE = re.compile(
    r"\b(?:клиента|контрагента|покупателя|владельца|заказчика|физлица|физического лица|посетителя|автомобиля|авто|а м"
    r"|тс|документа|основной|основная|личный|client|customer)\b"
)


class _Match(NamedTuple):
    """How well a header fits a field, the best first: fewer liberties taken, then the field's own order."""

    liberty: int
    alias: int
    field: int
    header: int


def propose(kind: str, headers: Sequence[str]) -> Columns:
    """The likely mapping of a file by its headers; a field without a likely column is left out.

    The best fitting pairs of field and header are taken first; each header goes to one field.
    """
    fields = FIELDS[kind]
    matches = sorted(
        _Match(liberty, fields[f].aliases.index(variant), f, h)
        for h, header in enumerate(headers)
        for liberty, variant in enumerate(_variants(header))
        for f in range(len(fields))
        if variant in fields[f].aliases
    )
    chosen: dict[int, list[int]] = {}
    used: set[int] = set()
    for match in matches:
        free = match.field not in chosen or fields[match.field].several
        if free and match.header not in used:
            chosen.setdefault(match.field, []).append(match.header)
            used.add(match.header)
    return {fields[f].name: [headers[h] for h in chosen[f]] for f in sorted(chosen)}


def check(kind: str, columns: Columns, headers: Sequence[str], options: Mapping_[str, Any] | None = None) -> Columns:
    """The mapping without empty fields; raises UnusableFile when a named column is missing, or a needed field that no
    checked option stands in for."""
    columns = {field: list(names) for field, names in columns.items() if names}
    known = {field.name: field for field in FIELDS[kind]}
    if unknown := sorted(set(columns) - set(known)):
        raise UnusableFile(_("The mapping names unknown fields: %(fields)s.") % {"fields": ", ".join(unknown)})
    if absent := sorted({name for names in columns.values() for name in names} - set(headers)):
        raise UnusableFile(
            _("The file has no column “%(columns)s”. Choose the columns again.") % {"columns": "”, “".join(absent)}
        )
    missing = [
        str(field.label) for field in known.values() if field.needed and field.name not in {*columns, *(options or {})}
    ]
    if not set(ONE_OF.get(kind, columns)) & set(columns):
        missing.append(_(" or ").join(str(known[name].label) for name in ONE_OF.get(kind, ())))
    if missing:
        raise UnusableFile(
            _("The file of %(kind)s lacks the needed columns: %(fields)s. Its columns are: %(headers)s.")
            % {"kind": Mapping.Kind(kind).label, "fields": ", ".join(missing), "headers": ", ".join(headers)}
        )
    return columns


def check_options(kind: str, options: Mapping_[str, Any]) -> dict[str, Any]:
    """The options of a mapping as the import reads them; raises UnusableFile when one is unknown.

    Of cards: `{"consent": {"channels": […], "purpose": "advertising", "text": "…"}}` says what a "yes" of the file
    covers; every part may be missing. Of documents: `{"kind": "visit"}` says what a row is whose kind no column tells.
    Other kinds have none.
    """
    known = OPTIONS.get(Mapping.Kind(kind), set())
    if unknown := sorted(set(options) - known):
        raise UnusableFile(_("The mapping has unknown options: %(options)s.") % {"options": ", ".join(unknown)})
    checked: dict[str, Any] = {}
    if options.get("consent"):
        checked["consent"] = _check_consent(options["consent"])
    if options.get("kind"):
        if options["kind"] not in Interaction.Kind.values:
            raise UnusableFile(_("Unknown kind of document: %(kind)s.") % {"kind": options["kind"]})
        checked["kind"] = options["kind"]
    return checked


def _check_consent(consent: Any) -> dict[str, Any]:
    if not isinstance(consent, dict) or set(consent) - {"channels", "purpose", "text"}:
        raise UnusableFile(_("What a “yes” covers is said by channels, purpose and text alone."))
    checked: dict[str, Any] = {}
    if "channels" in consent:
        checked["channels"] = _check_channels(consent["channels"])
    if "purpose" in consent:
        if consent["purpose"] not in Purpose.values:
            raise UnusableFile(_("Unknown purpose of a consent: %(purpose)s.") % {"purpose": consent["purpose"]})
        checked["purpose"] = consent["purpose"]
    if text := " ".join(str(consent.get("text") or "").split()):
        if len(text) > LONGEST_TEXT:
            raise UnusableFile(_("The text of a consent is longer than %(n)d characters.") % {"n": LONGEST_TEXT})
        checked["text"] = text
    return checked


def _check_channels(channels: Any) -> list[str]:
    if not isinstance(channels, list) or not channels or not all(isinstance(channel, str) for channel in channels):
        raise UnusableFile(_("Choose at least one channel that a “yes” covers."))
    if unknown := sorted(set(channels) - set(ALL_CONSENTS)):
        raise UnusableFile(_("Unknown channels of a consent: %(channels)s.") % {"channels": ", ".join(unknown)})
    return [channel for channel in ALL_CONSENTS if channel in channels]


def wanted(columns: Columns) -> list[str]:
    """All headers that the mapping reads; nothing else of the file is read."""
    return list(dict.fromkeys(header for names in columns.values() for header in names))


def fields_of(kind: str, frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Columns of a file → one text column per field ('' where nothing is mapped), trimmed."""
    made = []
    for field in FIELDS[kind]:
        names = columns.get(field.name, [])
        if not names:
            made.append(pl.lit("").alias(field.name))
        elif len(names) == 1:
            made.append(pl.col(names[0]).str.strip_chars().alias(field.name))
        else:
            cells = pl.concat_list([pl.col(name).str.strip_chars() for name in names])
            glue = "\n" if field.name in JOIN_LINES else " "
            made.append(cells.list.eval(pl.element().filter(pl.element() != "")).list.join(glue).alias(field.name))
    return frame.select("line", *made)


def _variants(header: str) -> list[str]:
    """A header as aliases are written: whole first, then with ever more liberties."""
    header = re.sub(r" \(\d+\)$", "", header)
    last = header
    if len(parts := re.split(r"\s+/\s+|\s*\\\s*", header)) > 1 and all(_plain(part) in GROUPS for part in parts[:-1]):
        last = parts[-1]
    bare = re.sub(r"\([^)]*\)", " ", last)
    inside = re.search(r"\(([^)]*)\)", last)
    variants = [_plain(header), _plain(last), _plain(bare), _unnumbered(bare)]
    variants.append(" ".join(WHOSE.sub(" ", _unnumbered(bare)).split()))
    if inside and _plain(bare) in GROUPS:
        variants.insert(2, _plain(inside[1]))
    return variants


def _unnumbered(header: str) -> str:
    return re.sub(r"\s*\d+$|^n ", "", _plain(header)).strip()


def _plain(header: str) -> str:
    return " ".join(re.sub(r"[^a-zа-я0-9]+", " ", header.casefold().replace("ё", "е")).split())
