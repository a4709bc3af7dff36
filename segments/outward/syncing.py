"""A list at a provider kept in step with a segment, or with what else it is kept for (`members`): opt-outs are pulled
first, then what left is taken off, then what came is put on; only addresses that may be written to now, of people whom
nobody spares (`spared`).

What a provider has stands in `ExternalAddress`, written right after each batch that it took: a job that is killed
repeats at most one batch, and providers take a repeat for nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from segments.alone import alone
from segments.bells import ring
from segments.consents import may_write_sql, record_consent
from segments.models import ConsentState, ContactPoint, DataExport, ExternalAddress, ExternalList, ListSync
from segments.models.people import Origin, Purpose
from segments.outward import exports, members, permits, spared
from segments.outward.providers import ListError, ListProvider, provider_of

QUEUE = "segments"
JOB = "segments.outward.syncing.sync_due"
LONGEST = 3600  # seconds
EVERY = timedelta(hours=1)  # opt-outs of either side travel at least so often
AFTER_FAILURE = timedelta(minutes=15)

WANTED = f"""
SELECT DISTINCT address.id, address.value
FROM ({{members}}) AS member JOIN segments_contactpoint AS address ON address.id = member.contact_point_id
WHERE address.kind = %(kind)s AND address.validity = 'valid'
  AND NOT address.is_shared AND {may_write_sql("address.id")} AND NOT ({{spared}})
"""
TO_ADD = f"""
SELECT wanted.id, wanted.value FROM ({WANTED}) AS wanted
WHERE NOT EXISTS (SELECT FROM segments_externaladdress AS there
                  WHERE there.external_list_id = %(list)s AND there.contact_point_id = wanted.id)
ORDER BY wanted.id
"""
TO_REMOVE = f"""
SELECT there.id, there.contact_point_id, coalesce(address.value, there.farewell)
FROM segments_externaladdress AS there LEFT JOIN segments_contactpoint AS address ON address.id = there.contact_point_id
WHERE there.external_list_id = %(list)s
  AND NOT EXISTS (SELECT FROM ({WANTED}) AS wanted WHERE wanted.id = there.contact_point_id)
ORDER BY there.id
"""
# Of people who are erased: the provider must still hear which address to drop.
FAREWELL = """
UPDATE segments_externaladdress AS there SET farewell = address.value, contact_point_id = NULL
FROM segments_contactpoint AS address
WHERE address.id = there.contact_point_id
  AND EXISTS (SELECT FROM segments_cardcontact AS holder
              WHERE holder.contact_point_id = address.id AND holder.customer_id = ANY(%(people)s))
  AND NOT EXISTS (SELECT FROM segments_cardcontact AS holder
                  WHERE holder.contact_point_id = address.id AND holder.customer_id <> ALL(%(people)s))
