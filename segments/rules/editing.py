"""The edits that the builder's buttons make to a draft, and the steps to undo them."""

import copy
import json
from collections.abc import Callable

from segments.rules import fields
from segments.rules.drafting import Posted, bare, blank_condition, children, first_condition, parse, tidy
from segments.rules.tree import Path

UNDO_STEPS = 20


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
