"""What makes a customer or an address stay when the import that brought it is undone: a registry.

Upper apps add what they hold (messages, answers) in `AppConfig.ready`; this app knows nothing of them.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Keep:
    """`customers` and `contacts` are SQL predicates on `{id}`, a column of `c` or `cp` outside (so name no table so); '' when it holds none.

    >>> Keep("messages", _("has messages"), customers="EXISTS (SELECT FROM … WHERE customer_id = {id})")
    """

    reason: str
    label: Any  # a lazy translation, as the list of what was kept shows it
    customers: str = ""
    contacts: str = ""


_keeps: dict[str, Keep] = {}


def register(keep: Keep) -> None:
    """Adds a reason to stay; a second one of the same name is a mistake and raises `ValueError`."""
    if keep.reason in _keeps and _keeps[keep.reason] != keep:
        raise ValueError(f"undo: two reasons to keep are called {keep.reason!r}")
    _keeps[keep.reason] = keep


def label(reason: str) -> Any:
    """The words of a reason; an unknown one (of an app that is gone) as it is."""
    known = LABELS.get(reason)
    return known or (_keeps[reason].label if reason in _keeps else reason)


def why_kept(column: str, who: str) -> str:
    """SQL: the first reason why the row `column` of `who` ("customers" or "contacts") stays, NULL when none."""
    cases = [
        f"WHEN {getattr(keep, who).format(id=column)} THEN '{keep.reason}'"
        for keep in _keeps.values()
        if getattr(keep, who)
    ]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::text"


LABELS = {
    "changed": _("a later import changed it"),
    "documents": _("documents of a later import hang on it"),
    "pinned": _("a person decided whose card it is"),
    "used": _("something that stays uses it"),
    "held": _("a card that stays holds it"),
    "said": _("there is a decision on consent that did not come with this import"),
}

register(
    Keep(
        "preferences",
        _("has said what to be written about"),
        customers="EXISTS (SELECT FROM segments_preference AS p WHERE p.customer_id = {id})",
    )
)
register(
    Keep(
        "calls",
        _("has calls or visits of other origin"),
        customers="EXISTS (SELECT FROM segments_interaction AS i WHERE i.customer_id = {id} AND i.card_id IS NULL)",
    )
)
