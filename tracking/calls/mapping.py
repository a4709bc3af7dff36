"""Which column of a file says what of a call: proposed by the names that providers give them, changed by people.

A file in words of its own is turned into the cells of `tracking.calls.cells`, row by row; nothing is dropped: what cannot be
read is refused by the same rules as every call. No Django models here.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Columns = Mapping[str, str]  # {field: the header of its column}
DAY, CLOCK, STATUS = "start_day", "start_clock", "status"  # fields of files alone


class Field(NamedTuple):
    """What a column may say. `aliases`: headers of CoMagic, Calltouch, Mango, Callibri and of people's own tables, folded."""

    name: str
    label: str | Promise
    aliases: tuple[str, ...]


FIELDS = (
    Field("start_time", _("Date and time of the call"), ("start_time", "дата и время", "дата и время звонка", "дата/время", "время начала", "начало", "начало звонка", "дата начала", "дата звонка", "date", "start", "время вызова", "дата и время вызова")),
    Field(DAY, _("Date, where it has a column of its own"), ("дата", "день")),
    Field(CLOCK, _("Time, where it has a column of its own"), ("время", "время звонка", "time")),
    Field("virtual_phone_number", _("Number that was called"), ("virtual_phone_number", "виртуальный номер", "подменный номер", "номер подмены", "отслеживаемый номер", "phonenumber", "line_number", "линия", "номер линии", "набранный номер", "куда звонили", "вызываемый номер", "номер назначения", "кому", "куда", "номер канала")),
    Field("contact_phone_number", _("Who called"), ("contact_phone_number", "номер абонента", "номер звонящего", "номер клиента", "телефон клиента", "callernumber", "phone", "from_number", "телефон", "кто звонил", "звонивший", "от кого", "откуда", "кто", "абонент", "номер телефона")),
    Field("id", _("Number of the call at the provider"), ("id", "id звонка", "id сессии звонка", "идентификатор", "идентификатор звонка", "callid", "call id", "entry_id", "номер звонка")),
    Field("finish_time", _("When it ended"), ("finish_time", "время окончания", "окончание", "дата окончания", "finish", "конец")),
    Field("talk_duration", _("Length of the talk"), ("talk_duration", "длительность разговора", "продолжительность разговора", "время разговора", "duration", "длительность звонка", "длительность", "продолжительность", "разговор")),
    Field("wait_duration", _("How long was waited"), ("wait_duration", "длительность ожидания", "время ожидания", "ожидание", "waitingconnect")),
    Field("is_lost", _("Lost or not"), ("is_lost", "потерян", "потерянный", "пропущен", "пропущенный")),
    Field(STATUS, _("Status of the call, in words"), ("статус звонка", "статус", "результат", "результат звонка", "successful", "успешный", "успешность", "состояние")),
    Field("direction", _("Direction"), ("direction", "направление", "тип звонка", "тип вызова", "тип")),
    Field("employee_full_name", _("Employee"), ("employee_full_name", "сотрудник", "фио сотрудника", "оператор", "менеджер", "ответивший", "кто ответил")),
    Field("tags", _("Tags"), ("tags", "теги", "тег", "метки")),
    Field("recording", _("Link to the recording"), ("recording", "запись разговора", "ссылка на запись", "запись", "link_download")),
    Field("campaign_name", _("Advertising campaign"), ("campaign_name", "рекламная кампания", "кампания", "канал", "name_channel")),
    Field("source", _("Source"), ("source", "источник")),
    Field("communication_id", _("Number of the communication"), ("communication_id", "id обращения", "номер обращения")),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}
LOST = (
    "неуспеш",
    "пропущ",
    "потерян",
    "не отвеч",
    "неотвеч",
    "непринят",
    "не принят",
    "не состоял",
    "несостоял",
    "lost",
    "missed",
    "false",
    "нет",
)
OUTGOING = ("исходящ", "out")
WAYS = {"": "", "in": "in", "incoming": "in", "вход.": "in"}
LENGTH = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")
TIME_ZONED = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?).*")


class Unmapped(Exception):
    """Fields that a call needs and no column says: names."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = list(names)


def folded(header: str) -> str:
    return " ".join(header.lower().replace("ё", "е").split())


def proposed(headers: Sequence[str], saved: Columns | None = None) -> dict[str, str]:
    """The column of each field: what was saved where the file has it, else the first alias that is a header. No column twice."""
    known = {folded(header): header for header in headers if header.strip()}
    columns = {
        name: known[folded(column)]
        for name, column in (saved or {}).items()
        if name in BY_NAME and folded(column) in known
    }
    taken, is_known = set(columns.values()), bool(columns)
    for field in FIELDS:
        was_refused = bool(saved and is_known and saved.get(field.name) == "")
        if field.name in columns or was_refused:
            continue
        found = next((known[alias] for alias in field.aliases if alias in known and known[alias] not in taken), None)
        if found:
            columns[field.name] = found
            taken.add(found)
    if "start_time" not in columns and DAY in columns and CLOCK not in columns:
        columns["start_time"] = columns.pop(DAY)
    return columns


def missing(columns: Columns) -> list[str]:
    """Needed fields that no column says. A call without a number of its own is given one."""
    lacking = [name for name in ("virtual_phone_number", "contact_phone_number") if name not in columns]
    has_time = "start_time" in columns or {DAY, CLOCK} <= columns.keys()
    return lacking if has_time else ["start_time", *lacking]


def cells_of(row: Mapping[str, str], columns: Columns) -> dict[str, str]:
    """The cells of a call, of a row by the headers of its file."""
    told = {name: row.get(column, "") for name, column in columns.items()}
    day, clock, status = (told.pop(name, "") for name in (DAY, CLOCK, STATUS))
    if not told.get("start_time") and day:
        told["start_time"] = f"{day} {clock}".strip()
    told["start_time"] = _moment(told.get("start_time", ""))
    for name in ("talk_duration", "wait_duration"):
        if told.get(name):
            told[name] = _seconds(told[name])
    told["direction"] = _way(told.get("direction", ""))
    if "is_lost" not in columns:
        told["is_lost"] = _is_lost(status, told, has_status=STATUS in columns)
    if not told.get("id"):
        told["id"] = made_key(told)
    return told


def made_key(told: Mapping[str, str]) -> str:
    """Of a call without a number: when, who and where never change when the file is exported again."""
    made = "|".join(told.get(name, "") for name in ("start_time", "contact_phone_number", "virtual_phone_number"))
    return hashlib.sha256(made.encode()).hexdigest()[:32] if made.strip("|") else ""


def _moment(text: str) -> str:
    """A time that names its zone in a file is still the account's clock: exports are written for people."""
    found = TIME_ZONED.fullmatch(text)
    return " ".join(found.groups()) if found else text


def _seconds(text: str) -> str:
    """`3:10` and `00:03:10` are seconds; so is `190.0`. What is neither stays, to be refused."""
    if found := LENGTH.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return str(hours * 3600 + minutes * 60 + seconds)
    return text.partition(".")[0].partition(",")[0] if text else text


def _way(text: str) -> str:
    """Whatever is not outgoing came in: providers have many names for it."""
    folded_text = folded(text)
    return "out" if folded_text.startswith(OUTGOING) else WAYS.get(folded_text, "in")


def _is_lost(status: str, told: Mapping[str, str], *, has_status: bool) -> str:
    if has_status and status:
        return "true" if folded(status).startswith(LOST) else "false"
    talked = told.get("talk_duration", "") not in ("", "0")
    return "false" if talked or told.get("direction") == "out" or "talk_duration" not in told else "true"
