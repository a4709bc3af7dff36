"""The edits that the builder's buttons and keys make to a draft: pure functions over trees.

An act is "verb:WAY" or "verb:WAY:DETAIL"; WAY are the places of the node from the root ("0-2"; empty: the
root). An act that does not fit the draft changes nothing: a page may be older than what it shows.
"""

import copy
from collections.abc import Callable, Iterator

from segments.rules import fields
from segments.rules.drafting import EVENT_PREFIX, bare, blank_condition, blank_event, children, first_condition
from segments.rules.tree import GROUPS, MAX_DEPTH, Path


class DoesNotFit(Exception):
    """The act cannot be done to this draft."""


def edit(draft: dict, act: str) -> tuple[dict, Path | None]:
    """The draft after an act, and the node that should have the focus (None: nothing was done)."""
    verb, _, rest = act.partition(":")
    way, _, detail = rest.partition(":")
    after = copy.deepcopy(draft)
    try:
        focus = EDITS[verb](after, path_of(way), detail)
        if height(after) > max(MAX_DEPTH, height(draft)):
            raise DoesNotFit("too deep")
    except (DoesNotFit, IndexError, KeyError):
        return copy.deepcopy(draft), None
    return after, focus


def path_of(way: str) -> Path:
    """ "0-2" → (0, 2). Raises `DoesNotFit`."""
    places = way.split("-") if way else []
    if not all(each.isascii() and each.isdecimal() and len(each) < 4 for each in places):
        raise DoesNotFit(way[:20])
    return tuple(int(each) for each in places)


def is_group(node: dict) -> bool:
    return any(each in bare(node)[0] for each in GROUPS)


def height(node: dict) -> int:
    """How many groups stand inside one another."""
    inside = bare(node)[0]
    return 1 + max(map(height, children(inside)), default=0) if is_group(inside) else 0


def _at(draft: dict, path: Path) -> dict:
    node = bare(draft)[0]
    for index in path:
        node = bare(children(node)[index])[0]
    return node


def _around(draft: dict, path: Path) -> tuple[list[dict], int]:
    """The list that holds the node, and its place there."""
    if not path:
        raise DoesNotFit("the root has nothing around it")
    siblings = children(_at(draft, path[:-1]))
    if path[-1] >= len(siblings):
        raise DoesNotFit("no such place")
    return siblings, path[-1]


def _group_around(draft: dict, path: Path) -> tuple[list[dict], int]:
    """The same, where conditions of an event are not meant: they stay with their event."""
    siblings, index = _around(draft, path)
    if not is_group(_at(draft, path[:-1])):
        raise DoesNotFit("conditions of an event stay with it")
    return siblings, index


def _places(node: dict, path: Path = ()) -> Iterator[tuple[dict, Path]]:
    yield node, path
    for index, child in enumerate(children(bare(node)[0])):
        yield from _places(child, (*path, index))


def _found(draft: dict, node: dict) -> Path:
    return next(path for each, path in _places(draft) if each is node)


def _blank(name: str) -> dict:
    """A new condition on what was picked; without a pick on what most rules begin with."""
    if not name:
        return first_condition()
    if name.startswith(EVENT_PREFIX):
        return blank_event(fields.EVENTS[name.removeprefix(EVENT_PREFIX)])
    return blank_condition(fields.FIELDS[name])


def _add(draft: dict, path: Path, detail: str) -> Path:
    inside = _at(draft, path)
    if "event" in inside:
        known = fields.EVENTS[inside["event"]].where
        inside["where"].append(blank_condition(known[detail] if detail else next(iter(known.values()))))
    elif is_group(inside):
        children(inside).append(_blank(detail))
    else:
        raise DoesNotFit("a condition holds no others")
    return (*path, len(children(inside)) - 1)


def _add_group(draft: dict, path: Path, detail: str) -> Path:
    inside = _at(draft, path)
    if not is_group(inside):
        raise DoesNotFit("only groups hold groups")
    children(inside).append({"any" if "all" in inside else "all": []})
    return (*path, len(children(inside)) - 1)


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


def neighbour(siblings: list[dict], index: int) -> int | None:
    """The group beside a node that takes it in: the next one, else the one before; None when neither is a group."""
    beside = [each for each in (index + 1, index - 1) if 0 <= each < len(siblings)]
    return next((each for each in beside if is_group(siblings[each])), None)


def _into(draft: dict, path: Path, detail: str) -> Path:
    siblings, index = _group_around(draft, path)
    target = neighbour(siblings, index)
    if target is None:
        raise DoesNotFit("there is no group beside it")
    node, inside = siblings[index], children(bare(siblings[target])[0])
    inside.insert(0 if target > index else len(inside), node)
    siblings.pop(index)
    return _found(draft, node)


def _out(draft: dict, path: Path, detail: str) -> Path:
    """After the group that held it; a group that is left empty goes."""
    siblings, index = _group_around(draft, path)
    around, place = _group_around(draft, path[:-1])
    node = siblings.pop(index)
    around.insert(place + 1, node)
    if not siblings:
        around.pop(place)
    return _found(draft, node)


def _wrap(draft: dict, path: Path, detail: str) -> Path:
    siblings, index = _group_around(draft, path)
    siblings[index] = {"all": [siblings[index]]}
    return (*path, 0)


def _unwrap(draft: dict, path: Path, detail: str) -> Path:
    """The children take the place of their group; its NOT goes to each of them (NOT (a OR b) = NOT a AND NOT b)."""
    siblings, index = _group_around(draft, path)
    inside, negated = bare(siblings[index])
    if not is_group(inside):
        raise DoesNotFit("only a group is taken apart")
    freed = [_negated(each) for each in children(inside)] if negated else children(inside)
    siblings[index : index + 1] = freed
    return path if index < len(siblings) else path[:-1]


def _negated(node: dict) -> dict:
    inside, negated = bare(node)
    return inside if negated else {"not": inside}


def _place(draft: dict, path: Path, detail: str) -> Path:
    """Where the mouse has let it go: before the node that stands at DETAIL, or at the end of that list."""
    target = path_of(detail)
    siblings, index = _around(draft, path)
    if not target or target[: len(path)] == path:
        raise DoesNotFit("a group is not put into itself")
    holder = _at(draft, target[:-1])
    into, node = children(holder), siblings[index]
    if into is not siblings and not (is_group(holder) and is_group(_at(draft, path[:-1]))):
        raise DoesNotFit("conditions of an event stay with it")
    place = min(target[-1], len(into))
    into.insert(place, node)
    siblings.pop(index + 1 if into is siblings and place <= index else index)
    return _found(draft, node)


def _drop_value(draft: dict, path: Path, detail: str) -> Path:
    """DETAIL is the place of a chosen value; of a value in parts, "PART.PLACE"."""
    node = _at(draft, path)
    part, _, place = detail.rpartition(".")
    values = node.get("value")
    if part and isinstance(values, dict):
        values = values.get(part)
    if not isinstance(values, list) or not place.isdecimal():
        raise DoesNotFit("no such value")
    del values[int(place)]
    return path


EDITS: dict[str, Callable[[dict, Path, str], Path]] = {
    "add": _add,
    "group": _add_group,
    "delete": _delete,
    "copy": _copy,
    "up": _move(-1),
    "down": _move(1),
    "into": _into,
    "out": _out,
    "wrap": _wrap,
    "unwrap": _unwrap,
    "place": _place,
    "drop": _drop_value,
}
