"""Companies that stand in the field of a name, and the person to talk to there."""

from typing import NamedTuple

import polars as pl

from segments.cleaning.first_names import TITLED

FORMS = "ООО|ОАО|ЗАО|АО|ПАО|НАО|ИП|ГУП|МУП|ФГУП|ГБУ|МБУ|ФГБУ|АНО|НКО|СНТ|ТСЖ|КФХ|ТОО|ЧП"
COMPANY = (
    rf"^(?i:{FORMS}|общество с ограниченной|(?:публичное |закрытое |открытое )?акционерное общество"
    rf"|индивидуальный предприниматель)(?:[^\p{{L}}]|$)|[\s\",»](?:ООО|ОАО|ЗАО|АО|ПАО)\s*$"
)
LONGEST = 200
_IN_BRACKETS = r"\(([^)]*)"
_AFTER_WORD = r"(?i)(?:конт(?:акт\p{L}*|\.)?\s*(?:лицо)?|директор|в лице|представитель)\s*[:\-]?\s+(\p{L}[\p{L}.\- ]+)"
_AFTER_SIGN = r"[/,;»\"]\s*(\p{Lu}[\p{L}\-]+\s+\p{Lu}[\p{L}.\-]*(?:\s+\p{Lu}[\p{L}.\-]*)?)\s*$"
_ENTREPRENEUR = (
    r"^(?i:ИП|индивидуальный предприниматель)\s+(\p{Lu}[\p{L}\-]+\s+\p{Lu}[\p{L}.\-]*(?:\s+\p{Lu}[\p{L}.\-]*)?)\s*$"
)


class Parted(NamedTuple):
    """`company` as named; `person` ('' = nobody) as written."""

    company: pl.Series
    person: pl.Series


def set_apart(cells: pl.Series) -> Parted:
    """«ООО "Вектор-12" (Иванов Иван)» → company and person; an entrepreneur «ИП Иванов Иван» is both."""
    company = cells.str.replace(r"\s*\(.*$", "").str.slice(0, LONGEST)
    names = pl.col("cell").str.extract(_ENTREPRENEUR)
    first = names.str.to_titlecase().str.split(" ").list.get(1, null_on_oob=True)
    person = pl.coalesce(
        pl.col("cell").str.extract(_IN_BRACKETS),
        pl.col("cell").str.extract(_AFTER_WORD),
        pl.when(first.is_in(TITLED)).then(names),
        pl.col("cell").str.extract(_AFTER_SIGN),
        pl.lit(""),
    )
    return Parted(company, cells.rename("cell").to_frame().select(person).to_series())
