"""Which cards are one person: those that share a phone, an e-mail or a car *and* have compatible names and birthdays,
and those of one birthday whose full names are compatible.

Pure columns in, links out. How names are compared, and the rules by their strength, is in `names`. A family that
shares a number has other first names and stays apart; so do namesakes with other birthdays. Who is compatible with
two people of one number that contradict each other («Елена» on a phone of two Elenas) joins nobody. A *hub*, an
address on more than `HUB_NAMES` different people, is no evidence at all.
"""

from typing import NamedTuple

import polars as pl
from django.utils.translation import gettext_lazy as _

from segments.identity.names import OWN_MAILBOX, RULES, WEAK, compatible, signatures, with_letters

HUB_NAMES = 5  # a family has fewer; a manager's own phone has hundreds
BIRTHDAY = "birthday"
KIND = pl.Categorical()
# `Card.why` is one of the first words, or a kind and a rule: «phone:same» — "the same phone and the same name".
WHY = {
    "known": _("the card was already this person's"),
    "alone": _("no other card matched when it came"),
    "hand": _("merged by hand"),
    "bound": _("tied by the person herself"),
    "lead": _("left a request, and nobody had the phone"),
    "phone": _("the same phone"),
    "email": _("the same e-mail"),
    "birthday": _("the same birthday"),
    "vin": _("the same car (VIN)"),
    "plate": _("the same car (plate)"),
    "split": _("taken out by hand"),
    "review": _("accepted by a person in the review queue"),
    "same": _("and the same name"),
    "letters": _("and a name of the same letters"),
    "slip": _("and a name with one letter mistyped"),
    "initials": _("and initials that fit"),
    "short": _("and a shorter name that fits"),
}


def why_sentence(code: str) -> str:
    """`Card.why` or `MergeRecord.reason` for people: «phone:same» → "the same phone and the same name"."""
    return " ".join(str(WHY.get(word, word)) for word in code.split(":")) if code else ""


class Links(NamedTuple):
    """`pairs`: node_a, node_b, kind, rule (index in RULES). `hubs`: kind, value."""

    pairs: pl.DataFrame
    hubs: pl.DataFrame


def match(cards: pl.DataFrame, keys: pl.DataFrame) -> Links:
    """Links between cards.

    `cards`: node, last_name, first_name, middle_name, company, birth_date; `keys`: node, kind, value. Birthdays
    become keys here.
    """
    return link(signatures(cards), numbered(keys.select("node", "kind", "value")))


def link(signed: pl.DataFrame, keys: pl.DataFrame) -> Links:
    """As `match`, of `names.signatures` and `numbered` keys: all of them, or only those that more than one card has."""
    keys = _repeated(pl.concat([keys, numbered(birthdays(signed))]))
    keys = _repeated(keys.join(signed.select("node", "name"), on="node"))
    hubs = _hubs(keys.filter(pl.col("kind") != BIRTHDAY), signed)
    keys = keys.join(hubs, on=["kind", "value"], how="anti")
    entries, twins = _entries(keys, signed)
    del signed, keys  # of a million cards a hundred megabytes
    pairs = compatible(_pairs(entries)).select("kind", "value", "node_a", "node_b", "rule", "too_little")
    pairs = _without_ambiguous(_without_echoes(pairs))
    found = pl.concat([twins, pairs.select("node_a", "node_b", "kind", "rule")]).cast({"kind": pl.String})
    return Links(found.sort("rule", "kind", descending=[False, True]), hubs.cast({"kind": pl.String}))


def reasons(links: Links) -> pl.DataFrame:
    """node, reason: the strongest link of each node in a word («phone:same»)."""
    both = pl.concat([
        links.pairs.select(pl.col(side).alias("node").cast(pl.Int64), "kind", "rule") for side in ("node_a", "node_b")
    ])  # fmt: skip
    best = both.sort("rule", "kind", descending=[False, True]).unique("node", keep="first", maintain_order=True)
    word = pl.col("rule").cast(pl.Int64).replace_strict(dict(enumerate(RULES)), return_dtype=pl.String)
    return best.select("node", (pl.col("kind") + ":" + word).alias("reason"))


def numbered(keys: pl.DataFrame) -> pl.DataFrame:
    """Keys with their kind and value as one number, `key`: quicker to group by, and the same in every frame of one
    process. Kinds are a word each, kept once: of two million keys the words alone would take as much memory as all
    else."""
    key = pl.struct(pl.col("kind").cast(pl.String), "value").hash()
    return keys.with_columns(pl.col("kind").cast(KIND), key.alias("key"))


def _repeated(keys: pl.DataFrame) -> pl.DataFrame:
    """Those that more than one row has: most addresses are somebody's own."""
    return keys.filter(pl.len().over("key") > 1)


