"""CommerceML 2, the XML that 1C gives to websites: its documents as one table, its counterparties as another.

The schema is `urn:1C.ru:commerceml_2`; older files do not name it. The file is read element by element in constant memory; entities and document types are refused.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError

import polars as pl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.importing.blocks import Block
from segments.importing.errors import UnusableFile
from segments.importing.reading.stored import PACKED_WRONG, Stored
from segments.importing.reading.table import LONGEST_HEADER, Table, named

ROWS = 20_000
MOST_COLUMNS = 300  # requisites are named by the sender: past so many kinds this is no list
MOST_DEPTH = 50
ROOT = "КоммерческаяИнформация"
DOCUMENT, PERSON = "Документ", "Контрагент"
CARD_CODE = "Код контрагента"
WORDS = re.compile(r"(?<=[а-яё])(?=[А-ЯЁ])")

NOT_COMMERCEML = gettext_lazy("This XML is not CommerceML 2. Send the exchange file of 1C, or the list as CSV or XLSX.")
Cells = dict[str, str]


class Record(NamedTuple):
    number: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Elements:
    """The rows of one of the two tables of a file."""

    stored: Stored
    element: str
    headers: dict[str, str]  # as the table calls it: as the file does

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        records = read_records(self.stored, self.element)
        while part := list(islice(records, ROWS)):
            columns: dict[str, Any] = {"line": [record.number for record in part]}
            for header in wanted:
                name = self.headers[header]
                columns[header] = [record.cells.get(name, "") for record in part]
            schema: dict[str, Any] = {"line": pl.Int64, **dict.fromkeys(wanted, pl.String)}
            yield Block(pl.DataFrame(columns, schema=schema))


def open_commerceml(stored: Stored, kind: str = "") -> Table:
    """The counterparties when `kind` is "cards" or "stop_list", else the documents; whichever the file has when it has only one."""
    elements = (PERSON, DOCUMENT) if kind in ("cards", "stop_list") else (DOCUMENT, PERSON)
    for element in elements:
        rows = 0
        found: dict[str, None] = {}
        for record in read_records(stored, element):
            rows += 1
            found |= dict.fromkeys(record.cells)
            if len(found) > MOST_COLUMNS:
                raise UnusableFile(
                    _("The file names more than %(count)d different requisites.") % {"count": MOST_COLUMNS}
                )
        if rows:
            headers = named(list(found))
            return Table(
                headers, rows, Elements(stored, element, dict(zip(headers, found, strict=True))), "CommerceML 2"
            )
    raise UnusableFile(_("The CommerceML file holds neither documents nor counterparties."))


def read_records(stored: Stored, element: str) -> Iterator[Record]:
    """Documents or counterparties in the order of the file, numbered from 1. A counterparty stands in each of its
    documents: it is given once, and again only where its cells differ."""
    seen: set[bytes] = set()
    for number, found in enumerate(_elements(stored, element), start=1):
        if element == DOCUMENT:
            yield Record(number, document_cells(found))
            continue
        if _is_seller(found):
            continue
        cells = person_cells(found)
        digest = hashlib.blake2b(repr(cells).encode("utf-8", "replace"), digest_size=16).digest()
        if digest not in seen and any(cells.values()):
            seen.add(digest)
            yield Record(number, cells)


def document_cells(document: Element) -> Cells:
    """A document as one row: its own elements, who buys, the names of the goods, and each requisite of the document
    and of its goods (there stand brand, VIN, centre) as a column."""
    cells = _simple(document)
    for name, usual in (("Ид", "GUID"), ("Хоз Операция", "Хозоперация")):
        if name in cells:
            cells[usual] = cells.pop(name)
    if time := cells.pop("Время", ""):
        cells["Дата"] = f"{cells.get('Дата', '')} {time}"
    person = _buyer(document)
    if person is not None:
        cells |= {CARD_CODE: _code(person), PERSON: _text(person, "Наименование")}
    goods = list(_inside(document, "Товары", "Товар"))
    if goods:
        cells["Товары"] = "\n".join(_text(item, "Наименование") for item in goods)
    return _requisites((document, *goods)) | cells


def person_cells(person: Element) -> Cells:
    """A counterparty as one row; several phones stay several, each on a line of the cell."""
    cells = _simple(person)
    for name in ("Ид", "Код", "Роль"):
        cells.pop(name, None)
    short, full = cells.pop("Наименование", ""), cells.pop("Полное Наименование", "")
    cells = {"Код": _code(person), "Наименование": full or short, **cells}
    for contact in _inside(person, "Контакты", "Контакт"):
        name, value = _contact_column(_text(contact, "Тип")), _text(contact, "Значение")
        if name and value:
            cells[name] = "\n".join(dict.fromkeys((*filter(None, [cells.get(name)]), value)))
    return _requisites((person,)) | cells


def _contact_column(kind: str) -> str:
    plain = kind.casefold()
    if "тел" in plain:
        return "Телефон"
    return "E-mail" if "почт" in plain or "mail" in plain else kind


def _code(person: Element) -> str:
    return _text(person, "Ид") or _text(person, "Код")


def _buyer(document: Element) -> Element | None:
    """The counterparty that buys: the other one is the holding itself."""
    people = list(_inside(document, "Контрагенты", PERSON))
    return next((person for person in people if not _is_seller(person)), None)


def _is_seller(person: Element) -> bool:
    return _text(person, "Роль").casefold() == "продавец"


def _requisites(holders: Sequence[Element]) -> Cells:
    """The first value of each requisite."""
    cells: Cells = {}
    for holder in holders:
        for requisite in _inside(holder, "ЗначенияРеквизитов", "ЗначениеРеквизита"):
            if name := _text(requisite, "Наименование")[:LONGEST_HEADER]:
                cells.setdefault(name, _text(requisite, "Значение"))
    return cells


def _simple(element: Element) -> Cells:
    """Children that hold text and nothing else, by their names in words: «ДатаРождения» is «Дата Рождения»."""
    return {WORDS.sub(" ", _name(child)): (child.text or "").strip() for child in element if not len(child)}


def _inside(element: Element, box: str, name: str) -> Iterator[Element]:
    for child in element:
        if _name(child) == box:
            yield from (inner for inner in child if _name(inner) == name)


def _text(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in element if _name(child) == name), "")


def _name(element: Element) -> str:
    """Without the namespace, which older files do not have."""
    return element.tag.rpartition("}")[2]


def _elements(stored: Stored, wanted: str) -> Iterator[Element]:
    """Elements of this name, in the namespace of the root; what lies outside of documents and counterparties is
    forgotten at once, they after their turn."""
    path: list[Element] = []
    inside, space = 0, ""
    with _told(), stored.open() as file:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if not path:
                space = _space(element)
                kept, asked = {space + DOCUMENT, space + PERSON}, space + wanted
            if event == "start":
                path.append(element)
                inside += element.tag in kept
                if len(path) > MOST_DEPTH:
                    raise UnusableFile(str(NOT_COMMERCEML))
                continue
            path.pop()
            inside -= element.tag in kept
            if element.tag == asked:
                yield element
            if path and not inside:
                path[-1].remove(element)


def _space(root: Element) -> str:
    if _name(root) != ROOT:
        raise UnusableFile(str(NOT_COMMERCEML))
    return root.tag.removesuffix(ROOT)


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the parser in a sentence."""
    try:
        yield
    except DefusedXmlException as error:
        raise UnusableFile(
            _("The XML defines entities or a document type, which an exchange file of 1C never does. It was not read.")
        ) from error
    except (ParseError, UnicodeError, LookupError, *PACKED_WRONG) as error:
        raise UnusableFile(_("The XML is damaged or was cut off. Export it again.")) from error
