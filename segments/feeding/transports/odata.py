"""1C's standard OData interface: changed objects are pulled and become the tables that files would have been."""

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError
from segments.feeding.odata.client import Client, parsed
from segments.feeding.odata.entities import Entity, columns_of, understood
from segments.feeding.odata.pulling import Pull, forget, taken_by
from segments.feeding.sealing import unseal
from segments.feeding.transports.base import Delivery, Transport, digest_of
from segments.importing.mapping import propose
from segments.models import ImportBatch, ImportFile


class OData(Transport):
    """`memory` = {"asked": a hash of the entities and columns}: when they change, or are gone with the memory because
    the address changed, everything is fetched anew."""

    names_its_columns = True
    files_field = "entities"

    def __enter__(self) -> Self:
        self.client = Client(self.feed.address, self.feed.login, unseal(self.feed.secret))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    @staticmethod
    def check_address(address: str) -> None:
        parsed(address)

    @staticmethod
    def check_files(files: Any) -> None:
        for kind, entities in understood(files).items():
            _check_read(kind, entities)

    def check(self) -> list[str]:
        return [self._checked(entity) for entities in understood(self.feed.files).values() for entity in entities]

    def _checked(self, entity: Entity) -> str:
        """1C refuses a property that it does not have, so one object asked for whole proves the columns."""
        count = self.client.page(entity.name, entity.selected, top=1).get("odata.count", "?")
        return _("“%(entity)s”: %(count)s objects") % {"entity": entity.name, "count": number_format(count)}

    def next_delivery(self, spool: Path, *, again: bool = False) -> Delivery | None:
        asked = hashlib.sha256(json.dumps(self.feed.files, sort_keys=True).encode()).hexdigest()
        if self.memory.get("asked") != asked:
            forget(self.feed.pk)
        self.memory["asked"] = asked
        pull, delivery = Pull(self.feed.pk, self.client), Delivery()
        for kind, entities in understood(self.feed.files).items():
            table = spool / f"{kind}.csv"
            delivery.rows[kind], written = pull.table(entities, table)
            if not written:
                continue
            if same := self._same_as_last(kind, table):
                taken_by(self.feed.pk, entities, same.batch)
            else:
                delivery.files[kind] = table
        self.alive = any(delivery.rows.values())
        return delivery

    def _same_as_last(self, kind: str, table: Path) -> ImportFile | None:
        """The last table of this kind when it has the same bytes. One before it does not count: changes like earlier
        ones, with others between, are a value that came back."""
        last = ImportFile.objects.filter(batch__feed=self.feed, kind=kind).order_by("-pk").values("pk")[:1]
        return ImportFile.objects.filter(pk__in=last, digest=digest_of(table)).select_related("batch").first()

    def received(self, delivery: Delivery, batch: ImportBatch) -> None:
        for kind, entities in understood(self.feed.files).items():
            if kind in delivery.files:
                taken_by(self.feed.pk, entities, batch)


def _check_read(kind: str, entities: list[Entity]) -> None:
    """Columns that the import would not know should not be fetched either."""
    headers = columns_of(entities)
    read = {header for names in propose(kind, headers).values() for header in names}
    if unread := [header for header in headers if header not in read]:
        sentence = _("The import does not know the columns %(columns)s.")
        raise FeedError(sentence % {"columns": ", ".join(f"“{header}”" for header in unread)})
