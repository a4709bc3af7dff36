"""Legacy stop-lists: the addresses in them get no advertising, whoever holds them now or comes to hold them.

A row may name several phones and e-mails. What it leaves open it stops whole: no channel or an unknown one is all
channels, no brand or an unknown one is all brands. Addresses that nobody has yet become contact points, so that no
later import can raise them.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl
from django.db import connection, transaction

from segments.cleaning.dates import clean_moment, is_no_date
from segments.cleaning.emails import NOTHING as NO_EMAIL
from segments.cleaning.emails import clean_emails
from segments.cleaning.phones import NOTHING as NO_PHONE
from segments.cleaning.phones import clean_phones
from segments.cleaning.words import spelling
from segments.consents import ADS, Decision, record_for_holders
from segments.importing.copying import fetch, stage
from segments.importing.dictionaries import Dictionaries
from segments.importing.mapping import CHANNELS
from segments.importing.reasons import refusal
from segments.importing.unrecognised import remember_unrecognised
from segments.importing.work import Work
from segments.models.imports import Mapping
from segments.models.people import Origin, Purpose

KIND = Mapping.Kind.STOP_LIST
ALL = [channel for channels in CHANNELS.values() for channel in channels]
MESSENGERS = ["whatsapp", "telegram", "max", "vk"]
# How stop-lists call the channels (`words.spelling`).
CHANNEL_WORDS: dict[str, list[str]] = {
    **dict.fromkeys(("sms", "смс", "смс-рассылка", "sms-рассылка", "сообщения"), ["sms"]),
    **dict.fromkeys(("звонок", "звонки", "телефон", "обзвон", "call", "исходящий звонок", "голос"), ["call"]),
    **dict.fromkeys(("email", "e-mail", "эл. почта", "электронная почта", "почта", "письма", "рассылка e-mail"), ["email"]),
    **dict.fromkeys(("мессенджер", "мессенджеры"), MESSENGERS),
    **dict.fromkeys(("whatsapp", "ватсап", "вотсап", "wa"), ["whatsapp"]),
    **dict.fromkeys(("telegram", "телеграм", "телеграмм", "tg"), ["telegram"]),
    **dict.fromkeys(("max", "макс"), ["max"]),
    **dict.fromkeys(("vk", "вк", "вконтакте"), ["vk"]),
    **dict.fromkeys(("ads", "рекламные площадки", "ретаргетинг", "аудитории"), [ADS]),
    **dict.fromkeys(("", "все", "всё", "любой", "любые", "все каналы", "полный отказ", "реклама", "all"), ALL),
}  # fmt: skip
LONGEST_TEXT = 300
ADD_POINTS = """
INSERT INTO segments_contactpoint (kind, value, country, is_mobile, first_batch_id)
SELECT DISTINCT ON (kind, value) kind, value, coalesce(country, ''), is_mobile, %s::bigint
FROM load_stops ORDER BY kind, value
ON CONFLICT (kind, value) DO NOTHING
"""
# Each stop with its address, the one holder of it (if there is just one), and the import that has said so before.
STOPS = """
SELECT s.line, cp.id, h.customer_id, h.customers > 0, s.channel, s.brand_id, s.decided_at, s.text, said.batch_id,
       said.id IS NOT NULL
