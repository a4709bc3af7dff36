"""A rule told as a sentence, in the language of the reader."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from segments.rules import fields
from segments.rules.operators import Operator
from segments.rules.shapes import Flag, Pair
from segments.rules.tree import Choices, checked


def sentence(rule: dict, *, owner: str = "") -> str:
    """The rule in words, with a capital and a full stop. Raises `RuleError`. `owner` as in `tree.validate`."""
    words = capfirst(_Teller().node(checked(rule, owner=owner), top=True))
    return words if words.endswith(".") else f"{words}."


class _Teller:
    def __init__(self) -> None:
        self.choices = Choices()

    def node(self, node: dict, *, top: bool = False, negated: bool = False) -> str:
        """NOT is said by the words of a condition where they can ("never", "not in May"), else of a whole group."""
        if "not" in node:
            return self.node(node["not"], top=top, negated=not negated)
        if "event" in node:
            return self._event(node, negated=negated)
        if "field" in node:
            return self._condition(fields.FIELDS[node["field"]], node, negated=negated)
        if negated and self._children(node) > 1:
            return _("it is not true that %(words)s") % {"words": self._group(node, top=False)}
        return self._group(node, top=top, negated=negated)

    def _children(self, node: dict) -> int:
        return len(node.get("all") or node["any"])

    def _group(self, node: dict, *, top: bool, negated: bool = False) -> str:
        """A group that is negated here has one child."""
        children = node.get("all") or node["any"]
        if len(children) == 1:
            return self.node(children[0], top=top, negated=negated)
        both = pgettext("between conditions", ", and ") if "all" in node else pgettext("between conditions", ", or ")
        words = both.join(self.node(each) for each in children)
        return words if top else f"({words})"

    def _condition(self, field: fields.Field, node: dict, *, negated: bool = False) -> str:
        operator = field.operators[node["op"]]
        allowed = self.choices.closed(field)
        value = operator.shape.clean(node.get("value"), allowed)
        if isinstance(operator.shape, Flag):
            return str(field.says[0] if value != negated else field.says[1])
        words: dict[str, Any] = {"field": field.label}
        if isinstance(operator.shape, Pair):
            words["lower"], words["upper"] = (operator.shape.part.shown(each, allowed) for each in value)
            words["n"] = value[1]
        elif isinstance(value, list):
            joint = _joint(field, operator, negated=negated)
            words["value"] = joint.join(operator.shape.shown(each, allowed) for each in value)
            words["n"] = len(value)
        elif value is not None:
            words["value"], words["n"] = operator.shape.shown(value, allowed), value
        return _phrase(field, operator, negated=negated) % words

    def _event(self, node: dict, *, negated: bool = False) -> str:
        event = fields.EVENTS[node["event"]]
        where = [self._condition(event.where[each["field"]], each) for each in node.get("where", [])]
        details = f" ({'; '.join(where)})" if where else ""
        if event.tell is not None:
            return event.tell(node, details, negated)
        return _("%(event)s %(often)s") % {"event": f"{event.label}{details}", "often": _often(node, negated=negated)}


def _phrase(field: fields.Field, operator: Operator, *, negated: bool) -> Any:
    if field.denial and operator.denies != negated:
        return field.denial
    return operator.refusal if negated else operator.phrase


def _joint(field: fields.Field, operator: Operator, *, negated: bool) -> str:
    """Between the values of a list: "a or b"; after "not", "a and not b"."""
    if operator.joint == ",":
        return ", "
    if operator.denies != negated and not field.denial:
        return pgettext("between conditions", " and not ")
    return pgettext("between conditions", " or ")


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