def birthdays(signed: pl.DataFrame) -> pl.DataFrame:
    """node, kind, value. A birthday with a surname and a first name, or with a surname and both initials, is a key of its own.

    The initials stand in the key so that even 1 January, where forms put whoever gave no date, has small groups.
    """
    many = {part: pl.col(part).str.len_chars() > 1 for part in ("last", "first")}
    named = many["last"] & (many["first"] | ((pl.col("first") != "") & (pl.col("middle") != "")))
    full = signed.filter(pl.col("birth_date").is_not_null() & named)
    letters = (pl.col(part).str.slice(0, 1) for part in ("last", "first"))
    value = pl.concat_str(pl.col("birth_date").cast(pl.String), *letters, separator=" ")
    return full.select("node", pl.lit(BIRTHDAY).alias("kind"), value.alias("value"))


def _hubs(keys: pl.DataFrame, signed: pl.DataFrame) -> pl.DataFrame:
    """Addresses on too many people. People are counted by initials, which most slips leave alone."""
    crowded = keys.filter(pl.len().over("key") > HUB_NAMES).join(signed, on="node")
    named = crowded.filter((pl.col("last") != "") & (pl.col("first") != ""))
    people = named.group_by("kind", "value").agg(
        pl.struct(pl.col("last").str.slice(0, 1), pl.col("first").str.slice(0, 1)).n_unique().alias("people")
    )
    return (
        people.filter(pl.col("people") > HUB_NAMES)
        .select("kind", "value")
        .sort(pl.col("kind").cast(pl.String), "value")
    )


def _entries(keys: pl.DataFrame, signed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cards of one address and one name collapse to one entry; the links inside it come back beside."""
    keys = keys.with_columns(pl.struct("key", "name").hash().alias("entry"))  # one number: half the memory of two
    keys = keys.with_columns(pl.col("node").min().over("entry").alias("entry"))
    twins = keys.filter(pl.col("node") != pl.col("entry")).select(
        pl.col("entry").alias("node_a"), pl.col("node").alias("node_b"), "kind", pl.lit(0, pl.Int8).alias("rule")
    )
    entries = keys.filter(pl.col("node") == pl.col("entry"))
    entries = entries.filter(pl.len().over("key") > 1)
    entries = entries.drop("entry", "name").join(signed.drop("name"), on="node")
    return with_letters(entries), twins


def _pairs(entries: pl.DataFrame) -> pl.DataFrame:
    """Each two entries of one key once. Only numbers are joined, and the columns fetched for the pairs that are left."""
    at = entries.select("key", "node").with_row_index("at")
    pairs = at.join(at, on="key", suffix="_b").filter(pl.col("node") < pl.col("node_b"))
    ours, theirs = entries[pairs["at"]].rename({"node": "node_a"}), entries.drop("kind", "value", "key")[pairs["at_b"]]
    return pl.concat([ours, theirs.rename(lambda column: f"{column}_b")], how="horizontal")


def _without_echoes(pairs: pl.DataFrame) -> pl.DataFrame:
    """A mailbox that only spells the name again adds nothing to half a name: namesakes have it too."""
    half = (pl.col("rule") >= WEAK).fill_null(False)
    echo = half & (pl.col("kind") == "email") & ~pl.col("value").str.contains(OWN_MAILBOX)
    return pairs.with_columns(
        pl.when(echo).then(None).otherwise("rule").alias("rule"), (pl.col("too_little") | echo).alias("too_little")
    )


def _without_ambiguous(pairs: pl.DataFrame) -> pl.DataFrame:
    """Drop the links of whoever fits two people of one address that contradict each other."""
    joined = pairs.filter(pl.col("rule").is_not_null())
    apart = pairs.filter(pl.col("rule").is_null() & ~pl.col("too_little")).select("kind", "value", "node_a", "node_b")
    here, half = ["kind", "value"], joined.filter(pl.col("rule") >= WEAK)
    weak = pl.concat([
        half.select(*here, pl.col("node_a").alias("node"), pl.col("node_b").alias("other")),
        half.select(*here, pl.col("node_b").alias("node"), pl.col("node_a").alias("other")),
    ])  # fmt: skip
    fits = weak.join(weak, on=[*here, "node"], suffix="_b")
    torn = fits.join(apart, left_on=[*here, "other", "other_b"], right_on=[*here, "node_a", "node_b"], how="semi")
    torn = torn.select(*here, "node").unique()
    for side in ("node_a", "node_b"):
        weak_of_torn = half.join(torn, left_on=[*here, side], right_on=[*here, "node"], how="semi")
        joined = joined.join(weak_of_torn, on=[*here, "node_a", "node_b"], how="anti")
    return joined
