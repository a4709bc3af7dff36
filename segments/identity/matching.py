"""Which cards are one person: those that share a phone or an e-mail *and* have compatible names and birthdays,
and those of one full name (surname, first name, patronymic) and one birthday.

Pure columns in, links out. The rules, strongest first (the word is kept in `Card.why`, `WHY` explains it):

- `same`     the same name;
- `letters`  the same letters in another order: first name first, swapped letters, a slipped space;
- `slip`     one letter wrong, lost or doubled in the surname (never the feminine -а);
- `initials` the first name or the patronymic is an initial that fits;
- `short`    the patronymic or the surname is missing in one of them.

A family that shares a number has other first names and stays apart; so do namesakes with other birthdays. Who is
compatible with two people of one number that contradict each other («Елена» on a phone of two Elenas) joins
nobody. A *hub*, an address on more than `HUB_NAMES` different people, is no evidence at all.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from django.utils.translation import gettext_lazy as _
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

HUB_NAMES = 5  # a family has fewer; a manager's own phone has hundreds
LETTERS_ENOUGH = 8  # shorter names are anagrams of one another by chance

RULES = ("same", "letters", "slip", "initials", "short")
WHY = {
    "known": _("the card was already this person's"),
    "alone": _("no other card matches"),
    "same": _("and the same name"),
    "letters": _("and a name of the same letters"),
    "slip": _("and a name with one letter mistyped"),
    "initials": _("and initials that fit"),
    "short": _("and a shorter name that fits"),
    "phone": _("the same phone"),
    "email": _("the same e-mail"),
    "birthday": _("the same birthday"),
}
PARTS = ("last", "first", "middle")


class Links(NamedTuple):
    """`pairs`: node_a, node_b, kind, rule (index in RULES). `hubs`: kind, value."""

    pairs: pl.DataFrame
    hubs: pl.DataFrame


def match(cards: pl.DataFrame, keys: pl.DataFrame) -> Links:
    """Links between cards.

    `cards`: node, last_name, first_name, middle_name, company, birth_date; `keys`: node, kind, value.
    """
    signed = _signatures(cards)
    keys = pl.concat([keys.select("node", "kind", "value"), _birthdays(signed)])
    keys = keys.join(signed.select("node", "name"), on="node").filter(pl.len().over("kind", "value") > 1)
    hubs = _hubs(keys, signed)
    entries, twins = _entries(keys.join(hubs, on=["kind", "value"], how="anti"), signed)
    pairs = _without_ambiguous(_compatible(_pairs(entries)))
    found = pl.concat([twins, pairs.select("node_a", "node_b", "kind", "rule")])
    return Links(found.sort("rule", "kind", descending=[False, True]), hubs)


def components(nodes: int, edges: np.ndarray) -> np.ndarray:
    """Label of each node 0…nodes-1 under the closure of `edges` (shape n × 2)."""
    weights = np.ones(len(edges), np.int8)
    graph = coo_matrix((weights, (edges[:, 0], edges[:, 1])), shape=(nodes, nodes))
    return connected_components(graph, directed=False)[1]


def _signatures(cards: pl.DataFrame) -> pl.DataFrame:
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


def _birthdays(signed: pl.DataFrame) -> pl.DataFrame:
    """A full name with a birthday is a key of its own; initials and missing patronymics are not enough for it."""
    full = signed.filter(
        pl.col("birth_date").is_not_null() & pl.all_horizontal(pl.col(part).str.len_chars() > 1 for part in PARTS)
    )
    value = pl.concat_str(*PARTS, pl.col("birth_date").cast(pl.String), separator=" ")
    return full.select("node", pl.lit("birthday").alias("kind"), value.alias("value"))


def _hubs(keys: pl.DataFrame, signed: pl.DataFrame) -> pl.DataFrame:
    """Addresses on too many people. People are counted by initials, which most slips leave alone."""
    crowded = keys.filter(pl.len().over("kind", "value") > HUB_NAMES).join(signed, on="node")
    named = crowded.filter((pl.col("last") != "") & (pl.col("first") != ""))
    people = named.group_by("kind", "value").agg(
        pl.struct(pl.col("last").str.slice(0, 1), pl.col("first").str.slice(0, 1)).n_unique().alias("people")
    )
    return people.filter(pl.col("people") > HUB_NAMES).select("kind", "value").sort("kind", "value")


def _entries(keys: pl.DataFrame, signed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cards of one address and one name collapse to one entry; the links inside it come back beside."""
    keys = keys.with_columns(pl.col("node").min().over("kind", "value", "name").alias("entry"))
    twins = keys.filter(pl.col("node") != pl.col("entry")).select(
        pl.col("entry").alias("node_a"), pl.col("node").alias("node_b"), "kind", pl.lit(0, pl.Int8).alias("rule")
    )
    entries = keys.filter(pl.col("node") == pl.col("entry"))
    entries = entries.filter(pl.len().over("kind", "value") > 1)
    entries = entries.drop("entry", "name").join(signed.drop("name"), on="node")
    entries = entries.with_columns(
        *(_sorted_letters(pl.col(part)).alias(f"{part}_letters") for part in ("last", "first"))
    )
    whole = pl.concat_str("last", "first", "middle")
    entries = entries.with_columns(_sorted_letters(whole).alias("letters"))
    return entries, twins


