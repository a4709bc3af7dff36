"""What the cards say of mailings, for all people of a part at once.

A "yes" covers the addresses of its card, by the channels and the purpose of the file's options. A "no" on any card of
the person covers all her addresses; the remark «не звонить» withdraws every channel of its card's addresses. Beside
either, in this file or in an earlier import, no "yes" counts. An answer is dated where its row has the day: midnight in
the time zone of the source. A day that has not come yet is no date, and a remark has none.

The last statements of their part: who opts out of one of the addresses meanwhile waits for them and the commit, less
than a second for 40,000 cards, and not for the part or the import.
"""

from typing import Any

import polars as pl
from django.db import IntegrityError, transaction
from django.utils import timezone

from segments.consents import ADS, PRECEDENCE, STRONGER
from segments.importing.copying import copy_in, fetch, new_ids, stage
from segments.importing.mapping import CHANNELS
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.models.people import ContactKind, Origin, Purpose

CHANNELS_OF_A_YES = ("email", "sms")
# `load_answering` (customer_id, refuses): those of the part who were customers before and say something now.
REFUSED_BEFORE = """
SELECT DISTINCT c.customer_id FROM load_answering AS a JOIN segments_consent AS c USING (customer_id)
WHERE NOT c.given AND c.origin = 'import' AND c.undoes_id IS NULL AND c.purpose = %s
  AND NOT EXISTS (SELECT FROM segments_consent AS u WHERE u.contact_point_id = c.contact_point_id AND u.undoes_id = c.id)
"""
ADDRESSES = """
SELECT cc.customer_id, cp.id AS contact_point_id, cp.kind
FROM load_answering AS a JOIN segments_cardcontact AS cc USING (customer_id)
JOIN segments_contactpoint AS cp ON cp.id = cc.contact_point_id WHERE a.refuses
"""
ADDRESSES_SCHEMA: dict[str, Any] = {"customer_id": pl.Int64, "contact_point_id": pl.Int64, "kind": pl.String}
STATE = ("contact_point_id", "channel", "purpose", "given", "decided_at", "origin", "log_id")
RULE = f"""
INSERT INTO segments_consentstate AS old ({", ".join(STATE)}, changed_at)
SELECT {", ".join(STATE)}, clock_timestamp() FROM load_states ORDER BY contact_point_id, channel
ON CONFLICT ON CONSTRAINT consent_state_once DO UPDATE
SET given = excluded.given, decided_at = excluded.decided_at, origin = excluded.origin, log_id = excluded.log_id,
    changed_at = excluded.changed_at
WHERE {STRONGER}
"""
COVERED_SCHEMA: dict[str, Any] = {"kind": pl.String, "channel": pl.String, "everything": pl.Boolean}


def record_answers(cursor: Any, work: Work, owners: pl.DataFrame, contacts: pl.DataFrame) -> None:
    """Log what the cards of a part say and apply it where it is the stronger; rows go in key order.

    `owners`: line, customer_id, is_new, consent, consent_on, refuses_contact; `contacts`: line, customer_id,
    contact_point_id, is_untold, kind.
    """
    options = work.files[Mapping.Kind.CARDS].options.get("consent", {})
    purpose = options.get("purpose", Purpose.ADVERTISING.value)
    answers = owners.filter(pl.col("consent").is_not_null() | pl.col("refuses_contact"))
    if not len(answers):
        return
    answers = answers.with_columns(_decided_at(work.source.time_zone))
    told = _told(answers, contacts, _said_before(cursor, answers, purpose))
    said = _by_channel(told, options.get("channels", CHANNELS_OF_A_YES))
    said = said.with_columns(
        new_ids(cursor, "segments_consent", len(said)),
        pl.lit(purpose).alias("purpose"),
        pl.lit(Origin.IMPORT.value).alias("origin"),
        pl.when("given").then(pl.lit(options.get("text", ""))).otherwise(pl.lit("")).alias("text"),
        pl.lit(f"import {work.batch.pk}").alias("evidence"),
        pl.lit(work.batch.pk, pl.Int64).alias("batch_id"),
    )
    copy_in(cursor, "segments_consent", said)
    states = said.rename({"id": "log_id"}).unique(["contact_point_id", "channel"], keep="first", maintain_order=True)
    is_untold = pl.col("contact_point_id").is_in(contacts.filter("is_untold")["contact_point_id"].unique().implode())
    _put_in_force(cursor, states.filter(is_untold), states.filter(~is_untold))


