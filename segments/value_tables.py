"""Value tables: what the words of the sources mean (brands, cities, kinds of documents), and what nobody knew yet.

An import keeps each word that no table knows (`remember`). A person gives it a meaning (`give_meaning`) or says that
it means nothing (`ignore`); a spelling that comes with a dictionary's file does as well. What came in with the word
is mended in the background (`settle`): a word leaves the list in the transaction that mends its rows.
"""

from collections.abc import Iterable
from typing import Any

import polars as pl
from django.db import connection, models, transaction

from segments.bells import ring
from segments.cleaning.cities import plain_city
from segments.facts import refresh_facts
from segments.identity.golden import refresh_golden
from segments.identity.merging import Refused, exclusive
from segments.importing.copying import fetch, stage
from segments.importing.dictionaries import Words
from segments.models import BrandSpelling, CitySpelling, ImportFile, Mapping, OperationSpelling, UnknownWord
from segments.models.people import CELLS_APART
from segments.refreshing import ask

Dictionary = UnknownWord.Dictionary
QUEUE, JOB, JOB_ID = "segments", "segments.value_tables.settle", "settle-value-tables"
# (table of spellings, the column that says what a spelling means)
SPELLINGS: dict[str, tuple[type[models.Model], str]] = {
    Dictionary.BRAND: (BrandSpelling, "brand_id"),
    Dictionary.CITY: (CitySpelling, "city_id"),
    Dictionary.OPERATION: (OperationSpelling, "kind"),
}
# Rows of unknown operations are refused and come again with every file; the others came in once.
REMEMBER = """
INSERT INTO segments_unknownword AS old (dictionary, spelling, rows, example, last_batch_id, is_ignored)
SELECT %(dictionary)s, spelling, rows, example, %(batch)s, false
FROM unnest(%(words)s::text[], %(rows)s::bigint[], %(examples)s::text[]) AS w (spelling, rows, example) ORDER BY spelling
ON CONFLICT (dictionary, spelling) DO UPDATE
SET rows = excluded.rows + CASE WHEN old.dictionary = 'operation' AND old.last_batch_id <> excluded.last_batch_id
                           THEN 0 ELSE old.rows END,
    last_batch_id = excluded.last_batch_id, example = excluded.example, seen_at = now()
"""
# The words of the list that a table knows by now.
MEANT = """
SELECT w.spelling, s.{meaning} AS meaning FROM segments_unknownword AS w JOIN {table} AS s ON s.spelling = w.spelling
WHERE w.dictionary = '{dictionary}'
"""
FORGET = "DELETE FROM segments_unknownword AS w USING {table} AS s WHERE w.dictionary = %s AND s.spelling = w.spelling"
NEW_MODELS = """
INSERT INTO segments_carmodel (brand_id, name, car_class)
SELECT DISTINCT m.meaning, left(t.details ->> 'model', 80), '' FROM {rows} AS t JOIN meant AS m ON m.spelling = t.details ->> 'brand'
WHERE t.brand_id IS NULL AND t.details ->> 'model' <> ''
ON CONFLICT DO NOTHING
"""
# Rows that keep the word in `details` get the brand and the model; `details` forgets it.
MEND_BRAND = """
UPDATE {rows} AS t
SET brand_id = m.meaning, details = t.details - 'brand' - 'model',
    model_id = (SELECT cm.id FROM segments_carmodel AS cm
                WHERE cm.brand_id = m.meaning AND cm.name = left(t.details ->> 'model', 80))
FROM meant AS m WHERE t.brand_id IS NULL AND t.details ? 'brand' AND t.details ->> 'brand' = m.spelling
RETURNING {returning}
"""
# A car takes what its oldest document says, where it says nothing itself.
MEND_VEHICLES = """
UPDATE segments_vehicle AS v SET brand_id = said.brand_id, model_id = coalesce(v.model_id, said.model_id)
FROM (SELECT DISTINCT ON (i.vehicle_id) i.vehicle_id, i.brand_id, i.model_id FROM segments_interaction AS i
      WHERE i.vehicle_id = ANY(%s::bigint[]) AND i.brand_id IS NOT NULL
      ORDER BY i.vehicle_id, i.happened_at, i.external_key) AS said
WHERE v.id = said.vehicle_id AND v.brand_id IS NULL
"""
CLASS_STOCK = """
UPDATE segments_carinstock AS c SET car_class = m.car_class FROM segments_carmodel AS m
WHERE c.id = ANY(%s::bigint[]) AND m.id = c.model_id AND c.car_class = '' AND m.car_class <> ''
"""
# The city of a card stands in its raw cells under the headers that its source's mappings name.
CELL = f"""(SELECT string_agg(nullif(btrim(cell.text), ''), ' ' ORDER BY h.place)
            FROM unnest(%(headers)s::text[]) WITH ORDINALITY AS h (name, place)
            JOIN unnest(k.names, string_to_array(c.raw, chr({ord(CELLS_APART)}))) AS cell (name, text) USING (name))"""
CITY_CELLS = f"""
SELECT DISTINCT {CELL} FROM segments_card AS c JOIN segments_cardheaders AS k ON k.id = c.headers_id
WHERE c.source_id = %(source)s AND c.city_id IS NULL
"""
MEND_CITY = f"""
UPDATE segments_card AS c SET city_id = m.meaning, notes = c.notes - 'city'
FROM city_cells AS m, segments_cardheaders AS k
WHERE c.source_id = %(source)s AND c.city_id IS NULL AND k.id = c.headers_id AND {CELL} = m.cell
RETURNING c.customer_id
"""


