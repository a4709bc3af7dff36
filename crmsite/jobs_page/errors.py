"""An error of a job: the reason in words, and a traceback without people's contacts."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.masking import mask_email, mask_phone

HEAD = "Traceback (most recent call last):"
EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
# Ten digits and more, however spaced, as phones begin: moments and addresses in memory are left alone.
PHONE = re.compile(r"(?<![\w.])(?:\+\d|[789])(?:[\s()-]{0,2}\d){9,14}(?![\w.])")
# PostgreSQL quotes the row that it refused: "Key (value)=(…) already exists", "Failing row contains (…)".
ROW = re.compile(r"((?:\)=|contains )\().*?(\)(?= |\.|$))", re.MULTILINE)
LONGEST = 20_000  # characters of a traceback that are shown: its end

CAUSES: dict[str, Promise] = {
    "JobTimeoutException": gettext_lazy("It did not end in the time it is given."),
    "OperationalError": gettext_lazy("The database did not answer, or broke the work off."),
    "InterfaceError": gettext_lazy("The connection to the database was lost."),
    "IntegrityError": gettext_lazy("The database refused a row that contradicts another one."),
    "ConnectionError": gettext_lazy("Another server did not answer."),
    "ConnectionRefusedError": gettext_lazy("Another server did not answer."),
    "TimeoutError": gettext_lazy("Another server did not answer in time."),
    "DoesNotExist": gettext_lazy("What the job was about is no longer there."),
    "FileNotFoundError": gettext_lazy("The file is no longer there."),
    "PermissionError": gettext_lazy("The program may not open a file."),
    "MemoryError": gettext_lazy("The server ran out of memory."),
}


def masked(text: str) -> str:
    """The same text, its end when it is long, with e-mails and phones masked and rows of the database hidden."""
    text = ROW.sub(r"\1***\2", text[-LONGEST:])
    text = EMAIL.sub(lambda found: mask_email(found.group()), text)
    return PHONE.sub(lambda found: mask_phone(found.group()), text)


def last_line(trace: str) -> str:
    """«ValueError: …», masked: the line that names the error. Empty when Python had no time to write one."""
    _before, head, frames = trace.rpartition(HEAD)
    if not head:
        return ""
    named = (line for line in frames.splitlines() if line and not line[0].isspace())
    return masked(next(named, "").strip())


def cause(trace: str) -> str:
    """Why, in a sentence. Known by the class of the error, never by its words."""
    line = last_line(trace)
    if not line:
        return _("Its process ended in the middle of the work: killed, or out of memory.")
    kind = line.partition(":")[0].rpartition(".")[2]
    return str(CAUSES.get(kind, _("An error of the program: show it to its developers.")))
