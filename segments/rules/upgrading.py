"""Stored rules of an older format, brought to the present one step by step.

A change of the form adds 1 to `FORMAT` and a step here: old format → what makes the next one of a whole NODE.
A rule is upgraded whenever it is read; what is stored changes only when somebody saves it.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

FORMAT = 1
STEPS: dict[int, Callable[[Any], Any]] = {}


def upgraded(document: dict, *, to: int = FORMAT) -> dict:
    """`{"format": to, "rule": NODE}` of a document of any known format. Raises `ValueError` for another one."""
    number, node = document["format"], document["rule"]
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError(_("“format” must be a number: %(now)s.") % {"now": to})
    if number > to:
        raise ValueError(
            _(
                "this rule was made by a newer version of the program (format %(its)s, here %(now)s): update the program."
            )
            % {"its": number, "now": to}
        )
    while number < to:
        if number not in STEPS:
            raise ValueError(_("this format of rules is not known: “format” must be %(now)s.") % {"now": to})
        node, number = STEPS[number](node), number + 1
    return {"format": to, "rule": node}
