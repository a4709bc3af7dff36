"""A rule under construction: what the builder's inputs say.

A draft is a NODE of `segments.rules.tree`, perhaps unfinished: a condition may lack its value, a group its
children. Nothing here refuses a draft; `tree.validate` does, before it is used.

Inputs are named by the way to their node: "rule" is the root, "rule-0-2" the third child of its first
child; after "__" comes the part: `kind`, `not`, `n` (children) of a group, `field`, `op`, `value` of a
condition (`value.PART` where its shape has parts), `times` and `days` of an event.
"""

from collections.abc import Callable
from typing import Any, Protocol

from segments.rules import fields
from segments.rules.fields import Event, Field
from segments.rules.shapes import Shape
from segments.rules.tree import EVENT_DAYS, EVENT_OPERATOR, GROUPS, MAX_DEPTH, MAX_NODES, TIMES

EVENT_PREFIX = "event:"
DEEPEST = MAX_DEPTH + 2


class Posted(Protocol):
    def get(self, key: str, default: Any = None) -> Any: ...
    def getlist(self, key: str) -> list[str]: ...
    def __contains__(self, key: object) -> bool: ...


def blank_condition(field: Field) -> dict:
    operator = next(iter(field.operators.values()))
    return {"field": field.name, "op": operator.name, "value": blank_value(operator.shape)}


def blank_value(shape: Shape) -> Any:
    return {part: blank_value(each) for part, (_label, each) in shape.parts.items()} if shape.parts else shape.read([])


def read_value(posted: Posted, key: str, shape: Shape) -> Any:
    """The value of a shape out of the inputs named `key`, or `key.PART` for each of its parts."""
    if not shape.parts:
        return shape.read(posted.getlist(key))
    return {part: read_value(posted, f"{key}.{part}", each) for part, (_label, each) in shape.parts.items()}


def blank_event(event: Event) -> dict:
    """What is had rather than done (`tell`) is asked about whenever it began."""
    return {"event": event.name, "op": EVENT_OPERATOR, "value": 1, "days": None if event.tell else 365, "where": []}


def first_condition() -> dict:
    return blank_condition(fields.FIELDS["last_purchase"])


def bare(node: dict) -> tuple[dict, bool]:
    """The node under its NOTs, and whether it is negated."""
    negated = False
    while "not" in node:
        node, negated = node["not"], not negated
    return node, negated


def children(node: dict) -> list[dict]:
    """What stands inside a bare node: of a group its children, of an event its conditions."""
    for key in (*GROUPS, "where"):
        if key in node:
            return node[key]
    return []


def is_empty(draft: dict) -> bool:
    """Whether there is no condition and no group in it yet."""
    return not children(bare(draft)[0])


def rooted(node: dict) -> dict:
    """The draft with a group on top, as the builder draws it."""
    return node if any(each in bare(node)[0] for each in GROUPS) else {"all": [node]}


def parse(posted: Posted, name: str) -> dict:
    """The draft that the inputs hold; whatever is not understood is left out."""
    return rooted(_node(posted, name, 0) or {"all": []})


def _node(posted: Posted, key: str, depth: int) -> dict | None:
    kind, chosen = posted.get(f"{key}__kind"), posted.get(f"{key}__field")
    node: dict | None = None
    if kind in GROUPS and depth < DEEPEST:
        node = {kind: _children(posted, key, lambda each: _node(posted, each, depth + 1))}
    elif chosen is not None and chosen.startswith(EVENT_PREFIX):
        node = _event(posted, key, chosen.removeprefix(EVENT_PREFIX))
    elif chosen is not None:
        node = _condition(posted, key, fields.FIELDS)
    return {"not": node} if node and f"{key}__not" in posted else node


def _children(posted: Posted, key: str, read: Callable[[str], dict | None]) -> list[dict]:
    count = TIMES.read([posted.get(f"{key}__n", "")])
    count = min(count, MAX_NODES + 1) if isinstance(count, int) else 0
    found = (read(f"{key}-{index}") for index in range(count))
    return [each for each in found if each is not None]


def _condition(posted: Posted, key: str, known: Any) -> dict | None:
    name, was = posted.get(f"{key}__field"), posted.get(f"{key}__was")
    if name is None:
        return None
    if name not in known:
        return {"field": name, "op": posted.get(f"{key}__op", ""), "value": None}
    field = known[name]
    operator = field.operators.get(posted.get(f"{key}__op", ""))
    if operator is None or (was is not None and was != name):
        return blank_condition(field)
    before = field.operators.get(posted.get(f"{key}__wasop", ""), operator)
    same = type(before.shape) is type(operator.shape)
    return {
        "field": name,
        "op": operator.name,
        "value": read_value(posted, f"{key}__value", operator.shape) if same else blank_value(operator.shape),
    }


def _event(posted: Posted, key: str, name: str) -> dict:
    event = fields.EVENTS.get(name)
    if event is None:
        return {"event": name, "op": EVENT_OPERATOR, "value": 1, "days": None, "where": []}
    if not (posted.get(f"{key}__was") or "").startswith(EVENT_PREFIX):
        return blank_event(event)
    where = _children(posted, key, lambda each: _condition(posted, each, event.where))
    return {
        "event": name,
        "op": EVENT_OPERATOR,
        "value": TIMES.read([posted.get(f"{key}__times", "")]),
        "days": EVENT_DAYS.read([posted.get(f"{key}__days", "")]),
        "where": [each for each in where if each["field"] in event.where],
    }


def tidy(node: Any) -> dict | None:
    """A draft that can be drawn, out of any JSON; None when there is nothing in it."""
    found = _tidied(node, 0)
    return rooted(found) if found else None


def _tidied(node: Any, depth: int) -> dict | None:
    if not isinstance(node, dict) or depth > DEEPEST + MAX_NODES:
        return None
    if "not" in node:
        inside = _tidied(node["not"], depth + 1)
        return {"not": inside} if inside else None
    for group in GROUPS:
        if isinstance(node.get(group), list):
            found = (_tidied(each, depth + 1) for each in node[group])
            return {group: [each for each in found if each]}
    if isinstance(node.get("event"), str):
        where = node.get("where") if isinstance(node.get("where"), list) else []
        return {
            "event": node["event"],
            "op": EVENT_OPERATOR,
            "value": node.get("value"),
            "days": node.get("days"),
            "where": [each for each in (_tidied_condition(each) for each in where) if each],
        }
    return _tidied_condition(node)


def _tidied_condition(node: Any) -> dict | None:
    if not isinstance(node, dict) or not isinstance(node.get("field"), str):
        return None
    return {"field": node["field"], "op": str(node.get("op", "")), "value": node.get("value")}
