"""How a column is read out of an object of 1C: a small closed language of paths.

Code                                                    a property
НаименованиеПолное|Description                          the first that is not empty
КонтактнаяИнформация[Тип=Телефон].Представление         rows of a table part, one value a line
Контрагент_Key>Catalog_Контрагенты.Code                 a property of what a reference points to
Автомобили[].Автомобиль_Key>Catalog_Автомобили.VIN      both
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NO_REF = "00000000-0000-0000-0000-000000000000"
NO_DATE = "0001-01-01T00:00:00"
_PATH = re.compile(
    r"(?P<property>\w+)"
    r"(?:\[(?:(?P<key>\w+)=(?P<value>[^\]]+))?\]\.(?P<inner>\w+))?"
    r"(?:>(?P<entity>\w+)\.(?P<field>\w+))?"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
Lookup = Callable[[str, str, str], str]  # (entity, field, ref) → value, '' when it is unknown


@dataclass(frozen=True, slots=True)
class Path:
    """One alternative. Parts that are not there are ''; `inner` means a table part, `entity` a reference."""

    property: str
    key: str
    value: str
    inner: str
    entity: str
    field: str

    def raw(self, item: Mapping[str, Any]) -> list[str]:
        """The values in the object itself, cleaned of what 1C means by "nothing"."""
        if not self.inner:
            values: Iterable[Any] = [item.get(self.property)]
        else:
            rows = item.get(self.property) or []
            values = [row.get(self.inner) for row in rows if not self.key or str(row.get(self.key, "")) == self.value]
        return [text for value in values if (text := plain(value))]

    def read(self, item: Mapping[str, Any], lookup: Lookup) -> str:
        values = self.raw(item)
        if self.entity:
            values = [found for ref in values if (found := lookup(self.entity, self.field, ref))]
        return "\n".join(dict.fromkeys(values))


def parse(text: str) -> tuple[Path, ...]:
    """The alternatives of a column. Raises ValueError when it is no path."""
    paths = []
    for part in str(text).split("|"):
        matched = _PATH.fullmatch(part.strip())
        if matched is None:
            raise ValueError(part)
        paths.append(Path(**matched.groupdict(default="")))
    return tuple(paths)


def read(paths: tuple[Path, ...], item: Mapping[str, Any], lookup: Lookup) -> str:
    """The text of the cell, '' when no alternative gives anything."""
    return next((value for path in paths if (value := path.read(item, lookup))), "")


def plain(value: Any) -> str:
    """A value of 1C as text: codes lose their padding, moments their T; empty references and dates are nothing."""
    if value is None or value in (NO_REF, NO_DATE):
        return ""
    if isinstance(value, bool):
        return "Да" if value else "Нет"
    text = str(value).strip()
    return text.replace("T", " ") if _MOMENT.fullmatch(text) else text
