"""Names of people and companies out of one cell: order, case, ё, initials, look-alikes, remarks, contact persons."""

import polars as pl

from segments.cleaning.companies import COMPANY, set_apart
from segments.cleaning.first_names import TITLED, TITLED_FEMALE, TITLED_MALE, YO
from segments.cleaning.notes import Judged, all_notes, mask_of, note, notes_where, patch
from segments.cleaning.remarks import (
    NOBODY_STEMS,
    REFUSAL_STEMS,
    REMARK,
    REMARK_STEMS,
    is_nobody,
    refuses_contact,
    without_remarks,
)

# Endings as pytrovich has them, with the particles of Turkic patronymics.
MALE_PATRONYMIC = r"(?:ич|(?i:оглы|улы|уулу|углы|угли))$"
FEMALE_PATRONYMIC = r"(?:на|(?i:кызы|кизи|гызы|кзы))$"
PATRONYMIC = r"(?:ович|евич|ич|овна|евна|ична|инична|(?i:оглы|улы|уулу|углы|угли|кызы|кизи|гызы|кзы))$"
PARTICLES = ["Оглы", "Улы", "Уулу", "Углы", "Угли", "Кызы", "Кизи", "Гызы", "Кзы"]
LOWERED = {f" {word}": f" {word.lower()}" for word in PARTICLES}

WORDS_ONLY = r"^[а-яё]+(?:[ \-][а-яё]+)*$"
UNEVEN_SPACES = r"\s\s|[^\S ]|^\s|\s$"
_LATIN = list("aeocpxykmtbhABEKMHOPCTXY")
_CYRILLIC = list("аеосрхукмтвнАВЕКМНОРСТХУ")
LONGEST = 120
NAMES = ("last_name", "first_name", "middle_name")


def clean_names(cells: pl.Series) -> pl.DataFrame:
    """A row per cell: `last_name, first_name, middle_name, company, sex` ('' = none) and the flags `nobody`,
    `refuses`, `greetable`.

    Initials end with a dot («И.»). `sex` is 'm', 'f' or '' by patronymic, else by first name. `nobody` marks test and
    till cards; `refuses`: it says that the person wants no calls; `greetable`: the first name may be used in a
    greeting, since it is in the dictionary.
    """
    return judge_names(cells).clean


def judge_names(cells: pl.Series) -> Judged:
    """`clean_names`, and what was changed or marked. `not_in_dictionary` is said of the first name."""
    text = cells.str.strip_chars()
    uneven = text.str.contains(UNEVEN_SPACES)
    text = patch(text, uneven, text.filter(uneven).str.replace_all(r"\s+", " "))
    company, person, is_company = _people(text)
    lower = person.str.to_lowercase()
    likely = lower.str.contains_any(REMARK_STEMS + NOBODY_STEMS + REFUSAL_STEMS)
    odd = ~lower.str.contains(WORDS_ONLY) | likely
    tidy, marks = _tidied(person.filter(odd), lower.filter(odd))
    lower = patch(lower, odd, tidy)
    frame = _arranged(lower.str.to_titlecase())
    odd_rows = odd.arg_true()
    marks = marks.with_columns(odd_rows.gather(marks["row"]).cast(pl.UInt32).alias("row"))
    nobody, refuses = (
        mask_of(marks.filter(pl.col("code") == c)["row"], len(cells)) for c in ("junk", "refuses_contact")
    )
    nobody &= ~is_company
    names = frame.select(
        *NAMES, company.alias("company"), "sex", nobody.alias("nobody"), refuses.alias("refuses"), "greetable"
    )
    nameless = (names["last_name"] == "") & (names["first_name"] == "") & (text != "") & ~is_company & ~nobody
    notes = all_notes(
        marks.filter(pl.col("code") != "junk"),
        note("junk", nobody.arg_true()),
        notes_where({
            "order": frame["turned"],
            "yo": frame["yo"],
            "initials": frame["initials"],
            "not_in_dictionary": (names["first_name"] != "") & ~names["greetable"] & ~frame["initials"] & ~nobody,
            "company_contact": is_company & (names["last_name"] + names["first_name"] != ""),
            "not_a_name": nameless,
            "case": ~odd & (person != frame["text"]),
        }),
    )  # fmt: skip
    return Judged(names, notes)


