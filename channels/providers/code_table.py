"""For providers that publish no list of their codes: what a code asks for is a table in the account's options.

{"chat.denied": "opt_out"}: a code of the provider, and an `Action` or `LATER`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from channels.providers.base import DEFERRED, REJECTED, Action, Option, Result
from channels.providers.http_provider import HttpProvider

LATER = "later"  # beside the actions: the same message again, later
WORDS = frozenset({LATER, *(action.value for action in Action)})


class CodeTable(HttpProvider):
    """Puts `codes_option(table)` under "codes" into its options."""

    codes: ClassVar[Mapping[str, str]] = {}  # by default

    def wanted(self, code: str) -> str | None:
        """What the account's table says of a code; None where it says nothing."""
        given = self.option("codes")
        return (given if isinstance(given, dict) else self.codes).get(code)

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        found = super().faults(options)
        codes = options.get("codes", cls.codes)
        if not isinstance(codes, dict) or any(str(word) not in WORDS for word in codes.values()):
            sentence = _("A JSON object of codes and words; the words are %(words)s.")
            found["codes"] = sentence % {"words": ", ".join(sorted(filter(None, WORDS)))}
        return found


def codes_option(table: Mapping[str, str]) -> Option:
    return Option(table, label=_lazy("What a refusal asks for"), help=_lazy("By its code, as JSON."))


def refusal(wanted: str, *, code: str, reply: str) -> Result:
    """Of a word of the table."""
    kind = DEFERRED if wanted in (LATER, Action.STOP_ACCOUNT.value) else REJECTED
    action = Action.NONE if wanted == LATER else Action(wanted)
    return Result(kind, code=code, reply=reply, permanent=kind == REJECTED, action=action)
