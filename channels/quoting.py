"""What a person wrote in a letter, without what her program quoted below it and without her signature.

No library of the registries knows how Russian programs open a quotation (Gmail, Mail.ru, Yandex, Outlook, The Bat), so
that these few lines do. They are careful: whatever they are not sure of stays, and the whole letter is kept beside.
"""

import re
from collections.abc import Sequence

MOST_LINES = 5000
LONGEST_LINE = 400  # of a line that opens a quotation; longer ones are a person's
WRAPPED = 3  # programs break that line into so many at most
LAST_LINES = 12  # a signature that no "-- " announces stands so near to the end

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+\.\w")
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_DAY = re.compile(r"\b(?:20\d\d|\d{1,2}[./]\d{1,2}[./]\d{2})\b")
_SAYS = re.compile(r"(?:пишет|писала?|писал\(а\)|написала?|написал\(а\)|написали|wrote|writes)\s*:$", re.I)
_YOU_WROTE = re.compile(r"^(?:вы писали|вы написали|you wrote)\b.*:$", re.I)
_RULER = re.compile(
    r"^-{2,}\s*(?:исходное сообщение|пересылаемое сообщение|пересланное сообщение|пересланное письмо|original message|"
    r"forwarded message)\s*-{2,}$|^(?:начало переадресованного сообщения|begin forwarded message):?$",
    re.I,
)
_FROM = re.compile(r"^\*?(?:от|от кого|отправитель|from)\s*:\*?\s*\S", re.I)
_HEAD = re.compile(r"^\*?(?:отправлено|дата|кому|копия|тема|sent|date|to|cc|subject)\s*:\*?\s", re.I)
_HEAD_LINES, _HEAD_ENOUGH = 6, 2

_DASHES = re.compile(r"^--\s?$")
_SENT_FROM = re.compile(r"^(?:отправлено (?:с|со|из)|послано из|sent from|get outlook for)\b", re.I)
_REGARDS = re.compile(
    r"^(?:с уважением|с наилучшими(?: пожеланиями)?|всего доброго|best regards|kind regards|regards)\b", re.I
)
_REGARDS_LENGTH = 60


def said(text: str) -> str:
    """The words of whoever wrote this letter; all of it where nothing else would be left."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")[:MOST_LINES]]
    return _joined(_unsigned(_unquoted(lines))) or _joined(_unquoted(lines)) or _joined(lines)


def _joined(lines: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _unquoted(lines: Sequence[str]) -> Sequence[str]:
    """Lines of a quotation open with ">": then what stands among and below them is hers. Else all below is quoted."""
    found = next((place for place in range(len(lines)) if _opening(lines, place)), None)
    if found is None:
        return [line for line in lines if not _is_quoted(line)]
    above, below = lines[:found], lines[found + _opening(lines, found) :]
    below = below if _is_quoted(next(filter(str.strip, below), "")) else []
    return [line for line in (*above, *below) if not _is_quoted(line)]


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _opening(lines: Sequence[str], place: int) -> int:
    """How many lines from this one open a quotation; 0: it is none."""
    line = lines[place].strip().lstrip("> ")
    if not line or len(line) > LONGEST_LINE:
        return 0
    if _RULER.match(line) or _YOU_WROTE.match(line):
        return 1
    if _FROM.match(line):
        head = sum(bool(_HEAD.match(one.strip().lstrip("> "))) for one in lines[place + 1 : place + _HEAD_LINES])
        return 1 if head >= _HEAD_ENOUGH else 0
    if not _DAY.search(line):
        return 0
    for count in range(1, WRAPPED + 1):
        whole = " ".join(one.strip().lstrip("> ") for one in lines[place : place + count])
        if len(whole) <= LONGEST_LINE and whole.endswith(":"):
            return count if _is_opening(whole) else 0
    return 0


def _is_opening(line: str) -> bool:
    """With a day in it: «вс, 22 нояб. 2026 г. в 10:15, Салон <a@b.ru>:», «22.11.2026 10:15, Салон пишет:»."""
    has_time, has_address = _TIME.search(line), _ADDRESS.search(line)
    return bool(has_time and has_address or _SAYS.search(line) and (has_time or has_address))


def _unsigned(lines: Sequence[str]) -> Sequence[str]:
    filled = [place for place, line in enumerate(lines) if line.strip()]
    last = set(filled[-LAST_LINES:])
    for place, line in enumerate(lines):
        words = line.strip()
        is_last = place in last and len(words) <= _REGARDS_LENGTH
        if _DASHES.match(words) or (is_last and (_SENT_FROM.match(words) or (place and _REGARDS.match(words)))):
            return lines[:place]
    return lines
