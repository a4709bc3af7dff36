"""Phones → E.164, country, mobile or not. Column patterns take what Russians write; `phonenumbers` decides on the rest.

The patterns are built from the library's own metadata, so that both say the same of every input. What is mended
before either looks (in `parse_phone` for one cell, in `judge_phones` for a column):

- words around a number: «т. 8960…(моб)»; signs and spaces inside it; «.0» that Excel added;
- up to three letters that look like digits: «8 921 675-64-О5», «892l6756405»;
- «+8…» of eleven digits, which means «8…»;
- a number that Excel wrote as 7,9216756405E+10, as long as all its digits are there.
"""

import re
from typing import Any

import phonenumbers
import polars as pl
from phonenumbers import PhoneMetadata, PhoneNumberType

from segments.cleaning.notes import Judged, all_notes, note, patch

_RUSSIA: Any = PhoneMetadata.metadata_for_region("RU")
_MOBILE: str = _RUSSIA.mobile.national_number_pattern.replace(r"\d", "[0-9]")  # \d takes other scripts' digits too
_FIXED: str = _RUSSIA.fixed_line.national_number_pattern.replace(r"\d", "[0-9]")
RUSSIAN = rf"^(?:(?:\+7|7|8)(?:{_MOBILE}|{_FIXED})|{_MOBILE})$"
# What the library certainly refuses: too few digits for any Russian number, or 9… that is no mobile. 810 dials abroad.
HOPELESS = (
    r"^(?:\+7[0-9]{0,9}|[0-79][0-9]{0,8}|8(?:[02-8][0-9]{0,7}|1(?:[1-9][0-9]{0,6})?|9[0-9]{0,9})?|7?9[0-9]{9}"
    r"|79[0-9]{8})$"
)
LOST_DIGIT = r"^(?:\+?7|8)?9[0-9]{8}$"

SEVERAL = r"[,;/\n\r|]| и "
# Words like «нет», and a mask «+7(___)___-__-__» that nobody filled, are an empty cell, not a mistake.
NOTHING = r"^\D*[78]?\D*$"
# «9999999999», «89111111111»: seven or more of one digit at the end is nobody's number.
JUNK = "(?:" + "|".join(f"{digit}{{7,}}" for digit in range(10)) + ")$"
SCIENTIFIC = r"^\s*[0-9][.,][0-9]+[eEеЕ]\+?[0-9]+\s*$"
ELEVEN_DIGITS = r"^\s*([78])[.,]([0-9]{10})[eEеЕ]\+?10\s*$"

SIGNS = r"[\s()\-]"
AROUND = r"(?i)^(?:телефон|тел|т|моб|сот|раб|дом)[.:]*|(?:моб|сот|раб|дом)\.?$"
PLAIN = r"^\+?[0-9]+$"
LOOK_ALIKES = dict(zip("ОоOoЗзlIiбВB", "000033111688", strict=True))
_LETTERS = "".join(LOOK_ALIKES)
LIKE_DIGITS = rf"^\+?(?:[0-9]*[{_LETTERS}]){{1,3}}[0-9]*$"
ENOUGH_DIGITS = r"(?:[0-9].*){7}"

_SIGNS, _AROUND, _LIKE_DIGITS, _ENOUGH = map(re.compile, (SIGNS, AROUND, LIKE_DIGITS, ENOUGH_DIGITS))
_TABLE = str.maketrans(LOOK_ALIKES)
_WORDS = re.compile(r"[^\d+()\-\s]+")
_ELEVEN_DIGITS = re.compile(ELEVEN_DIGITS)
_MOBILES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)

Parsed = tuple[str, str, bool]  # E.164, country, is it mobile
_VALUES: Any = {"phone": pl.String, "country": pl.String, "is_mobile": pl.Boolean}


def clean_phones(cells: pl.Series) -> pl.DataFrame:
    """All numbers of a column of cells, which may hold several: `row, position, phone, country, is_mobile`.

    `row` counts from 0; a cell without a usable number has no row in the answer.
    """
    return judge_phones(cells).clean


def judge_phones(cells: pl.Series) -> Judged:
    """`clean_phones`, and what was mended, marked or refused."""
    parts, several = _split(cells)
    key = parts["cell"].str.replace_all(SIGNS, "")
    odd = ~key.str.contains(PLAIN)
    mended, mends = _mended(parts["row"].filter(odd), parts["cell"].filter(odd), key.filter(odd))
    key = patch(key, odd, mended)
    fast = key.str.contains(RUSSIAN)
    national = key.str.slice(-10)
    parts = parts.with_columns(
        pl.when(fast).then("+7" + national).alias("phone"),
        pl.when(fast).then(pl.lit("RU")).alias("country"),
        pl.when(fast).then(national.str.starts_with("9")).alias("is_mobile"),
        key.alias("key"),
    ).with_row_index("part")
    left = ~fast & ~key.str.contains(HOPELESS)
    parts = pl.concat([parts.filter(~left), _by_library(parts.filter(left))]).sort("part")
    junk = parts["phone"].fill_null(parts["key"]).str.contains(JUNK)
    good = parts.filter(parts["phone"].is_not_null() & ~junk)
    notes = all_notes(note("several", several), mends, _refusals(parts, junk), _marks(good, cells))
    return Judged(_positioned(good), notes)