FROM load_stops AS s JOIN segments_contactpoint AS cp ON cp.kind = s.kind AND cp.value = s.value
LEFT JOIN LATERAL (
    SELECT count(DISTINCT cc.customer_id) AS customers,
           CASE WHEN min(cc.customer_id) = max(cc.customer_id) THEN min(cc.customer_id) END AS customer_id
    FROM segments_cardcontact AS cc WHERE cc.contact_point_id = cp.id
) AS h ON true
LEFT JOIN LATERAL (
    SELECT log.id, log.batch_id FROM segments_consent AS log
    WHERE log.contact_point_id = cp.id AND log.channel = s.channel AND log.purpose = 'advertising' AND NOT log.given
      AND log.origin = 'import' AND log.brand_id IS NOT DISTINCT FROM s.brand_id AND log.text = s.text
      AND log.decided_at IS NOT DISTINCT FROM s.decided_at AND log.undoes_id IS NULL
      AND NOT EXISTS (SELECT FROM segments_consent AS back
                      WHERE back.contact_point_id = cp.id AND back.undoes_id = log.id)
    LIMIT 1
) AS said ON true
ORDER BY s.line, cp.id
"""
STOPS_SCHEMA: dict[str, Any] = {
    "line": pl.Int64, "contact_point_id": pl.Int64, "customer_id": pl.Int64, "is_known": pl.Boolean,
    "channel": pl.String, "brand_id": pl.Int64, "decided_at": pl.Datetime("us", "UTC"), "text": pl.String,
    "said_by": pl.Int64, "is_said": pl.Boolean,
}  # fmt: skip
SAME_DECISION = ("channels", "brand_id", "decided_at", "text")


def load_stop_list(work: Work) -> None:
    """Read the file and withdraw; a dry run only counts, for an opt-out must not wait for its end.

    The counters gain `addresses` and, among them, `known`: those of people in the base.
    """
    points: list[pl.DataFrame] = []
    for fields, raw in work.fields(KIND):
        with work.timers("clean"):
            rows = _usable(work, fields.with_columns(raw.alias("raw")))
        with work.timers("load"):
            stops = _stops(work, rows)
            if not work.batch.dry_run:
                _withdraw(work, stops)
        _count(work, stops)
        points.append(stops.select("contact_point_id", "is_known").unique())
        work.touched.add(stops["customer_id"])
        work.progress.advance(len(fields))
    all_points = pl.concat([pl.DataFrame(schema={"contact_point_id": pl.Int64, "is_known": pl.Boolean}), *points])
    all_points = all_points.unique("contact_point_id")
    work.counted[KIND] |= {"addresses": len(all_points), "known": int(all_points["is_known"].sum())}


def _usable(work: Work, rows: pl.DataFrame) -> pl.DataFrame:
    """One row per address: line, kind, value, channel (words), brand, decided_at, text; counts and refuses the rest."""
    rows = rows.with_row_index("row")
    phones, emails = clean_phones(rows["phone"]), clean_emails(rows["email"])
    addresses = pl.concat([
        phones.select("row", pl.lit("phone").alias("kind"), pl.col("phone").alias("value"), "country", "is_mobile"),
        emails.select("row", pl.lit("email").alias("kind"), pl.col("email").alias("value")),
    ], how="diagonal")  # fmt: skip
    day = clean_moment(pl.col("date"), work.source.time_zone)
    rows = rows.with_columns(
        day.alias("decided_at"),
        spelling(pl.col("channel")).alias("channel_word"),
        pl.col("reason").str.replace_all(r"\s+", " ").str.slice(0, LONGEST_TEXT).alias("text"),
    )
    _refuse(work, rows, phones, emails)
    return rows.join(addresses, on="row").select(
        "line", "kind", "value", "country", "is_mobile", "channel_word", "brand", "decided_at", "text"
    )


def _refuse(work: Work, rows: pl.DataFrame, phones: pl.DataFrame, emails: pl.DataFrame) -> None:
    no_phone = ~pl.col("row").is_in(phones["row"].unique().implode())
    no_email = ~pl.col("row").is_in(emails["row"].unique().implode())
    work.refuse(KIND, refusal(rows.filter(no_phone & no_email), "", pl.lit("no_address")))
    rows = rows.filter(~(no_phone & no_email))
    known = pl.col("channel_word").is_in(list(CHANNEL_WORDS))
    for field, reason, wrong in (
        ("phone", "bad_phone", no_phone & ~pl.col("phone").str.contains(NO_PHONE)),
        ("email", "bad_email", no_email & ~pl.col("email").str.contains(NO_EMAIL)),
        ("date", "bad_date", pl.col("decided_at").is_null() & (pl.col("date") != "") & ~is_no_date(pl.col("date"))),
        ("channel", "unknown_channel", ~known),
    ):
        work.refuse(KIND, refusal(rows.filter(wrong), field, pl.lit(reason), whole_row=False))


def _stops(work: Work, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by address and channel, as STOPS_SCHEMA; addresses that nobody has are made."""
    words = pl.col("channel_word").replace_strict(CHANNEL_WORDS, default=ALL, return_dtype=pl.List(pl.String))
    with transaction.atomic(), connection.cursor() as cursor:
        dictionaries = Dictionaries(cursor)
        rows = dictionaries.spelled("brand", rows)
        remember_unrecognised(work, dictionaries)
        # «E-mail» beside a phone alone still stops something: the phone's own channels.
        own = pl.col("kind").replace_strict({k: list(c) for k, c in CHANNELS.items()}, return_dtype=pl.List(pl.String))
        meant = words.list.set_intersection(own.list.concat(pl.lit([ADS], dtype=pl.List(pl.String))))
        named = pl.col("line").is_in(rows.filter(meant.list.len() > 0)["line"].unique().implode())
        channels = pl.when(named).then(meant).otherwise(own).alias("channel")
        stops = rows.with_columns(channels).explode("channel").drop_nulls("channel").unique(maintain_order=True)
        columns = ("line", "kind", "value", "country", "is_mobile", "channel", "brand_id", "decided_at", "text")
        stage(cursor, "load_stops", stops.select(columns))
        cursor.execute(ADD_POINTS, (work.batch.pk,))
        return fetch(cursor, STOPS, STOPS_SCHEMA)


def _withdraw(work: Work, stops: pl.DataFrame) -> None:
    """Record what no import has said yet, all addresses of one decision at a time, each in its own transaction."""
    for decision, holders, channels in _decisions(work, stops.filter(~pl.col("is_said"))):
        record_for_holders(decision, holders, channels)
        work.progress.tell()


def _decisions(work: Work, stops: pl.DataFrame) -> Iterator[tuple[Decision, list[tuple[int, int | None]], list[str]]]:
    by_address = stops.group_by("contact_point_id", "customer_id", *SAME_DECISION[1:], maintain_order=True).agg(
        pl.col("channel").unique().sort().str.join(" ").alias("channels")
    )
    for key, same in by_address.group_by(SAME_DECISION, maintain_order=True):
        channels, brand_id, decided_at, text = key
        decision = Decision(
            Purpose.ADVERTISING, False, Origin.IMPORT, brand_id=brand_id, decided_at=decided_at, text=text,
            evidence=f"stop-list, import {work.batch.pk}", batch_id=work.batch.pk,
        )  # fmt: skip
        yield decision, list(same.select("contact_point_id", "customer_id").iter_rows()), str(channels).split()


def _count(work: Work, stops: pl.DataFrame) -> None:
    """A row is new when it stops anything that no import had stopped so before this one."""
    fresh = ~pl.col("is_said") | (pl.col("said_by") == work.batch.pk).fill_null(False)
    lines = stops.group_by("line").agg(fresh.any().alias("is_new"))
    work.count(KIND, "new", int(lines["is_new"].sum()))
    work.count(KIND, "unchanged", len(lines) - int(lines["is_new"].sum()))
