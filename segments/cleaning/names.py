"""Names of people and companies out of one cell: order, case, initials, look-alikes, remarks, contact persons."""

import polars as pl

from segments.cleaning.first_names import FEMALE, FIRST_NAMES, MALE

COMPANY = r"^(?i:ООО|ОАО|ЗАО|АО|ПАО|НАО|ИП|ГУП|МУП|ФГУП|ГБУ|МБУ|ФГБУ|АНО|НКО|СНТ|ТСЖ|КФХ)(?:[^\p{L}]|$)"
PATRONYMIC = r"(?:ович|евич|ич|овна|евна|ична|инична|оглы|улы|кызы)$"
MALE_PATRONYMIC, FEMALE_PATRONYMIC = r"(?:ич|оглы|улы)$", r"(?:на|кызы)$"
REMARK = (
    r"(?:^|\s)(?:не звонить|не беспокоить|клиент|покупатель|муж|жена|сын|дочь|брат|сестра|мать|отец|супруга?"
    r"|vip|вип|гарантия|физ\.? ?лицо|моб|раб|дом|новый|старый|дубль|повтор)(?:\s|$)"
)
# Cards that testers and cashiers leave behind.
NOBODY = (
    r"(?i)(?:^|\s)(?:тест|test|тестовый|тестовая)(?:\s|\d|$)|розничн\p{L}* покупател|частное лицо|физ\.?\s?лиц|"
    r"физическ\p{L}* лиц|не использовать|удалить|^яяя|^ааа+$|^я+$|^х+$|неизвестн"
)
_LATIN = list("aeocpxykmtbhABEKMHOPCTXY")
_CYRILLIC = list("аеосрхукмтвнАВЕКМНОРСТХУ")
LONGEST = 120


def clean_names(cells: pl.Series) -> pl.DataFrame:
    """`last_name, first_name, middle_name, company, sex, nobody`: strings ('' = none) and a flag, a row per cell.

    Initials end with a dot («И.»). `sex` is 'm', 'f' or '' by patronymic, else by first name.
    `nobody` marks test and till cards.
    """
    frame = _set_company_apart(cells)
    frame = frame.with_columns(_tokens(pl.col("person")).alias("token"))
    frame = _arrange(frame)
    names = ("last_name", "first_name", "middle_name")
    frame = frame.with_columns(*(_cased(pl.col(name)).alias(name) for name in names))
    return frame.with_columns(_sex().alias("sex")).select(*names, "company", "sex", "nobody")


def _set_company_apart(cells: pl.Series) -> pl.DataFrame:
    """«ООО "Вектор-12" (Иванов Иван)» → company and the person in the brackets."""
    frame = cells.rename("cell").to_frame().select(pl.col("cell").str.replace_all(r"\s+", " ").str.strip_chars())
    frame = frame.with_columns(pl.col("cell").str.contains(COMPANY).alias("is_company"))
    return frame.select(
        pl.when("is_company").then(pl.col("cell").str.replace(r"\s*\(.*$", "").str.slice(0, 200)).otherwise(pl.lit("")).alias("company"),
        pl.when("is_company")
        .then(pl.col("cell").str.extract(r"\((.*)$").fill_null("").str.replace(r"\([^)]*\)?", ""))
        .otherwise(pl.col("cell").str.replace_all(r"\([^)]*\)?", " "))
        .alias("person"),
        (~pl.col("is_company") & pl.col("cell").str.contains(NOBODY)).alias("nobody"),
    )  # fmt: skip


def _tokens(person: pl.Expr) -> pl.Expr:
    """Words in lower case: Latin look-alikes folded where the rest is Russian, remarks and signs gone."""
    mixed = person.str.contains(r"\p{Cyrillic}") & person.str.contains(r"[A-Za-z]")
    text = pl.when(mixed).then(person.str.replace_many(_LATIN, _CYRILLIC)).otherwise(person).str.to_lowercase()
    text = text.str.replace_all(REMARK, " ").str.replace_all(r"[^\p{L}\- ]", " ")
    return text.str.extract_all(r"\p{L}[\p{L}\-]*")


def _plain(token: pl.Expr) -> pl.Expr:
    return token.str.replace_all("ё", "е", literal=True)


def _arrange(frame: pl.DataFrame) -> pl.DataFrame:
    """Tokens → surname, first name, patronymic, by patronymics and known first names; default order is ФИО."""
    word = [pl.col("token").list.get(i, null_on_oob=True).fill_null("") for i in range(3)]
    frame = frame.with_columns(*(word[i].alias(f"w{i}") for i in range(3)), pl.col("token").list.len().alias("words"))
    frame = frame.with_columns(
        pl.col("token").list.slice(2).list.join(" ").alias("rest"),
        *(_plain(pl.col(f"w{i}")).is_in(FIRST_NAMES).alias(f"first{i}") for i in range(2)),
        *(pl.col(f"w{i}").str.contains(PATRONYMIC).alias(f"patronymic{i}") for i in (1, 2)),
    )
    initials_lead = (pl.col("w0").str.len_chars() == 1) & (pl.col("w2").str.len_chars() > 1)
    turned = (pl.col("words") == 3) & ((pl.col("patronymic1") & ~pl.col("patronymic2")) | initials_lead)
    nameless = (pl.col("words") == 2) & pl.col("first0") & pl.col("patronymic1")  # «Иван Петрович»
    swapped = (pl.col("words") == 2) & pl.col("first0") & ~pl.col("first1")  # «Иван Петров»
    alone = (pl.col("words") == 1) & pl.col("first0")
    given_first = turned | nameless | swapped | alone
    return frame.with_columns(
        pl.when(turned).then("w2").when(nameless | alone).then(pl.lit("")).when(swapped).then("w1").otherwise("w0").alias("last_name"),
        pl.when(given_first).then("w0").otherwise("w1").alias("first_name"),
        pl.when(turned | nameless).then("w1").when(given_first).then(pl.lit("")).otherwise("rest").alias("middle_name"),
    )  # fmt: skip


def _cased(name: pl.Expr) -> pl.Expr:
    cased = name.str.slice(0, LONGEST - 1).str.strip_chars("-").str.to_titlecase()
    return pl.when(cased.str.len_chars() == 1).then(cased + ".").otherwise(cased)


def _sex() -> pl.Expr:
    middle, first = pl.col("middle_name").str.to_lowercase(), _plain(pl.col("first_name").str.to_lowercase())
    return (
        pl.when(middle.str.contains(MALE_PATRONYMIC)).then(pl.lit("m"))
        .when(middle.str.contains(FEMALE_PATRONYMIC)).then(pl.lit("f"))
        .when(first.is_in(MALE)).then(pl.lit("m"))
        .when(first.is_in(FEMALE)).then(pl.lit("f"))
        .otherwise(pl.lit(""))
    )  # fmt: skip