def _people(text: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Company ('' for a person), the person as written, and whether the cell names a company."""
    is_company = text.str.contains(COMPANY)
    company, person = set_apart(text.filter(is_company))
    return patch(pl.repeat("", len(text), eager=True), is_company, company), patch(text, is_company, person), is_company


def _tidied(person: pl.Series, lower: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    """Cells that are more than words, as lower-case words with single spaces; and what they carried besides.

    `junk` marks a test or till card. Brackets hold remarks; Latin letters are folded where the rest is Russian.
    """
    refuses, nobody = refuses_contact(lower), is_nobody(lower)
    bare = person.str.replace_all(r"\([^)]*\)?", " ")
    mixed = bare.str.contains(r"\p{Cyrillic}") & bare.str.contains(r"[A-Za-z]")
    bare = patch(bare, mixed, bare.filter(mixed).str.replace_many(_LATIN, _CYRILLIC)).str.to_lowercase()
    remark = bare.str.contains(REMARK) | person.str.contains(r"\(\s*\p{L}")
    bare = patch(bare, remark, without_remarks(bare.filter(remark)))
    words = bare.str.replace_all(r"[^\p{L}\-'’]+|(?:^|[ .])[\-'’]+|[\-'’]+(?:[ .]|$)", " ")
    words = words.str.replace_all(r"\s+", " ").str.strip_chars(" -'’")
    notes = notes_where({"refuses_contact": refuses, "junk": nobody, "look_alikes": mixed, "remark": remark})
    return words, notes


def _arranged(text: pl.Series) -> pl.DataFrame:
    """Words in title case → NAMES, sex, and how they were found: `turned`, `initials`, `greetable`, `yo`."""
    words = text.str.splitn(" ", 4).struct.unnest().rename(lambda name: name.replace("field_", "w"))
    frame = words.with_columns(
        text.alias("text"),
        pl.sum_horizontal(pl.all().is_not_null()).alias("words"),
        pl.all().fill_null(""),
        *(pl.col(f"w{i}").is_in(TITLED).fill_null(False).alias(f"known{i}") for i in (0, 1)),
        *(pl.col(f"w{i}").str.contains(PATRONYMIC).fill_null(False).alias(f"patronymic{i}") for i in (1, 2)),
    )
    frame = _ordered(frame).with_columns(
        pl.col("first_name").replace(YO).alias("restored"),
        pl.when(pl.col("first_name") == pl.col("w0")).then("known0").when(pl.col("first_name") == pl.col("w1")).then("known1").otherwise(False).alias("greetable"),
        ((pl.col("first_name").str.len_chars() == 1) | (pl.col("middle_name").str.len_chars() == 1)).alias("initials"),
    )  # fmt: skip
    frame = frame.with_columns(
        pl.col("restored").alias("first_name"), (pl.col("restored") != pl.col("first_name")).alias("yo")
    )
    return _finished(frame)


def _ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """Which word is the surname, by patronymics and known first names; the default order is ФИО."""
    two, three = pl.col("words") == 2, pl.col("words") == 3
    particle = pl.col("w2").is_in(PARTICLES) & pl.col("known0")
    initials_lead = (pl.col("w0").str.len_chars() == 1) & (pl.col("w2").str.len_chars() > 1)
    turned = three & ((pl.col("patronymic1") & ~pl.col("patronymic2")) | initials_lead)
    nameless = two & pl.col("known0") & pl.col("patronymic1")  # «Иван Петрович»
    swapped = two & pl.col("known0") & ~pl.col("known1")  # «Иван Петров»
    alone = (pl.col("words") == 1) & pl.col("known0")
    frame = frame.with_columns(
        pl.when(particle).then(pl.lit("particle")).when(turned).then(pl.lit("turned")).when(nameless).then(pl.lit("nameless"))
        .when(swapped).then(pl.lit("swapped")).when(alone).then(pl.lit("alone")).otherwise(pl.lit("")).alias("how"),
    )  # fmt: skip
    how = pl.col("how")
    rest = pl.when(pl.col("w3") == "").then("w2").otherwise(pl.col("w2") + " " + pl.col("w3"))
    return frame.with_columns(
        pl.when(how == "").then("w0").when(how == "turned").then("w2").when(how == "swapped").then("w1")
        .when(how == "particle").then("w3").otherwise(pl.lit("")).alias("last_name"),
        pl.when(how == "").then("w1").otherwise("w0").alias("first_name"),
        pl.when(how == "").then(rest).when(how == "particle").then(pl.col("w1") + " " + pl.col("w2"))
        .when(how.is_in(["turned", "nameless"])).then("w1").otherwise(pl.lit("")).alias("middle_name"),
        (turned | swapped | (particle & (pl.col("w3") != ""))).alias("turned"),
    )  # fmt: skip


def _finished(frame: pl.DataFrame) -> pl.DataFrame:
    """Dots after initials, particles in lower case, nothing too long; and the sex."""
    frame = frame.with_columns(_sex().alias("sex"))
    columns = []
    for name in NAMES:
        column = frame[name]
        one = column.str.len_chars() == 1
        column = patch(column, one, column.filter(one) + ".")
        long = column.str.len_chars() > LONGEST
        columns.append(patch(column, long, column.filter(long).str.slice(0, LONGEST)))
    middle = columns[2]
    particle = middle.str.contains(" ", literal=True)
    middle = patch(middle, particle, middle.filter(particle).str.replace_many(LOWERED))
    return frame.with_columns(*columns[:2], middle)


def _sex() -> pl.Expr:
    middle, first = pl.col("middle_name"), pl.col("first_name")
    return (
        pl.when(middle.str.contains(MALE_PATRONYMIC)).then(pl.lit("m"))
        .when(middle.str.contains(FEMALE_PATRONYMIC)).then(pl.lit("f"))
        .when(first.is_in(TITLED_MALE)).then(pl.lit("m"))
        .when(first.is_in(TITLED_FEMALE)).then(pl.lit("f"))
        .otherwise(pl.lit(""))
    )  # fmt: skip
