"""The steps of an import in their order. A dry run is the same inside one transaction that is rolled back."""

import resource
from pathlib import Path
from typing import Any

import polars as pl
from django.db import connection, transaction

from segments.facts import refresh_facts
from segments.identity.cars import merge_by_cars
from segments.identity.merging import merge
from segments.importing.identifying import identify
from segments.importing.loading_cards import load_part, mark_hubs
from segments.importing.loading_documents import load_documents
from segments.importing.staging import stage_cards
from segments.importing.vehicles import settle_owners
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.refreshing import ask

CUSTOMERS = """
SELECT count(*) FILTER (WHERE merged_into_id IS NULL),
       count(*) FILTER (WHERE first_batch_id = %(batch)s),
       (SELECT count(*) FROM segments_mergerecord WHERE batch_id = %(batch)s)
FROM segments_customer
"""
# After a large load the planner would go by what the tables held before it: joins of minutes for seconds.
ANALYZE = {
    Mapping.Kind.CARDS: """
        ANALYZE segments_card, segments_cardcontact, segments_contactpoint, segments_customer, segments_consentstate
    """,
    Mapping.Kind.DOCUMENTS: "ANALYZE segments_interaction, segments_vehicle",
}
ANALYZE_FROM = 10_000  # rows; smaller loads are left to autovacuum
ORPHANS = "SELECT count(*) FROM segments_interaction WHERE source_id = %s AND customer_id IS NULL"


def load(work: Work, aside: Path) -> dict[str, Any]:
    """Bring both files in; `aside` is an empty folder for rows between the steps. Returns the counters."""
    work.progress.begin("reading", work.rows_expected())
    if Mapping.Kind.CARDS in work.tables:
        _load_cards(work, aside)
        _analyze(work, Mapping.Kind.CARDS)
    if Mapping.Kind.DOCUMENTS in work.tables:
        work.progress.begin("documents")
        load_documents(work)
        _analyze(work, Mapping.Kind.DOCUMENTS)
    work.progress.begin("settling")
    with work.timers("identify"):
        _merge_by_cars(work)
    with work.timers("load"):
        settle_owners(work)
    with work.timers("facts"):
        _refresh(work)
    return work.counters() | _totals(work)


def _load_cards(work: Work, aside: Path) -> None:
    staged = stage_cards(work, aside)
    work.progress.begin("matching")
    with work.timers("identify"), transaction.atomic():
        found = identify(staged)
        merge(found.merged, batch_id=work.batch.pk)
    work.progress.begin("loading")
    for cards, contacts in staged.parts():
        if len(cards):
            with work.timers("load"):
                load_part(work, cards.join(found.owners, on="line", maintain_order="left"), contacts)
        work.progress.tell(now=True)
    mark_hubs(work, found.hubs)


def _analyze(work: Work, kind: Mapping.Kind) -> None:
    counted = work.counted[kind]
    if counted["new"] + counted["updated"] >= ANALYZE_FROM:
        with work.timers("load"), connection.cursor() as cursor:
            cursor.execute(ANALYZE[kind])


def _merge_by_cars(work: Work) -> None:
    """After the documents: they say who had which car. After a kill, and in a first load, all cars are looked at."""
    vehicles, customers = (
        pl.concat([pl.Series(dtype=pl.Int64), *known]).unique() for known in (work.vehicles, work.touched)
    )
    if len(vehicles) or len(customers) or work.is_resumed:
        everything = work.is_resumed or Mapping.Kind.DOCUMENTS in work.fresh
        chosen: dict[str, list[int]] = (
            {} if everything else {"vehicle_ids": vehicles.to_list(), "customer_ids": customers.to_list()}
        )
        survivors = merge_by_cars(work.batch.pk, everything=everything, **chosen)
        work.touched.append(pl.Series(survivors, dtype=pl.Int64))


def _refresh(work: Work) -> None:
    """Facts of whoever was touched; segments are refreshed when anybody was."""
    touched = pl.concat([pl.Series(dtype=pl.Int64), *work.touched]).unique()
    if work.batch.dry_run or not (len(touched) or work.is_resumed):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM segments_customer")
        everybody = cursor.fetchone()[0]
    refresh_facts(None if work.is_resumed or len(touched) > everybody / 4 else touched.to_list())
    ask()


def _totals(work: Work) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, {"batch": work.batch.pk})
        total, created, merged = cursor.fetchone()
        if Mapping.Kind.DOCUMENTS in work.counted:
            cursor.execute(ORPHANS, (work.source.pk,))
            orphans = cursor.fetchone()[0]
    totals: dict[str, Any] = {
        "customers": {"total": total, "created": created, "merged": merged},
        "review_pairs": 0,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if Mapping.Kind.DOCUMENTS in work.counted:
        totals["documents"] = work.counted[Mapping.Kind.DOCUMENTS] | {"orphans": orphans}
    return totals