def _sorted_letters(text: pl.Expr) -> pl.Expr:
    return text.str.split("").list.sort().list.join("")


def _pairs(entries: pl.DataFrame) -> pl.DataFrame:
    pairs = entries.join(entries, on=["kind", "value"], suffix="_b")
    return pairs.filter(pl.col("node") < pl.col("node_b")).rename({"node": "node_a"})


def _compatible(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the rule that joins them (null: none does)."""
    same = {part: pl.col(part) == pl.col(f"{part}_b") for part in PARTS}
    initial = {part: _is_initial(part) for part in PARTS}
    missing = {part: (pl.col(part) == "") | (pl.col(f"{part}_b") == "") for part in PARTS}
    pairs = pairs.with_columns(_one_slip(pairs).alias("slip"))
    first_swapped = (pl.col("first_letters") == pl.col("first_letters_b")) & (pl.col("first").str.len_chars() > 3)
    last_swapped = (pl.col("last_letters") == pl.col("last_letters_b")) & (pl.col("last").str.len_chars() > 3)
    middle = same["middle"] | missing["middle"] | initial["middle"]
    first = same["first"] | first_swapped | initial["first"]
    full_first = same["first"] & (pl.col("first").str.len_chars() > 1)
    whole = (pl.col("letters") == pl.col("letters_b")) & (pl.col("letters").str.len_chars() >= LETTERS_ENOUGH)
    rule = (
        pl.when(same["last"] & same["first"] & same["middle"]).then(0)
        .when(whole | ((same["last"] | last_swapped) & (same["first"] | first_swapped) & same["middle"])).then(1)
        .when(pl.col("slip") & full_first & middle).then(2)
        .when((same["last"] | last_swapped) & (pl.col("last") != "") & first & middle & (initial["first"] | initial["middle"])).then(3)
        .when((same["last"] | last_swapped) & (pl.col("last") != "") & (same["first"] | first_swapped) & middle).then(4)
        .when(missing["last"] & full_first & middle).then(4)
    )  # fmt: skip
    return pairs.with_columns(pl.when(_birthdays_agree()).then(rule).cast(pl.Int8).alias("rule"))


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


def _without_ambiguous(pairs: pl.DataFrame) -> pl.DataFrame:
    """Drop the links of whoever fits two people of one address that contradict each other."""
    joined = pairs.filter(pl.col("rule").is_not_null())
    apart = pairs.filter(pl.col("rule").is_null()).select("kind", "value", "node_a", "node_b")
    here = ["kind", "value"]
    both = pl.concat([
        joined.select(*here, "rule", pl.col("node_a").alias("node"), pl.col("node_b").alias("other")),
        joined.select(*here, "rule", pl.col("node_b").alias("node"), pl.col("node_a").alias("other")),
    ])  # fmt: skip
    weak = both.filter(pl.col("rule") >= RULES.index("initials"))
    fits = weak.join(weak.select(*here, "node", "other"), on=[*here, "node"], suffix="_b")
    torn = fits.join(apart, left_on=[*here, "other", "other_b"], right_on=[*here, "node_a", "node_b"], how="semi")
    torn = torn.select(*here, "node").unique()
    for side in ("node_a", "node_b"):
        weak_of_torn = joined.filter(pl.col("rule") >= RULES.index("initials")).join(
            torn, left_on=[*here, side], right_on=[*here, "node"], how="semi"
        )
        joined = joined.join(weak_of_torn, on=[*here, "node_a", "node_b"], how="anti")
    return joined