def parse_phone(cell: str) -> str | None:
    """One number as `phonenumbers` reads it in Russia, after mending what typists do; None when invalid."""
    found = _parse(cell)
    return found and found[0]


def _split(cells: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """The numbers of the cells as written (row, cell), and the rows whose cell holds several."""
    frame = pl.DataFrame({"row": pl.int_range(len(cells), dtype=pl.UInt32, eager=True), "cell": cells})
    frame = frame.filter(~pl.col("cell").str.contains(NOTHING))
    many = frame.filter(frame["cell"].str.contains(SEVERAL) & ~frame["cell"].str.contains(SCIENTIFIC))
    split = many.with_columns(pl.col("cell").str.replace_all(SEVERAL, "\n").str.split("\n")).explode("cell")
    split = split.with_columns(pl.col("cell").str.strip_chars())
    split = split.filter(~pl.col("cell").str.contains(NOTHING))
    one = frame.join(many.select("row"), on="row", how="anti", maintain_order="left")
    several = split.filter(pl.col("row").is_duplicated())["row"].unique()
    return pl.concat([one, split]).sort("row", maintain_order=True), several


def _mended(row: pl.Series, cell: pl.Series, key: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    """Keys that are more than digits, without the words around them and with digits for letters."""
    excel = cell.str.contains(r"\.0\s*$")
    bare = patch(key, excel, key.filter(excel).str.slice(0, key.filter(excel).str.len_chars() - 2))
    bare = bare.str.replace_all(AROUND, "")
    letters = bare.str.contains(LIKE_DIGITS) & bare.str.contains(ENOUGH_DIGITS)
    bare = patch(bare, letters, bare.filter(letters).str.replace_many(LOOK_ALIKES))
    eleven = cell.str.contains(ELEVEN_DIGITS)
    bare = patch(bare, eleven, cell.filter(eleven).str.replace(ELEVEN_DIGITS, "${1}${2}"))
    notes = all_notes(note("excel_number", row.filter(excel | eleven)), note("letter_for_digit", row.filter(letters)))
    return bare, notes


def _by_library(parts: pl.DataFrame) -> pl.DataFrame:
    cells = parts["cell"].unique().to_list()
    parsed = [(cell, *(_parse(cell) or (None, None, None))) for cell in cells]
    values = pl.DataFrame(parsed, schema={"cell": pl.String, **_VALUES}, orient="row")
    return parts.drop(*_VALUES).join(values, on="cell", how="left", maintain_order="left").select(parts.columns)


def _parse(cell: str) -> Parsed | None:
    if eleven := _ELEVEN_DIGITS.match(cell):
        return _valid("".join(eleven.groups()))
    text = " ".join(cell.split()).removesuffix(".0")
    key = _AROUND.sub("", _SIGNS.sub("", text))
    if _LIKE_DIGITS.match(key) and _ENOUGH.search(key):
        text = key.translate(_TABLE)
    if text.startswith("+8") and len(re.sub(r"\D", "", text)) == 11:
        text = "+7" + text[2:]
    wordless = _WORDS.sub(" ", text)
    return _valid(text) or (None if wordless == text else _valid(wordless))


def _valid(text: str) -> Parsed | None:
    try:
        number = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:  # invalid
        return None
    phone = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return phone, phonenumbers.region_code_for_number(number) or "", kind in _MOBILES


def _refusals(parts: pl.DataFrame, junk: pl.Series) -> pl.DataFrame:
    bad = parts.filter(junk | parts["phone"].is_null())
    lost = bad["key"].str.contains(LOST_DIGIT)
    scientific = bad["cell"].str.contains(SCIENTIFIC)
    junk = bad["phone"].fill_null(bad["key"]).str.contains(JUNK)
    row = bad["row"]
    return all_notes(
        note("junk", row.filter(junk)),
        note("lost_digit", row.filter(lost & ~junk)),
        note("scientific", row.filter(scientific)),
        note("not_a_phone", row.filter(~lost & ~junk & ~scientific)),
    )


def _marks(good: pl.DataFrame, cells: pl.Series) -> pl.DataFrame:
    row = good["row"]
    foreign = good["country"] != "RU"
    return all_notes(
        note("foreign", row.filter(foreign)),
        note("landline", row.filter(~foreign & ~good["is_mobile"])),
        note("formatted", row.filter(good["cell"] != good["phone"])),
    )


def _positioned(good: pl.DataFrame) -> pl.DataFrame:
    """A number twice in a cell is one; `position` is its place in the cell."""
    numbers = good.select("row", "phone", "country", "is_mobile")
    again = numbers["row"].is_duplicated()
    if again.any():
        several = numbers.filter(again).unique(["row", "phone"], keep="first", maintain_order=True)
        numbers = pl.concat([numbers.filter(~again), several]).sort("row", maintain_order=True)
    index = pl.int_range(pl.len(), dtype=pl.Int64)
    start = pl.when(pl.col("row") != pl.col("row").shift().fill_null(-1)).then(index).forward_fill()
    position = (index - start).cast(pl.Int16).alias("position")
    return numbers.select("row", position, "phone", "country", "is_mobile")
