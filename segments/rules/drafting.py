"""A rule under construction: what the builder's inputs say, and the edits its buttons make.

A draft is a NODE of `segments.rules.tree`, perhaps unfinished: a condition may lack its value, a group its
children. Nothing here refuses a draft; `tree.validate` does, before it is used.

Inputs are named by the way to their node: "rule" is the root, "rule-0-2" the third child of its first
child; after "__" comes the part: `kind`, `not`, `n` (children) of a group, `field`, `op`, `value` of a
condition, `times` and `days` of an event.
"""

import copy
import json
from collections.abc import Callable
from typing import Any, Protocol

from segments.rules import fields
from segments.rules.fields import Event, Field
from segments.rules.tree import EVENT_DAYS, EVENT_OPERATOR, GROUPS, MAX_DEPTH, MAX_NODES, TIMES, Path

EVENT_PREFIX = "event:"
UNDO_STEPS = 20
DEEPEST = MAX_DEPTH + 2


class Posted(Protocol):
    def get(self, key: str, default: Any = None) -> Any: ...
    def getlist(self, key: str) -> list[str]: ...
    def __contains__(self, key: object) -> bool: ...


def blank_condition(field: Field) -> dict:
    operator = next(iter(field.operators.values()))
    return {"field": field.name, "op": operator.name, "value": operator.shape.read([])}


def blank_event(event: Event) -> dict:
    return {"event": event.name, "op": EVENT_OPERATOR, "value": 1, "days": 365, "where": []}


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
        "value": operator.shape.read(posted.getlist(f"{key}__value") if same else []),
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


def edit(draft: dict, act: str) -> tuple[dict, Path | None]:
    """The draft after a button, and the node that should have the focus. An act that does not fit changes nothing."""
    draft = copy.deepcopy(draft)
    verb, _, rest = act.partition(":")
    way, _, detail = rest.partition(":")
    if verb not in EDITS or (way and not all(each.isdecimal() and len(each) < 4 for each in way.split("-"))):
        return draft, None
    path = tuple(int(each) for each in way.split("-")) if way else ()
    try:
        return draft, EDITS[verb](draft, path, detail)
    except (IndexError, KeyError, StopIteration):
        return draft, None


def _at(draft: dict, path: Path) -> dict:
    node = bare(draft)[0]
    for index in path:
        node = bare(children(node)[index])[0]
    return node


def _around(draft: dict, path: Path) -> tuple[list[dict], int]:
    if not path:
        raise IndexError("the root has nothing around it")
    siblings = children(_at(draft, path[:-1]))
    siblings[path[-1]]  # noqa: B018 - an index that is not there
    return siblings, path[-1]


def _add(draft: dict, path: Path, detail: str) -> Path:
    inside = _at(draft, path)
    if "event" in inside:
        event = fields.EVENTS[inside["event"]]
        inside["where"].append(blank_condition(next(iter(event.where.values()))))
    else:
        children(inside).append(first_condition())
    return (*path, len(children(inside)) - 1)


def _add_group(draft: dict, path: Path, detail: str) -> Path:
    inside = _at(draft, path)
    kind = "any" if "all" in inside else "all"
    inside["all" if kind == "any" else "any"].append({kind: [first_condition()]})
    return (*path, len(children(inside)) - 1, 0)


def _delete(draft: dict, path: Path, detail: str) -> Path:
    siblings, index = _around(draft, path)
    siblings.pop(index)
    return (*path[:-1], min(index, len(siblings) - 1)) if siblings else path[:-1]


def _copy(draft: dict, path: Path, detail: str) -> Path:
    siblings, index = _around(draft, path)
    siblings.insert(index + 1, copy.deepcopy(siblings[index]))
    return (*path[:-1], index + 1)


def _move(step: int) -> Callable[[dict, Path, str], Path]:
    def move(draft: dict, path: Path, detail: str) -> Path:
        siblings, index = _around(draft, path)
        target = min(max(index + step, 0), len(siblings) - 1)
        siblings.insert(target, siblings.pop(index))
        return (*path[:-1], target)

    return move


def _wrap(draft: dict, path: Path, detail: str) -> Path:
    siblings, index = _around(draft, path)
    if "event" in _at(draft, path[:-1]):
        raise KeyError("conditions of an event are not grouped")
    siblings[index] = {"all": [siblings[index]]}
    return (*path, 0)


def _drop_value(draft: dict, path: Path, detail: str) -> Path:
    node = _at(draft, path)
    if isinstance(node.get("value"), list) and detail.isdecimal():
        del node["value"][int(detail)]
    return path


EDITS: dict[str, Callable[[dict, Path, str], Path]] = {
    "add": _add,
    "group": _add_group,
    "delete": _delete,
    "copy": _copy,
    "up": _move(-1),
    "down": _move(1),
    "wrap": _wrap,
    "drop": _drop_value,
}


def advance(posted: Posted, name: str) -> tuple[dict, list[dict], Path | None]:
    """One step of the builder: the draft after it, the drafts before it (the newest last), the focus.

    The page carries the draft as it was drawn (`__drawn`) and the steps to undo (`__undo`); both are only
    ever shown again as drafts, so that a forged one harms nobody but its author.
    """
    drawn, undo = _loaded(posted.get(f"{name}__drawn")), _steps(posted.get(f"{name}__undo"))
    typed, act = parse(posted, name), posted.get("act") or ""
    focus: Path | None = None
    if act == "undo":
        if drawn is not None and typed != drawn:
            return drawn, undo, None
        return (undo[-1], undo[:-1], None) if undo else (typed, [], None)
    steps = [drawn] if drawn is not None and typed != drawn else []
    draft = typed
    if act:
        draft, focus = edit(typed, act)
        if draft != typed:
            steps.append(typed)
    return draft, [*undo, *steps][-UNDO_STEPS:], focus


def _loaded(text: str | None) -> dict | None:
    try:
        return tidy(json.loads(text or "null"))
    except (ValueError, RecursionError):
        return None


def _steps(text: str | None) -> list[dict]:
    try:
        steps = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    found = [tidy(each) for each in steps[-UNDO_STEPS:]] if isinstance(steps, list) else []
    return [each for each in found if each is not None]


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