RETURNING there.external_list_id
"""


def sweep() -> dict[str, int]:
    """Ring for lists that are due: {"external_lists": rung}."""
    due = ExternalList.objects.filter(is_active=True, due_at__lte=timezone.now()).values_list("pk", flat=True)
    return {"external_lists": ring(QUEUE, JOB, {f"sync-list-{pk}": (pk,) for pk in due}, longest=LONGEST)}


def ask_list(list_id: int) -> None:
    """What it is kept for has changed: it is due."""
    ExternalList.objects.filter(pk=list_id, is_active=True).update(due_at=timezone.now())


def ask(segment_id: int) -> None:
    """After the members of a segment have changed: its lists are due."""
    ExternalList.objects.filter(segment=segment_id, is_active=True).update(due_at=timezone.now())


def sync_due(list_id: int) -> dict[str, int] | None:
    """The job: bring the list in step if it still is due and nobody does it now."""
    with alone("segments.outward", list_id) as free:
        external = ExternalList.objects.select_related("segment").filter(
            pk=list_id, is_active=True, due_at__lte=timezone.now()
        )
        return _sync(external[0]) if free and external else None


def journal(list_id: int, most: int) -> list[ListSync]:
    """The latest synchronisations of a list, newest first; `broke_off`: it has no end, and its job lives no more."""
    found = list(ListSync.objects.filter(external_list=list_id).defer("added_ids", "removed_ids")[:most])
    alive_since = timezone.now() - timedelta(seconds=LONGEST)
    for number, sync in enumerate(found):  # one runs at a time: a later one says that the earlier is gone
        sync.broke_off = sync.finished_at is None and (number > 0 or sync.started_at < alive_since)
    return found


def _sync(external: ExternalList) -> dict[str, int]:
    journal = ListSync.objects.create(external_list=external)
    due = timezone.now() + EVERY
    try:
        _exchange(external, journal)
    except ListError as error:
        journal.error = str(error)
        due = timezone.now() + (EVERY if error.permanent else AFTER_FAILURE)
    journal.finished_at = timezone.now()
    journal.save()
    size = external.addresses.count()
    outcome: dict[str, Any] = {"size": size, "due_at": due, "error": journal.error, "told": external.told}
    if not journal.error:
        outcome["synced_at"] = journal.finished_at
    ExternalList.objects.filter(pk=external.pk, due_at=external.due_at).update(due_at=due)
    ExternalList.objects.filter(pk=external.pk).update(**{key: outcome[key] for key in outcome if key != "due_at"})
    return {"opted_out": journal.opted_out, "added": journal.added, "removed": journal.removed, "size": size}


def _exchange(external: ExternalList, journal: ListSync) -> None:
    if not permits.given():
        raise ListError(_("Sending is off on this installation: nothing is exchanged with providers of lists."))
    provider = provider_of(external.provider)
    journal.opted_out = _pull_opt_outs(external, provider)
    for batch in _batches(_rows(TO_REMOVE, external, provider), provider.batch):
        provider.remove(external.audience, [value for _row, _point, value in batch])
        ExternalAddress.objects.filter(pk__in=[row for row, _point, _value in batch]).delete()
        journal.removed += len(batch)
        journal.removed_ids += [point for _row, point, _value in batch if point]
    refused: Counter[str] = Counter()
    for batch in _batches(_rows(TO_ADD, external, provider), provider.batch):
        refused.update(_add(external, journal, provider, batch))
    journal.refused = dict(refused)
    external.told = provider.told(external.audience)


def _add(external: ExternalList, journal: ListSync, provider: ListProvider, batch: Sequence[Any]) -> list[str]:
    """One batch; returns the reasons of those that were refused: they are offered again the next time."""
    if reason := provider.held_back(external.audience, len(batch)):
        return [reason] * len(batch)
    values = [value for _point, value in batch]
    exports.record_contacts(
        DataExport.Kind.EXTERNAL_LIST, [point for point, _value in batch], about=str(external.segment or external),
        recipient=f"{provider.label}: {external.audience}", content=provider.pack(values),
    )  # fmt: skip
    refused = provider.add(external.audience, values)
    taken = [point for point, value in batch if value not in refused]
    ExternalAddress.objects.bulk_create(
        [ExternalAddress(external_list=external, contact_point_id=point) for point in taken], ignore_conflicts=True
    )
    journal.added += len(taken)
    journal.added_ids += taken
    return list(refused.values())


def _pull_opt_outs(external: ExternalList, provider: ListProvider) -> int:
    """Who unsubscribed over there has said no here too: as a person, for the whole holding. Also who was never sent
    there by us: they are not to be subscribed anew."""
    values = list(provider.opt_outs(external.audience))
    agreed = ConsentState.objects.filter(channel=provider.channel, purpose=Purpose.ADVERTISING, given=True)
    # EXISTS, not IN: consents are too many to be held in memory, and IN would read them all again for each address.
    here = (Exists(each.filter(contact_point=OuterRef("pk"))) for each in (external.addresses.all(), agreed))
    ours = Q(*here, _connector=Q.OR)
    points = ContactPoint.objects.filter(ours, kind=provider.kind, value__in=values)
    ids = list(points.values_list("pk", flat=True))
    if not ids:
        return 0
    with transaction.atomic():
        record_consent(
            contact_point_ids=ids, channels=[provider.channel], given=False, origin=Origin.PERSON,
            purpose=Purpose.ADVERTISING, evidence=f"{provider.label}: {external.audience}"[:120],
        )  # fmt: skip
    return len(ids)


def _rows(sql: str, external: ExternalList, provider: ListProvider) -> list[tuple]:
    whom, wanted = spared.now(), members.of(external)
    with transaction.atomic(), connection.cursor() as cursor:
        if external.segment is None:  # statistics know nothing of people who were chosen a minute ago
            cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(
            sql.format(spared=whom.sql, members=wanted.sql),
            whom.parameters
            | wanted.parameters
            | {
                "list": external.pk,
                "kind": provider.kind,
                "channel": provider.channel,
                "purpose": Purpose.ADVERTISING,
                "brand": wanted.brand,
            },
        )
        return cursor.fetchall()


def _batches(rows: list[tuple], most: int) -> Iterator[list[tuple]]:
    return (rows[start : start + most] for start in range(0, len(rows), most))


def say_farewell(customer_ids: Sequence[int]) -> None:
    """Before people are erased: their lists are due, and know which addresses to have dropped."""
    with connection.cursor() as cursor:
        cursor.execute(FAREWELL, {"people": list(customer_ids)})
        lists = {row[0] for row in cursor.fetchall()}
    ExternalList.objects.filter(pk__in=lists).update(due_at=timezone.now())
