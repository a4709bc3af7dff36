"""The probability that two customers are one person: Splink's Fellegi–Sunter model over DuckDB.

Frames in, scored pairs out; no Django. What rules could not decide is weighed here, for people to look at: names that
nearly fit beside one phone, one car, one mailbox at two hosts, one birthday. The m-probabilities (how often an
attribute agrees when the two *are* one person) are written below; the u-probabilities (how often by chance) are taken
from the base itself: of names by sampling pairs, of addresses and cars by counting who shares them, which are mostly
families. So the model needs no training pairs, and says the same of the same base every time.

A base that one machine cannot hold goes to Splink's Spark backend: the same settings, `SparkAPI` for `DuckDBAPI`.
"""

import logging
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import splink.comparison_level_library as levels
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI
from splink.comparison_library import CustomComparison

from segments.identity.names import OWN_MAILBOX

SURE_FROM = 0.95  # the pairs from here up, all accepted, keep precision above 0.999 (tests and benchmark)
ASKED_FROM = 0.5  # pairs that are less probable than that are not worth a person's time
STILL_DOUBLE = 0.03  # of the people that rules left; the prior of the model
SAMPLE = 1_000_000  # random pairs for the u-probabilities of names
SEED = 1
NEAR_PHONES = 1e-7  # how often two numbers are one digit apart by chance: 90 neighbours among 900 million
MEMORY = "400MB"  # of DuckDB; what does not fit goes to disk
#: what people may share; each is a column of lists
SHARED = ("phones", "emails", "cars", "own_emails", "mailboxes", "tails")

#: how the levels of each comparison are called in the evidence, the lowest first
WORDS = {
    "last": ("other", "near", "initial", "same"), "first": ("other", "near", "initial", "same"),
    "middle": ("other", "near", "initial", "same"), "birth_date": ("other", "near", "same"), "city": ("other", "same"),
    "phones": ("other", "near", "same"), "emails": ("other", "near", "same", "same"), "cars": ("other", "same"),
}  # fmt: skip
FOUND: dict[str, Any] = {
    "customer_a": pl.Int64, "customer_b": pl.Int64, "score": pl.Float64, "evidence": pl.String,
}  # fmt: skip


def score_pairs(people: pl.DataFrame, *, spill: Path, threshold: float = ASKED_FROM) -> pl.DataFrame:
    """Pairs of people with the probability that they are one: customer_a < customer_b, score, evidence (JSON:
    {feature: word of WORDS}, null where one of them has none).

    `people`: customer_id; last, first, middle (as `names.signatures` spells them, '' = none); birth_date; city;
    phones, emails, cars (lists of strings, hubs left out). `spill` is a folder for what outgrows the memory.
    """
    if len(people) < 2:
        return pl.DataFrame(schema=FOUND)
    logging.getLogger("splink").setLevel(logging.ERROR)
    frame = _prepared(people)
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY}'; SET threads = 2; SET temp_directory = '{spill}'")
        database.execute("SET lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # Splink 5.0 writes the older form
        api = DuckDBAPI(database)
        linker = Linker(api.register(frame.to_arrow()), _settings(frame), log_level=logging.ERROR)
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLE, seed=SEED)
        scored = linker.inference.predict(threshold_match_probability=threshold).as_duckdbpyrelation()
        found = pl.from_arrow(scored.to_arrow_table())
    a, b = pl.col("customer_id_l"), pl.col("customer_id_r")
    ordered = pl.DataFrame(found).select(
        pl.min_horizontal(a, b).alias("customer_a"),
        pl.max_horizontal(a, b).alias("customer_b"),
        pl.col("match_probability").alias("score"),
        pl.struct(_words(feature) for feature in WORDS).struct.json_encode().alias("evidence"),
    )
    return ordered.unique(["customer_a", "customer_b"]).sort("score", "customer_a", descending=[True, False])


def _prepared(people: pl.DataFrame) -> pl.DataFrame:
    """Nulls for what is not known; mailboxes without their host; the last seven digits of phones."""

    def known(column: str) -> pl.Expr:
        return pl.when(pl.col(column) != "").then(pl.col(column)).alias(column)

    def listed(column: str) -> pl.Expr:
        return pl.when(pl.col(column).list.len() > 0).then(pl.col(column)).alias(column)

    own = pl.element().filter(pl.element().str.contains(OWN_MAILBOX))
    derived = people.with_columns(
        pl.col("emails").list.eval(own).alias("own_emails"),
        pl.col("emails").list.eval(own.str.extract(r"^(.*)@", 1)).alias("mailboxes"),
        pl.col("phones").list.eval(pl.element().str.slice(-7)).alias("tails"),
    )
    return derived.select(
        "customer_id", known("last"), known("first"), known("middle"), "birth_date", "city", *map(listed, SHARED)
    )


