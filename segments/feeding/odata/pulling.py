"""What changed in a 1C base since the last good pull, as the tables that a file would have been.

First only keys and versions are read, page by page, and compared in the database; then the changed objects are
fetched: by their keys when they are few, else by paging through all. Memory does not grow with the base.
"""

import csv
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from django.db import connection

from segments.feeding.odata.client import Client, Item
from segments.feeding.odata.entities import KIND_COLUMN, WORDS, Entity, columns_of
from segments.feeding.odata.paths import read
from segments.feeding.odata.references import References
from segments.models import FeedObject, ImportBatch

FEW = 1500  # changed objects that are cheaper to fetch by key than by paging
State = ImportBatch.State
TAKEN = [State.MAPPED, State.LOADING, State.DONE, State.UNDOING, State.UNDONE]
# A row without a batch is wanted: it is new, changed, or its import failed.
COMPARE = """
INSERT INTO segments_feedobject AS old (feed_id, entity, ref, version)
SELECT %(feed)s, %(entity)s, page.ref, page.version
FROM (SELECT DISTINCT ON (ref) ref, version FROM unnest(%(refs)s::uuid[], %(versions)s::text[]) AS both_(ref, version)) AS page
WHERE NOT EXISTS (
    SELECT FROM segments_feedobject AS known JOIN segments_importbatch AS batch ON batch.id = known.batch_id
    WHERE known.feed_id = %(feed)s AND known.entity = %(entity)s AND known.ref = page.ref
      AND known.version = page.version AND batch.state = ANY(%(taken)s))
ON CONFLICT (feed_id, entity, ref) DO UPDATE SET version = excluded.version, batch_id = NULL
"""


class Pull:
    """One pull of one feed."""

    def __init__(self, feed_id: int, client: Client) -> None:
        self.feed_id, self.client = feed_id, client
        self.references = References(client)

    def table(self, entities: list[Entity], target: FilePath) -> tuple[int, int]:
        """Write the changed objects as CSV; returns (objects that count in 1C now, rows written)."""
        living = sum(self._compare(entity) for entity in entities)
        headers, written = columns_of(entities), 0
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, headers, restval="", delimiter=";")
            writer.writeheader()
            for entity in entities:
                for page in self._changed(entity):
                    self.references.prepare(entity, page)
                    writer.writerows(self._row(entity, item) for item in page)
                    written += len(page)
        return living, written

    def _compare(self, entity: Entity) -> int:
        living = 0
        for page in self.client.items(entity.name, entity.marks):
            counted = [item for item in page if counts(item)]
            living += len(counted)
            with connection.cursor() as cursor:
                cursor.execute(COMPARE, {
                    "feed": self.feed_id, "entity": entity.name, "taken": TAKEN,
                    "refs": [item["Ref_Key"] for item in counted],
                    "versions": [str(item.get("DataVersion", ""))[:40] for item in counted],
                })  # fmt: skip
        return living

    def _wanted(self, entity: Entity) -> Any:
        return FeedObject.objects.filter(feed_id=self.feed_id, entity=entity.name, batch=None)

    def _changed(self, entity: Entity) -> Iterator[list[Item]]:
        wanted = self._wanted(entity)
        if wanted.count() <= FEW:
            refs = [str(ref) for ref in wanted.order_by("ref").values_list("ref", flat=True)]
            pages = self.client.by_keys(entity.name, entity.selected, refs)
        else:
            pages = self._whole(entity)
        for page in pages:
            if living := [item for item in page if counts(item)]:
                yield sorted(living, key=lambda item: item["Ref_Key"])

    def _whole(self, entity: Entity) -> Iterator[list[Item]]:
        """Personal data of who is marked for deletion is not even asked for."""
        for page in self.client.items(entity.name, entity.selected, "DeletionMark eq false"):
            refs = [item["Ref_Key"] for item in page]
            wanted = {str(ref) for ref in self._wanted(entity).filter(ref__in=refs).values_list("ref", flat=True)}
            yield [item for item in page if item["Ref_Key"] in wanted]

    def _row(self, entity: Entity, item: Item) -> dict[str, str]:
        cells = {header: read(paths, item, self.references.value) for header, paths in entity.columns.items()}
        return {KIND_COLUMN: WORDS[entity.kind], **cells} if entity.kind else cells


def counts(item: Item) -> bool:
    """Neither marked for deletion nor a document that is not posted."""
    return not item.get("DeletionMark") and item.get("Posted") is not False


def taken_by(feed_id: int, entities: list[Entity], batch: ImportBatch) -> None:
    """What was wanted of these entities is in this batch."""
    names = [entity.name for entity in entities]
    FeedObject.objects.filter(feed_id=feed_id, entity__in=names, batch=None).update(batch=batch)


def forget(feed_id: int) -> None:
    """Everything is new again: other columns are wanted now."""
    FeedObject.objects.filter(feed_id=feed_id).delete()