def remember(batch_id: int, dictionary: str, words: Words) -> None:
    """Keep words that an import did not recognise, in its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, {
            "dictionary": dictionary,
            "batch": batch_id,
            "words": list(words.rows),
            "rows": list(words.rows.values()),
            "examples": [words.examples[word] for word in words.rows],
        })  # fmt: skip


def operation_kinds() -> dict[str, str]:
    """The kind of interaction of every spelling of an operation."""
    return dict(OperationSpelling.objects.values_list("spelling", "kind"))


def give_meaning(words: Iterable[UnknownWord], meaning: Any) -> int:
    """Add the words (of one dictionary) as spellings of `meaning`: the id of a brand or a city, or a kind of
    interaction. Returns how many spellings are new; one that somebody else has added meanwhile keeps his meaning."""
    words = list(words)
    model, column = SPELLINGS[words[0].dictionary]
    with transaction.atomic():
        before = model._default_manager.count()
        model._default_manager.bulk_create(
            [model(spelling=word.spelling, **{column: meaning}) for word in words], ignore_conflicts=True
        )
        transaction.on_commit(sweep, robust=True)  # a lost bell is rung by the next tick
        return model._default_manager.count() - before


def ignore(words: Iterable[UnknownWord], *, means_nothing: bool = True) -> int:
    """The words mean nothing: they stay known, and nobody is asked about them again."""
    return UnknownWord.objects.filter(pk__in=[word.pk for word in words]).update(is_ignored=means_nothing)


def have_meaning() -> models.QuerySet[UnknownWord]:
    """The words that a table knows by now and whose rows wait to be mended."""
    known = models.Q()
    for dictionary, (model, _column) in SPELLINGS.items():
        spelled = model._default_manager.filter(spelling=models.OuterRef("spelling"))
        known |= models.Q(models.Exists(spelled), dictionary=dictionary)
    return UnknownWord.objects.filter(known)


def open_words(*, ignored: bool = False) -> models.QuerySet[UnknownWord]:
    """The words that wait for a meaning, or those that mean nothing; the most frequent first."""
    return UnknownWord.objects.filter(is_ignored=ignored).exclude(pk__in=have_meaning().values("pk"))


def sweep() -> dict[str, int]:
    """Ring for `settle` when a word has got a meaning."""
    return {"value_tables": ring(QUEUE, JOB, {JOB_ID: ()} if have_meaning().exists() else {})}


def settle() -> dict[str, int]:
    """Mend what came in with words that have a meaning by now: {cards, documents, stock, words}. Beside an import it
    does nothing: the next tick rings again. Idempotent."""
    counts = {"cards": 0, "documents": 0, "stock": 0, "words": 0}
    try:
        with exclusive(), connection.cursor() as cursor:
            touched = _mend_brands(cursor, counts) | _mend_cities(cursor, counts)
            counts["words"] = _forget(cursor)
            refresh_facts(sorted(touched))
    except Refused:
        return counts
    if touched:
        ask()
    return counts


def _meant(cursor: Any, dictionary: str) -> pl.DataFrame:
    """Stages `meant` (spelling, meaning)."""
    model, column = SPELLINGS[dictionary]
    sql = MEANT.format(meaning=column, table=model._meta.db_table, dictionary=dictionary)
    meant = fetch(cursor, sql, {"spelling": pl.String, "meaning": pl.Int64})
    stage(cursor, "meant", meant)
    return meant


def _mend_brands(cursor: Any, counts: dict[str, int]) -> set[int]:
    if not len(_meant(cursor, Dictionary.BRAND)):
        return set()
    for rows in ("segments_interaction", "segments_carinstock"):
        cursor.execute(NEW_MODELS.format(rows=rows))
    cursor.execute(MEND_BRAND.format(rows="segments_interaction", returning="t.customer_id, t.vehicle_id"))
    mended = cursor.fetchall()
    cursor.execute(MEND_VEHICLES, ([vehicle for _, vehicle in mended if vehicle],))
    cursor.execute(MEND_BRAND.format(rows="segments_carinstock", returning="t.id"))
    cars = [car for (car,) in cursor.fetchall()]
    cursor.execute(CLASS_STOCK, (cars,))
    counts["documents"], counts["stock"] = len(mended), len(cars)
    return {customer for customer, _ in mended if customer}


def _mend_cities(cursor: Any, counts: dict[str, int]) -> set[int]:
    meant = _meant(cursor, Dictionary.CITY)
    if not len(meant):
        return set()
    touched: list[int] = []
    for source_id, headers in _city_headers():
        parameters = {"source": source_id, "headers": list(headers)}
        cells = fetch(cursor, CITY_CELLS, {"cell": pl.String}, parameters).drop_nulls()
        cells = cells.with_columns(plain_city(pl.col("cell")).alias("spelling")).join(meant, on="spelling")
        stage(cursor, "city_cells", cells.select("cell", "meaning"))
        cursor.execute(MEND_CITY, parameters)
        touched += [customer for (customer,) in cursor.fetchall()]
    counts["cards"] = len(touched)
    customers = set(touched)
    refresh_golden(sorted(customers))
    return customers


def _city_headers() -> set[tuple[int, tuple[str, ...]]]:
    """(source, headers) of every mapping by which cards have come."""
    cards = Mapping.Kind.CARDS
    known = [
        *ImportFile.objects.filter(kind=cards).values_list("batch__source_id", "columns"),
        *Mapping.objects.filter(kind=cards).values_list("source_id", "columns"),
    ]
    return {(source, tuple(columns["city"])) for source, columns in known if columns.get("city")}


def _forget(cursor: Any) -> int:
    gone = 0
    for dictionary, (model, _column) in SPELLINGS.items():
        cursor.execute(FORGET.format(table=model._meta.db_table), (dictionary,))
        gone += cursor.rowcount
    return gone