def _words(feature: str) -> pl.Expr:
    words = dict(enumerate(WORDS[feature]))
    return (
        pl.col(f"gamma_{feature}")
        .cast(pl.Int64)
        .replace_strict(words, default=None, return_dtype=pl.String)
        .alias(feature)
    )


def _settings(people: pl.DataFrame) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="customer_id",
        probability_two_random_records_match=STILL_DOUBLE / len(people),
        comparisons=[
            _name("last", 0.005, rare=True), _name("first", 0.0005), _name("middle", 0.001), _birthday(), _city(),
            CustomComparison([
                levels.NullLevel("phones"), _shared(people, "phones", m=0.83),
                _fixed(levels.PairwiseStringDistanceFunctionLevel("phones", "levenshtein", 1), 0.15, NEAR_PHONES),
                _fixed(levels.ElseLevel(), 0.02, 1.0),
            ], "phones"),
            CustomComparison([
                levels.NullLevel("emails"), _shared(people, "own_emails", m=0.3), _shared(people, "emails", m=0.01),
                _shared(people, "mailboxes", m=0.05), _fixed(levels.ElseLevel(), 0.64, 1.0),
            ], "emails"),
            CustomComparison([
                levels.NullLevel("cars"), _shared(people, "cars", m=0.3), _fixed(levels.ElseLevel(), 0.7, 1.0),
            ], "cars"),
        ],
        blocking_rules_to_generate_predictions=[
            *(block_on(column, arrays_to_explode=[column]) for column in SHARED),
            block_on("birth_date", "first"), block_on("birth_date", "last"),
            block_on("last", "first", "middle", "city"),
        ],
        retain_matching_columns=True,  # and with them the level of each comparison
    )  # fmt: skip


def _name(part: str, other: float, *, rare: bool = False) -> CustomComparison:
    """One part of the name; `other`: how often it is another word though the person is one.

    Husband and wife, «Иванов» and «Иванова», are no slip of the pen."""
    a, b = f"{part}_l", f"{part}_r"
    initial = f"least(length({a}), length({b})) = 1 AND left({a}, 1) = left({b}, 1)"
    couple = f"{a} IN ({b} || 'а', {b} || 'я') OR {b} IN ({a} || 'а', {a} || 'я')"
    letters = f"list_sort(string_split({a}, '')) = list_sort(string_split({b}, '')) AND length({a}) > 3"
    remark = f"starts_with({a}, {b} || ' ') OR starts_with({b}, {a} || ' ')"
    slip = f"({letters}) OR ({remark}) OR (damerau_levenshtein({a}, {b}) <= 1 AND least(length({a}), length({b})) >= 5)"
    same = levels.ExactMatchLevel(part).configure(
        m_probability=0.8, tf_adjustment_column=part if rare else None, tf_adjustment_weight=1.0
    )
    return CustomComparison(
        [
            levels.NullLevel(part),
            same,
            levels.CustomLevel(initial, "an initial").configure(m_probability=0.1),
            levels.And(levels.CustomLevel(slip), levels.Not(levels.CustomLevel(couple))).configure(m_probability=0.09),
            levels.ElseLevel().configure(m_probability=other),
        ],
        part,
    )


def _birthday() -> CustomComparison:
    """Equal, mistyped in one of day, month and year, or two birthdays, which are nearly always two people."""
    parts = (f"({part}(birth_date_l) = {part}(birth_date_r))::int" for part in ("day", "month", "year"))
    return CustomComparison(
        [
            levels.NullLevel("birth_date"),
            levels.ExactMatchLevel("birth_date").configure(m_probability=0.948),
            levels.CustomLevel(f"{' + '.join(parts)} = 2").configure(m_probability=0.05),
            levels.ElseLevel().configure(m_probability=0.002),
        ],
        "birth_date",
    )


def _city() -> CustomComparison:
    return CustomComparison(
        [
            levels.NullLevel("city"),
            levels.ExactMatchLevel("city").configure(m_probability=0.9),
            levels.ElseLevel().configure(m_probability=0.1),
        ],
        "city",
    )


def _shared(people: pl.DataFrame, column: str, *, m: float) -> Any:
    """Something that people share; by chance as often as the people of this base do, who are mostly families."""
    return _fixed(levels.ArrayIntersectLevel(column, 1), m, _share(people, column))


def _fixed(level: Any, m: float, u: float) -> Any:
    return level.configure(m_probability=m, u_probability=u, fix_m_probability=True, fix_u_probability=True)


def _share(people: pl.DataFrame, column: str) -> float:
    """How probable it is that two people share a value of this column."""
    sizes = people.select(pl.col(column).drop_nulls().explode()).to_series().value_counts()["count"].cast(pl.Float64)
    having = people[column].drop_nulls().len()
    pairs = float((sizes * (sizes - 1)).sum() or 0)
    return min(max(pairs, 1.0) / max(having * (having - 1), 1), 0.5)
