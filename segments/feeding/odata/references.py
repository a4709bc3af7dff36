"""Values behind references: what a key of another entity is called there, fetched for a whole page at once."""

from collections import defaultdict

from segments.feeding.odata.client import Client, Item, is_key
from segments.feeding.odata.entities import Entity
from segments.feeding.odata.paths import plain

MANY = 400  # keys of a page beyond which the whole entity is read once


class References:
    """A cache for one pull."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._known: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._whole: set[tuple[str, str]] = set()

    def prepare(self, entity: Entity, page: list[Item]) -> None:
        """Fetch what the rows of this page point to and is not known yet."""
        needed: dict[tuple[str, str], set[str]] = defaultdict(set)
        for path in (path for paths in entity.columns.values() for path in paths if path.entity):
            for item in page:
                needed[path.entity, path.field].update(ref for ref in path.raw(item) if is_key(ref))
        for pair, refs in needed.items():
            if pair not in self._whole:
                self._fetch(pair, refs - self._known[pair].keys())

    def value(self, entity: str, field: str, ref: str) -> str:
        return self._known[entity, field].get(ref, "")

    def _fetch(self, pair: tuple[str, str], refs: set[str]) -> None:
        entity, field = pair
        if len(refs) > MANY:
            self._whole.add(pair)
            pages = self.client.items(entity, ["Ref_Key", field])
        else:
            pages = self.client.by_keys(entity, ["Ref_Key", field], sorted(refs))
        known = self._known[pair]
        known.update(dict.fromkeys(refs, ""))
        for page in pages:
            known.update((item["Ref_Key"], plain(item.get(field))) for item in page)
