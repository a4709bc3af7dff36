"""Which column fills which field: the fields, the usual Russian headers, and a proposal for a new file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.importing.errors import UnusableFile
from segments.models.imports import Mapping

Columns = dict[str, list[str]]  # {field: [header, …]}


@dataclass(frozen=True, slots=True)
class Field:
    """`aliases` are headers as `_plain` writes them. `needed` fields must have a column."""

    name: str
    label: str | Promise
    aliases: tuple[str, ...]
    needed: bool = False
    several: bool = False  # takes all matching columns, not the first one only


CARD_FIELDS = (
    Field("code", gettext_lazy("code of the card"), ("код", "код контрагента", "код клиента", "guid", "ид", "id"), needed=True),
    Field("name", gettext_lazy("full name or company"), ("наименование", "фио", "клиент", "контрагент", "покупатель", "имя клиента", "полное наименование", "фио клиента")),
    Field("last_name", gettext_lazy("last name"), ("фамилия",)),
    Field("first_name", gettext_lazy("first name"), ("имя",)),
    Field("middle_name", gettext_lazy("patronymic"), ("отчество",)),
    Field("phone", gettext_lazy("phones"), ("телефон", "доп телефон", "дополнительный телефон", "моб телефон", "мобильный телефон", "мобильный", "контактный телефон", "телефон 2", "телефоны", "тел", "рабочий телефон", "домашний телефон", "телефон мобильный"), several=True),
    Field("email", gettext_lazy("e-mails"), ("e mail", "email", "эл почта", "электронная почта", "почта", "адрес электронной почты", "mail", "емейл"), several=True),
    Field("birth_date", gettext_lazy("date of birth"), ("дата рождения", "день рождения", "др", "д р")),
    Field("sex", gettext_lazy("sex"), ("пол",)),
    Field("city", gettext_lazy("city"), ("город", "населенный пункт", "г")),
    Field("centre", gettext_lazy("dealer centre"), ("подразделение", "салон", "дилерский центр", "организация", "дц", "подразделение компании")),
    Field("consent", gettext_lazy("consent to mailings"), ("согласие на рассылку", "согласие", "согласие на рекламу", "рассылка")),
    Field("created_on", gettext_lazy("opened on"), ("дата создания", "создан", "дата регистрации", "дата заведения")),
)  # fmt: skip
DOCUMENT_FIELDS = (
    Field("key", gettext_lazy("identifier in the source"), ("guid", "ссылка", "ref key", "уникальный идентификатор")),
    Field("number", gettext_lazy("number"), ("номер", "номер документа", "заказ наряд", "номер заказ наряда", "документ"), needed=True),
    Field("date", gettext_lazy("date"), ("дата", "дата документа", "дата закрытия", "дата продажи", "дата визита"), needed=True),
    Field("kind", gettext_lazy("kind of document"), ("вид операции", "вид документа", "тип документа", "хозоперация", "операция"), needed=True),
    Field("card_code", gettext_lazy("code of the card"), ("код контрагента", "код клиента", "контрагент код", "клиент код", "код покупателя"), needed=True),
    Field("brand", gettext_lazy("brand"), ("марка", "бренд", "марка автомобиля")),
    Field("model", gettext_lazy("model"), ("модель", "модель автомобиля")),
    Field("vin", "VIN", ("vin", "вин", "vin номер", "номер кузова", "вин код")),
    Field("plate", gettext_lazy("plate"), ("гос номер", "госномер", "государственный номер", "рег номер", "грз")),
    Field("year", gettext_lazy("year"), ("год выпуска", "год", "г в")),
    Field("condition", gettext_lazy("new or used"), ("состояние", "новый б у", "тип автомобиля")),
    Field("amount", gettext_lazy("sum, ₽"), ("сумма документа", "сумма", "стоимость", "цена", "итого")),
    Field("margin", gettext_lazy("margin, ₽"), ("маржа", "прибыль", "валовая прибыль")),
    Field("centre", gettext_lazy("dealer centre"), ("подразделение", "салон", "дилерский центр", "организация", "дц", "подразделение компании")),
    Field("salesperson", gettext_lazy("salesperson"), ("менеджер", "мастер приемщик", "продавец", "ответственный", "мастер")),
    Field("reason", gettext_lazy("reason of refusal"), ("причина отказа", "причина ухода", "причина")),
    Field("status", gettext_lazy("status"), ("статус", "состояние документа")),
)  # fmt: skip
FIELDS: dict[str, tuple[Field, ...]] = {Mapping.Kind.CARDS: CARD_FIELDS, Mapping.Kind.DOCUMENTS: DOCUMENT_FIELDS}
NAME_FIELDS = ("name", "last_name", "first_name")
# Between the cells of one field: several phones stay several, parts of a name become one name.
JOIN_LINES = ("phone", "email")


def propose(kind: str, headers: Sequence[str]) -> Columns:
    """The likely mapping of a file by its headers; a field without a likely column is left out."""
    free = list(headers)
    columns: Columns = {}
    for field in FIELDS[kind]:
        likely = [header for header in free if _plain(header) in field.aliases]
        likely.sort(key=lambda header: field.aliases.index(_plain(header)))
        if likely:
            columns[field.name] = likely if field.several else likely[:1]
            free = [header for header in free if header not in columns[field.name]]
    return columns


def check(kind: str, columns: Columns, headers: Sequence[str]) -> Columns:
    """The mapping without empty fields; raises UnusableFile when a needed field or a named column is missing."""
    columns = {field: list(names) for field, names in columns.items() if names}
    known = {field.name: field for field in FIELDS[kind]}
    if unknown := sorted(set(columns) - set(known)):
        raise UnusableFile(_("The mapping names unknown fields: %(fields)s.") % {"fields": ", ".join(unknown)})
    if absent := sorted({name for names in columns.values() for name in names} - set(headers)):
        raise UnusableFile(
            _("The file has no column “%(columns)s”. Choose the columns again.") % {"columns": "”, “".join(absent)}
        )
    missing = [field for field in known.values() if field.needed and field.name not in columns]
    if kind == Mapping.Kind.CARDS and not any(name in columns for name in NAME_FIELDS):
        missing.append(known["name"])
    if missing:
        raise UnusableFile(
            _("The file of %(kind)s lacks the needed columns: %(fields)s. Its columns are: %(headers)s.")
            % {
                "kind": Mapping.Kind(kind).label,
                "fields": ", ".join(str(field.label) for field in missing),
                "headers": ", ".join(headers),
            }
        )
    return columns


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


def _plain(header: str) -> str:
    header = re.sub(r" \(\d+\)$", "", header)
    return " ".join(re.sub(r"[^a-zа-я0-9]+", " ", header.casefold().replace("ё", "е")).split())
