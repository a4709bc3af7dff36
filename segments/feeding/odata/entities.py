"""Which entities of 1C become which table, and which of their properties are read: nothing else is asked for.

`Feed.files` = {"cards": SPEC, "documents": [SPEC, …]}, SPEC = {"entity": name, "fields": {column: path}} and, for
documents, "kind" (a kind of interaction). Names as several public integrations of 1C:Альфа-Авто have them.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from segments.feeding.errors import FeedError
from segments.feeding.odata.paths import Path, parse
from segments.models import Interaction, Mapping

KIND_COLUMN = "Вид операции"
NAME = re.compile(r"\w+")
Kind = Interaction.Kind
# How the import reads the kinds (`segments.importing.documents`).
WORDS = {
    Kind.SALE: "Продажа автомобиля", Kind.SERVICE: "Заказ-наряд", Kind.VISIT: "Визит", Kind.BUYOUT: "Выкуп автомобиля",
    Kind.INSURANCE: "Страхование", Kind.BOOKING: "Запись", Kind.CALL: "Звонок",
}  # fmt: skip
ALFA_AVTO: dict[str, Any] = {
    "cards": {
        "entity": "Catalog_Контрагенты",
        "fields": {
            "Код": "Code",
            "Наименование": "НаименованиеПолное|Description",
            "Телефон": "КонтактнаяИнформация[Тип=Телефон].Представление",
            "E-mail": "КонтактнаяИнформация[Тип=АдресЭлектроннойПочты].Представление",
        },
    },
    "documents": [
        {
            "entity": "Document_ЗаказНаряд",
            "kind": "service",
            "fields": {
                "GUID": "Ref_Key",
                "Номер": "Number",
                "Дата": "ДатаЗакрытия|Date",
                "Код контрагента": "Контрагент_Key>Catalog_Контрагенты.Code",
                "VIN": "Автомобили[].Автомобиль_Key>Catalog_Автомобили.VIN",
                "Сумма документа": "СуммаДокумента",
            },
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity of a feed, understood."""

    name: str
    columns: dict[str, tuple[Path, ...]]
    kind: str = ""

    @property
    def is_document(self) -> bool:
        return self.name.startswith("Document_")

    @property
    def marks(self) -> list[str]:
        """What tells a changed object, and one that does not count."""
        return ["Ref_Key", "DataVersion", "DeletionMark", *(["Posted"] if self.is_document else [])]

    @property
    def selected(self) -> list[str]:
        """Every property that is asked for."""
        read = (path.property for paths in self.columns.values() for path in paths)
        return list(dict.fromkeys([*self.marks, *read]))


def understood(files: Any) -> dict[str, list[Entity]]:
    """{kind of table: entities}, cards first. Raises FeedError."""
    if not isinstance(files, dict) or not any(files.values()):
        raise FeedError(_("Say which entities of 1C become cards and which become documents."))
    strange = sorted(set(files) - set(Mapping.Kind.values))
    if strange:
        raise FeedError(_("There is no kind of table called %(names)s.") % {"names": ", ".join(strange)})
    kinds = [kind for kind in Mapping.Kind.values if files.get(kind)]
    return {kind: [_entity(kind, spec) for spec in _several(files[kind])] for kind in kinds}


def columns_of(entities: list[Entity]) -> list[str]:
    """Headers of the table that these entities become."""
    headers = dict.fromkeys(header for entity in entities for header in entity.columns)
    return [*headers, *([KIND_COLUMN] if any(entity.kind for entity in entities) else [])]


def _several(specs: Any) -> list[Any]:
    return specs if isinstance(specs, list) else [specs]


def _entity(kind: str, spec: Any) -> Entity:
    if not isinstance(spec, dict) or not NAME.fullmatch(str(spec.get("entity", ""))):
        raise FeedError(_("Each table needs the name of its entity, for example “Catalog_Контрагенты”."))
    fields = spec.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise FeedError(_("“%(entity)s” has no columns: nothing would be read from it.") % {"entity": spec["entity"]})
    is_document = kind == Mapping.Kind.DOCUMENTS
    if is_document and spec.get("kind") not in Kind.values:
        sentence = _("Say what “%(entity)s” is: %(kinds)s.")
        raise FeedError(sentence % {"entity": spec["entity"], "kinds": ", ".join(Kind.values)})
    columns = {str(header)[:80]: _paths(header, path) for header, path in fields.items()}
    return Entity(spec["entity"], columns, spec["kind"] if is_document else "")


def _paths(header: str, path: Any) -> tuple[Path, ...]:
    try:
        return parse(path)
    except ValueError as error:
        sentence = _("The column “%(column)s” cannot be read by “%(path)s”.")
        raise FeedError(sentence % {"column": header, "path": path}) from error
