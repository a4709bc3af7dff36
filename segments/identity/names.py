"""Names as identification compares them, and when two of them can be one person's.

Pure columns. The rules, strongest first (the word is kept in `Card.why`; `matching.WHY` explains it):

- `same`     the same name;
- `letters`  the same letters in another order: first name first, swapped letters, a slipped space;
- `slip`     one letter wrong, lost or doubled in the surname (never the feminine -а);
- `initials` the first name or the patronymic is an initial that fits;
- `short`    the patronymic or the surname is missing in one of them.
"""

from collections.abc import Sequence

import polars as pl

LETTERS_ENOUGH = 8  # shorter names are anagrams of one another by chance
LETTERS = 1 << 48  # numbers that a letter may have
RULES = ("same", "letters", "slip", "initials", "short")
WEAK = RULES.index("initials")  # from here on a rule leaves something of the name open
# «andrey.popov@» is any Andrey Popov's, at each host another's; three digits make a mailbox one person's.
OWN_MAILBOX = r"\d[^@]*\d[^@]*\d[^@]*@"
PARTS = ("last", "first", "middle")


def signatures(cards: pl.DataFrame) -> pl.DataFrame:
    """Names as they are compared: lower case, ё → е, an initial is one letter; a nameless company by its name.

    `name` is a hash of name and birthday: keys carry it in place of four columns of text. It is compared only among
    the cards of one address.
    """

    def plain(column: str) -> pl.Expr:
        return pl.col(column).str.to_lowercase().str.replace_all("ё", "е", literal=True).str.strip_chars(".")

    signed = cards.select(
        "node",
        plain("last_name").alias("last"),
        plain("first_name").alias("first"),
        plain("middle_name").alias("middle"),
        plain("company").alias("company"),
        "birth_date",
    )
    nameless = (pl.col("last") == "") & (pl.col("first") == "")
    signed = signed.with_columns(
        pl.when(nameless).then("company").otherwise("last").alias("last"),
        pl.when(nameless).then("company").otherwise("first").alias("first"),
    ).drop("company")
    signed = signed.filter((pl.col("last") != "") | (pl.col("first") != ""))
    return signed.with_columns(pl.struct(*PARTS, "birth_date").hash().alias("name"))


def with_letters(entries: pl.DataFrame) -> pl.DataFrame:
    """Adds the letters of the surname, the first name, both of them and the whole name, in no order: as sums of one
    number for each letter, which differ where the letters do."""
    entries = entries.with_columns(_letters(entries, part).alias(f"{part}_letters") for part in PARTS)
    two = pl.col("last_letters") + pl.col("first_letters")
    return entries.with_columns(two.alias("two_letters"), (two + pl.col("middle_letters")).alias("letters"))


def _letters(entries: pl.DataFrame, part: str) -> pl.Series:
    """Each distinct word is spelled once. The numbers are cut so that no sum of them overflows."""
    words = entries[part].unique()
    letters = words.str.split("").list.eval(pl.element().hash() % LETTERS).list.sum()
    return entries[part].replace_strict(words, letters, return_dtype=pl.UInt64)


def compatible(pairs: pl.DataFrame) -> pl.DataFrame:
    """Adds to pairs of `with_letters` rows (suffix `_b`) the `rule` (index in RULES) that joins them; null: they are
    different people, or `too_little` is known («Ольга» and «Ершова О. Т.»): no contradiction, and no evidence."""
    same = {part: pl.col(part) == pl.col(f"{part}_b") for part in PARTS}
    initial = {part: _is_initial(part) for part in PARTS}
    missing = {part: (pl.col(part) == "") | (pl.col(f"{part}_b") == "") for part in PARTS}
    pairs = pairs.with_columns(_one_slip(pairs).alias("slip"))
    middle = same["middle"] | missing["middle"] | initial["middle"]
    first = same["first"] | _swapped("first")
    last = (same["last"] & (pl.col("last") != "")) | _swapped("last")
    full_first = same["first"] & (pl.col("first").str.len_chars() > 1)
    sure = pl.col("birth_date") == pl.col("birth_date_b")
    rule = (
        pl.when(same["last"] & same["first"] & same["middle"]).then(0)
        .when(_anagram(same["last"]) | ((same["last"] | _swapped("last")) & first & same["middle"])).then(1)
        .when(pl.col("slip") & full_first & middle).then(2)
        .when(last & (first | initial["first"]) & middle & (initial["first"] | initial["middle"])).then(3)
        .when(last & first & middle).then(4)
        .when(_same_letters("two_letters", ("last", "first")) & ~same["last"] & missing["middle"]).then(4)
        .when(missing["last"] & (full_first | (initial["first"] & sure)) & middle).then(4)
    )  # fmt: skip
    agree = _birthdays_agree()
    return pairs.with_columns(
        pl.when(agree).then(rule).cast(pl.Int8).alias("rule"),
        (agree & missing["last"] & initial["first"] & middle).alias("too_little"),
    )


def _anagram(same_last: pl.Expr) -> pl.Expr:
    """«Ушаков Пётр Александрович» and «Ушаков Александр Петрович» have the same letters: father and son."""
    other_first = pl.col("first").str.slice(0, 1) != pl.col("first_b").str.slice(0, 1)
    return _same_letters("letters", PARTS) & ~(same_last & other_first)


def _same_letters(column: str, parts: Sequence[str]) -> pl.Expr:
    length = pl.sum_horizontal(pl.col(part).str.len_chars() for part in parts)
    return (pl.col(column) == pl.col(f"{column}_b")) & (length >= LETTERS_ENOUGH)


def _swapped(part: str) -> pl.Expr:
    same_letters = pl.col(f"{part}_letters") == pl.col(f"{part}_letters_b")
    return same_letters & (pl.col(part).str.len_chars() > 3)


def _is_initial(part: str) -> pl.Expr:
    a, b = pl.col(part), pl.col(f"{part}_b")
    one = (a.str.len_chars() == 1) | (b.str.len_chars() == 1)
    return one & (a != b) & (a.str.slice(0, 1) == b.str.slice(0, 1)) & (a != "")


def _birthdays_agree() -> pl.Expr:
    """Equal, unknown, or mistyped in one of day, month and year."""
    a, b = pl.col("birth_date").dt, pl.col("birth_date_b").dt
    equal = pl.sum_horizontal(a.day() == b.day(), a.month() == b.month(), a.year() == b.year(), ignore_nulls=False)
    return (equal >= 2).fill_null(True)


def _one_slip(pairs: pl.DataFrame) -> pl.Series:
    """Surnames one letter apart. Python looks at each distinct pair with one first name, once."""
    near = pairs.filter((pl.col("first") == pl.col("first_b")) & (pl.col("last") != pl.col("last_b")))
    near = near.select("last", "last_b").unique()
    verdict = near.with_columns(
        pl.Series("slip", [one_letter_apart(a, b) for a, b in near.iter_rows()], dtype=pl.Boolean)
    )
    return pairs.select("last", "last_b").join(verdict, on=["last", "last_b"], how="left", maintain_order="left")[
        "slip"
    ]


def one_letter_apart(a: str, b: str) -> bool:
    """One letter replaced, lost or doubled in a surname of five or more; «Иванов» and «Иванова» are two people."""
    short, long = sorted((a, b), key=len)
    if len(short) < 5 or len(long) - len(short) > 1 or long in (short + "а", short + "я"):
        return False
    start = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    return short[start + (len(short) == len(long)) :] == long[start + 1 :]