def _put_in_force(cursor: Any, untold: pl.DataFrame, told: pl.DataFrame) -> None:
    """Of addresses of which something may be in force, the stronger stands. The others' states go in by COPY, in half
    the time; somebody who has just opted out makes it fail, and then they too take the way of ON CONFLICT."""
    try:
        with transaction.atomic():
            copy_in(cursor, "segments_consentstate", untold.select(STATE))  # changed at the time of the statement
    except IntegrityError:
        told = pl.concat([untold, told]).sort("contact_point_id", "channel")
    stage(cursor, "load_states", told.select(STATE))
    cursor.execute(RULE, {"precedence": PRECEDENCE})


def _decided_at(time_zone: str) -> pl.Expr:
    midnight = pl.col("consent_on").cast(pl.Datetime("us"))
    moment = midnight.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    moment = moment.dt.convert_time_zone("UTC")
    return pl.when(moment <= timezone.now()).then(moment).alias("decided_at")


def _said_before(cursor: Any, answers: pl.DataFrame, purpose: str) -> tuple[pl.Series, pl.DataFrame]:
    """Whom an earlier import has refused, and all addresses of those who refuse now; of people known before."""
    known = answers.filter(~pl.col("is_new")).group_by("customer_id").agg((~pl.col("consent")).any().alias("refuses"))
    if not len(known):
        return pl.Series(dtype=pl.Int64), pl.DataFrame(schema=ADDRESSES_SCHEMA)
    stage(cursor, "load_answering", known)
    refused = fetch(cursor, REFUSED_BEFORE, {"customer_id": pl.Int64}, (purpose,))
    return refused["customer_id"], fetch(cursor, ADDRESSES, ADDRESSES_SCHEMA)


def _told(answers: pl.DataFrame, contacts: pl.DataFrame, before: tuple[pl.Series, pl.DataFrame]) -> pl.DataFrame:
    """contact_point_id, customer_id, kind, given, everything (all channels, or those that the options cover),
    decided_at."""
    refused_before, addresses = before
    no = answers.filter(~pl.col("consent")).group_by("customer_id").agg(pl.col("decided_at").max())
    remarks = answers.filter("refuses_contact").select(
        "line", pl.lit(None, pl.Datetime("us", "UTC")).alias("decided_at")
    )
    refusing = pl.concat([no["customer_id"], answers.filter("refuses_contact")["customer_id"], refused_before])
    yes = answers.filter(pl.col("consent") & ~pl.col("customer_id").is_in(refusing.unique().implode()))
    columns = ("contact_point_id", "customer_id", "kind", "decided_at")
    hers = pl.concat([contacts.select(addresses.columns), addresses])
    return pl.concat([
        each.select(*columns, pl.lit(given).alias("given"), pl.lit(everything).alias("everything"))
        for each, given, everything in (
            (contacts.join(yes.select("line", "decided_at"), on="line"), True, False),
            (hers.join(no, on="customer_id"), False, False),
            (contacts.join(remarks, on="line"), False, True),
        )
    ])  # fmt: skip


def _by_channel(told: pl.DataFrame, wanted: Any) -> pl.DataFrame:
    """One row for each address, holder, channel and answer, the strongest of an address first: a replay of the log
    (`consents.take_back`) ends where this import did."""
    covered = [
        (str(ContactKind(kind)), channel, everything)
        for kind, channels in CHANNELS.items()
        for channel in channels
        for everything in ((False, True) if channel in wanted else (True,))
    ]
    covered += [(str(kind), ADS, everything) for kind in CHANNELS for everything in (False, True) if ADS in wanted]
    said = told.join(pl.DataFrame(covered, COVERED_SCHEMA, orient="row"), on=["kind", "everything"])
    said = said.group_by("contact_point_id", "customer_id", "channel", "given").agg(pl.col("decided_at").max())
    return said.sort(
        "contact_point_id", "channel", "given", "decided_at", "customer_id",
        descending=[False, False, False, True, False], nulls_last=True,
    )  # fmt: skip
