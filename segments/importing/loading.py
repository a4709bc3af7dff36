"""The steps of an import in their order. A dry run is the same inside one transaction that is rolled back."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from django.db import OperationalError, connection, transaction

from segments.facts import refresh_facts
from segments.facts_registry import follow
from segments.identity.cars import merge_by_cars
from segments.identity.merging import merge
from segments.importing import indexes, staging
from segments.importing.addresses import forget_unheld, settle_addresses
from segments.importing.ahead import WRITERS, at_once, each_by_itself
from segments.importing.aside import Staged
from segments.importing.copying import analyze
from segments.importing.identifying import identify
from segments.importing.loading_cards import headers_of, load_part, mark_hubs, parts
from segments.importing.loading_documents import load_documents
from segments.importing.progress import peak_rss_mb
from segments.importing.staging import stage_cards
from segments.importing.stock import load_stock
from segments.importing.stop_list import load_stop_list
from segments.importing.traffic import load_traffic
from segments.importing.vehicles import settle_owners, settle_owners_of
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.refreshing import ask
from segments.rfm.scoring import refresh_rfm

CUSTOMERS = """
SELECT count(*) FILTER (WHERE merged_into_id IS NULL),
       count(*) FILTER (WHERE first_batch_id = %(batch)s),
       (SELECT count(*) FROM segments_mergerecord WHERE batch_id = %(batch)s)
