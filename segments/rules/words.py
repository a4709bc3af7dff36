"""A rule told as a sentence, in the language of the reader."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.dates import MONTHS
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from segments.rules import fields
from segments.rules.operators import Operator
from segments.rules.shapes import Allowed, Flag, Pair
from segments.rules.tree import Choices, validate


def sentence(rule: dict) -> str:
    """The rule in words, with a capital and a full stop. Raises `RuleError`."""
    validate(rule)
    words = capfirst(_Teller().node(rule["rule"], top=True))
    return words if words.endswith(".") else f"{words}."


class _Teller:
    def __init__(self) -> None:
        self.choices = Choices()

    def node(self, node: dict, *, top: bool = False) -> str:
        if "not" in node:
            return self._negation(node["not"])
        if "all" in node:
            return self._group(node["all"], pgettext("between conditions", " and "), top=top)
        if "any" in node:
            return self._group(node["any"], pgettext("between conditions", " or "), top=top)
        return self._event(node) if "event" in node else self._condition(fields.FIELDS[node["field"]], node)

    def _negation(self, inside: dict) -> str:
        """NOT is said by the words themselves where they can: "never", "has no e-mail"."""
        if "not" in inside:
            return self.node(inside["not"])
        if "event" in inside:
            return self._event(inside, negated=True)
        if "field" in inside and fields.FIELDS[inside["field"]].type == "flag":
            return self._condition(fields.FIELDS[inside["field"]], inside | {"value": not inside["value"]})
        return _("it is not true that %(words)s") % {"words": self.node(inside)}

    def _group(self, children: list[dict], word: str, *, top: bool) -> str:
        if len(children) == 1:
            return self.node(children[0], top=top)
        words = word.join(self.node(each) for each in children)
        return words if top else f"({words})"

    def _condition(self, field: fields.Field, node: dict) -> str:
        operator = field.operators[node["op"]]
        allowed = self.choices.of(field)
        value = operator.shape.clean(node.get("value"), allowed)
        if isinstance(operator.shape, Flag):
            return str(field.says[0] if value else field.says[1])
        words: dict[str, Any] = {"field": field.label}
        if isinstance(operator.shape, Pair):
            words["lower"], words["upper"] = (_shown(each, field, allowed) for each in value)
        elif operator.counted:
            words["n"] = value
        elif isinstance(value, list):
            words["value"] = _listed([_shown(each, field, allowed) for each in value], operator)
        elif value is not None:
            words["value"] = _shown(value, field, allowed)
        return operator.phrase % words

    def _event(self, node: dict, *, negated: bool = False) -> str:
        event = fields.EVENTS[node["event"]]
        words = str(event.label)
        where = [self._condition(event.where[each["field"]], each) for each in node.get("where", [])]
        if where:
            words += f" ({'; '.join(where)})"
        return _("%(event)s %(often)s") % {"event": words, "often": _often(node, negated=negated)}


def _often(node: dict, *, negated: bool) -> str:
    times = node["value"]
    if negated and times == 1:
        often = pgettext("how often", "never")
    elif negated:
        often = ngettext("fewer than %(n)s time", "fewer than %(n)s times", times) % {"n": times}
    else:
        often = ngettext("at least %(n)s time", "at least %(n)s times", times) % {"n": times}
    if node.get("days") is None:
        return often
    return often + " " + ngettext("in the last %(n)s day", "in the last %(n)s days", node["days"]) % {"n": node["days"]}


def _shown(value: Any, field: fields.Field, allowed: Allowed) -> str:
    if isinstance(value, dt.date):
        return formats.date_format(value, pgettext("date format", "j F Y"))
    if isinstance(value, Decimal):
        number = value.to_integral_value() if value == value.to_integral_value() else value
        return _("%(sum)s ₽") % {"sum": formats.number_format(number, force_grouping=True)}
    if field.type == "anniversary":
        name = str(MONTHS[value])
        return name if (get_language() or "en").startswith("en") else name.lower()
    if isinstance(value, int):
        return formats.number_format(value, force_grouping=True)
    return pgettext("quotation marks", "“%(value)s”") % {"value": (allowed or {}).get(value, value)}


def _listed(values: list[str], operator: Operator) -> str:
    """ "a or b"; after "not" it is "a and not b", said by the operator's own joining word."""
    joint = (
        pgettext("between conditions", " and not ")
        if operator.name == "none_of"
        else pgettext("between conditions", " or ")
    )
    return joint.join(values)
