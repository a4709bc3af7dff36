"""1C's standard OData interface: changed objects are pulled and become the tables that files would have been."""

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError
from segments.feeding.odata.client import Client, parsed
from segments.feeding.odata.entities import Entity, columns_of, understood
from segments.feeding.odata.pulling import Pull, forget, taken_by
from segments.feeding.sealing import unseal
from segments.feeding.transports.base import Delivery, Transport, digest_of, known_by
from segments.importing.mapping import propose
from segments.models import Feed, ImportBatch


class OData(Transport):
    """`memory` = {"asked": a hash of the entities and columns}: when they change, everything is fetched anew."""

    names_its_columns = True
    files_field = "entities"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.client = Client(feed.address, feed.login, unseal(feed.secret))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    @classmethod
    def mistakes(cls, address: str, files: Any) -> dict[str, str]:
        wrong = {}
        try:
            parsed(address)
        except FeedError as error:
            wrong["address"] = str(error)
        try:
            for kind, entities in understood(files).items():
                if missing := _unread(kind, entities):
                    wrong["files"] = missing
        except ValueError as error:
            wrong["files"] = str(error)
        return wrong

    def check(self) -> list[str]:
        return [self._checked(entity) for entities in self._entities().values() for entity in entities]

    def _checked(self, entity: Entity) -> str:
        """1C refuses a property that it does not have, so one object asked for whole proves the columns."""
        count = self.client.page(entity.name, entity.selected, top=1).get("odata.count", "?")
        return _("“%(entity)s”: %(count)s objects") % {"entity": entity.name, "count": number_format(count)}

    def next_delivery(self, spool: Path, *, again: bool = False) -> Delivery | None:
        asked = hashlib.sha256(json.dumps(self.feed.files, sort_keys=True).encode()).hexdigest()
        if self.memory.get("asked") not in (None, asked):
            forget(self.feed.pk)
        self.memory["asked"] = asked
        pull, delivery = Pull(self.feed.pk, self.client), Delivery()
        for kind, entities in self._entities().items():
            table = spool / f"{kind}.csv"
            delivery.rows[kind], written = pull.table(entities, table)
            if not written:
                continue
            if before := known_by(self.feed, kind, digest_of(table)):
                taken_by(self.feed.pk, entities, before)
            else:
                delivery.files[kind] = table
        self.alive = any(delivery.rows.values())
        return delivery

    def received(self, delivery: Delivery, batch: ImportBatch) -> None:
        for kind, entities in self._entities().items():
            if kind in delivery.files:
                taken_by(self.feed.pk, entities, batch)

    def _entities(self) -> dict[str, list[Entity]]:
        try:
            return understood(self.feed.files)
        except ValueError as error:
            raise FeedError(str(error)) from error


def _unread(kind: str, entities: list[Entity]) -> str:
    """Columns that the import would not know: then they should not be fetched either."""
    headers = columns_of(entities)
    read = {header for names in propose(kind, headers).values() for header in names}
    if unread := [header for header in headers if header not in read]:
        return _("The import does not know the columns %(columns)s.") % {"columns": ", ".join(f"“{h}”" for h in unread)}
    return ""