FROM segments_customer
"""
# After a large load the planner would go by what the tables held before it: joins of minutes for seconds. Where columns
# are named, the rest of the load needs no others; a minute later autovacuum looks at all of them, and closer.
ANALYZED = {
    Mapping.Kind.CARDS: (
        "segments_card (id, source_id, code, customer_id)",
        "segments_customer (id, merged_into_id)",
        "segments_contactpoint (id, kind, value, validity, is_shared)",
        "segments_consentstate (contact_point_id, channel, purpose, given)",
        "segments_cardcontact (card_id, contact_point_id, customer_id)",
    ),
    Mapping.Kind.DOCUMENTS: ("segments_interaction", "segments_vehicle"),
}
# Tables whose indexes wait, when they are empty and as many rows as this are expected.
POSTPONED = {
    Mapping.Kind.CARDS: (
        "segments_card",
        "segments_cardcontact",
        "segments_customer",
        "segments_consent",
        "segments_consentstate",
        "segments_contactpoint",
    ),
    Mapping.Kind.DOCUMENTS: ("segments_interaction", "segments_vehicle"),
}
# Every row gets its owner at the end: in place, as long as no index of the table knows owners (migration 0071).
GIVEN_OWNERS = ("segments_vehicle",)
SCORES = ("segments_rfmscore",)  # empty until the first documents
POSTPONE_FROM = 50_000
ANALYZE_FROM = 10_000  # rows; smaller loads are left to autovacuum
AFTER_CARDS = {Mapping.Kind.DOCUMENTS, Mapping.Kind.STOCK, Mapping.Kind.TRAFFIC}
# A visit without a code is nobody's and waits for no card.
ORPHANS = """
SELECT count(*) FROM segments_interaction WHERE source_id = %s AND customer_id IS NULL AND card_code <> ''
"""


def load(work: Work, aside: Path, *, all_read: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """Bring the files in; `aside` is an empty folder for what identification reads. Returns the counters.

    `all_read` is called once, when no more rows can be refused.
    However it ends, the buffer is empty afterwards and every index is there. After a kill, the next run sees to both.
    """
    staging.empty()
    indexes.build()
    try:
        return _load(work, aside, all_read)
    except OperationalError:  # the database is gone
        raise
    except BaseException:
        if not work.batch.dry_run:
            staging.empty()
            forget_unheld(work.batch.pk)
            indexes.build()
        raise


def _load(work: Work, aside: Path, all_read: Callable[[], object]) -> dict[str, Any]:
    work.progress.begin("reading", work.rows_expected())
    if work.rows_expected() >= POSTPONE_FROM and not work.batch.dry_run:
        indexes.postpone([table for kind in work.fresh & work.tables.keys() for table in POSTPONED[kind]])
    if Mapping.Kind.STOP_LIST in work.tables:  # before the cards: what they say of an address comes after its "no"
        load_stop_list(work)
    if Mapping.Kind.CARDS in work.tables:
        staged = stage_cards(work, aside)
        if not work.tables.keys() & AFTER_CARDS:
            all_read()
        _load_cards(work, staged)
        with work.timers("load"):
            indexes.build(but=POSTPONED[Mapping.Kind.DOCUMENTS])  # documents ask for cards by their codes
        _analyze(work, Mapping.Kind.CARDS)
    if Mapping.Kind.DOCUMENTS in work.tables:
        work.progress.begin("documents")
        load_documents(work)
        _analyze(work, Mapping.Kind.DOCUMENTS)
    if Mapping.Kind.STOCK in work.tables:
        load_stock(work)
    if Mapping.Kind.TRAFFIC in work.tables:
        load_traffic(work)
    if work.tables.keys() & AFTER_CARDS or Mapping.Kind.CARDS not in work.tables:
        all_read()
    work.progress.begin("settling")
    with work.timers("load"):
        at_once([partial(settle_owners, work), partial(indexes.build, but=GIVEN_OWNERS)])
        indexes.build()
    with work.timers("identify"):
        _merge_by_cars(work)
    with work.timers("facts"):
        _refresh(work)
    return work.counters() | _totals(work)


def _load_cards(work: Work, staged: Staged) -> None:
    work.progress.begin("matching")
    with work.timers("identify"), transaction.atomic():
        found = identify(staged)
        merge(found.merged, batch_id=work.batch.pk)
    work.progress.begin("loading")
    with work.timers("load"):
        contacts = settle_addresses(work, staged.contacts)
        mark_hubs(work, found.hubs)  # before the first card: after a kill those that are in are not looked at again
        ready = parts(found.owners.join(staged.known(), on="line", maintain_order="left"), contacts)
        del found, contacts  # the parts have what is needed of them
        for _ in each_by_itself(partial(load_part, work, headers_of(work)), ready):
            work.progress.tell()
    staging.empty()


def _analyze(work: Work, kind: Mapping.Kind) -> None:
    counted = work.counted[kind]
    if counted["new"] + counted["updated"] >= ANALYZE_FROM:
        with work.timers("load"):
            at_once([partial(_analyze_table, table) for table in ANALYZED[kind]])


def _analyze_table(table: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if table.endswith(")"):
            analyze(cursor, table)
        else:
            cursor.execute(f"ANALYZE {table}")


def _merge_by_cars(work: Work) -> None:
    """After the documents: they say who had which car. After a kill, and in a first load, all cars are looked at."""
    vehicles, customers = work.vehicles.all(), work.touched.all()
    if len(vehicles) or len(customers) or work.is_resumed:
        everything = work.is_resumed or Mapping.Kind.DOCUMENTS in work.fresh
        chosen: dict[str, list[int]] = (
            {} if everything else {"vehicle_ids": vehicles.to_list(), "customer_ids": customers.to_list()}
        )
        survivors = merge_by_cars(work.batch.pk, everything=everything, **chosen)
        settle_owners_of(work, survivors)
        work.touched.add(pl.Series(survivors, dtype=pl.Int64))


def _refresh(work: Work) -> None:
    """Facts of whoever was touched; segments are refreshed when anybody was."""
    touched = work.touched.all()
    if work.batch.dry_run or not (len(touched) or work.is_resumed):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM segments_customer")
        everybody = cursor.fetchone()[0]
    if work.is_resumed or len(touched) > everybody / 4:
        _refresh_everybody()
    else:
        refresh_facts(touched.to_list())
    ask()


def _refresh_everybody() -> None:
    """RFM reads documents, not facts: it goes beside them."""
    if connection.in_atomic_block:
        refresh_facts()
        return
    indexes.postpone(SCORES)
    at_once([refresh_rfm, *(partial(refresh_facts, share=(n, WRITERS)) for n in range(WRITERS))])
    indexes.build()
    follow()


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
        "peak_rss_mb": peak_rss_mb(),
    }
    if Mapping.Kind.DOCUMENTS in work.counted:
        totals["documents"] = work.counted[Mapping.Kind.DOCUMENTS] | {"orphans": orphans}
    return totals
