"""The way through a scenario: a list of nodes, read from JSON and checked.

Whoever has done with a node goes to the next of the list, or where the node says:

`{"key": "letter", "do": "send", "react": [goals], "wait_hours": 72, "reacted": TARGET}` sends the step's campaign and waits
for a reaction: with one she leaves (or goes to `reacted`), without one, or undelivered, she goes on.
`{"key", "do": "call", "reason": why, "script": what to say, "wait_hours": 24, "called": TARGET}` has a salesperson call: whom
he called leaves (or goes to `called`), whom nobody called in time, or could call, goes on.
`{"key", "do": "wait", "hours": 24}` · `{"key", "do": "if", "rule": a rule of segments | "did": [goals], "otherwise": TARGET}`
(whoever it holds for goes on) · `{"key", "do": "split", "parts": [{"percent": 50, "to": TARGET}, …]}` (by the draw of the
version) · `{"key", "do": "go", "to": TARGET}` · `{"key", "do": "end"}`.
`{"key", "do": "order", "by": "person" | "list"}` sends the messages right after it one after another until there is a reaction:
each once, in the order that is best for the person, or as they stand.

TARGET is a key, "" (the next in the list) or "end".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from django.utils.translation import gettext as _

from campaigns.scenarios import goals
from segments.rules.tree import RuleError, checked

END = -1
MOST_NODES = 60
LONGEST_WAIT = 24 * 365 * 2  # hours
ORDERS = ("person", "list")
DOES = ("send", "call", "wait", "if", "split", "order", "go", "end")


@dataclass(frozen=True, slots=True)
class Node:
    """`ways`: {verdict: place in the flow, or END}. `members` are the places of the messages that it puts in order; whoever has
    done with one of them comes back to it."""

    place: int
    key: str
    do: str
    ways: Mapping[str, int]
    hours: int = 0
    react: tuple[str, ...] = ()
    rule: Mapping[str, Any] | None = None
    shares: tuple[tuple[str, int], ...] = field(default=())  # (verdict, per cent)
    members: tuple[int, ...] = ()
    by: str = ""

    @property
    def following(self) -> int:
        """Where whoever is done with it goes."""
        return self.ways["on"]


class BadFlow(Exception):
    """`faults`: one sentence each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = list(faults)


def read(nodes: Sequence[Mapping[str, Any]]) -> list[Node]:
    """The nodes with their ways. Raises `BadFlow`."""
    keys = [str(each.get("key", "")) for each in nodes]
    if faults := list(_of_keys(keys)):
        raise BadFlow(faults)
    faults, found = [], []
    for place, each in enumerate(nodes):
        try:
            found.append(_node(place, each, keys))
        except (BadFlow, RuleError) as error:
            faults.append(_of_node(place, str(error)))
        except (KeyError, TypeError, ValueError, AttributeError):
            faults.append(_of_node(place, _("it is not filled in, or filled in wrongly.")))
    if not faults:
        found, faults = _ordered(found)
    faults = faults or [*_unreachable(found), *_endless(found)]
    if faults:
        raise BadFlow(faults)
    return found


def _of_keys(keys: Sequence[str]) -> Iterator[str]:
    if not keys:
        yield _("The scenario has no steps yet: add the first one.")
    if len(keys) > MOST_NODES:
        yield _("A scenario has at most %(most)d steps: make two of it.") % {"most": MOST_NODES}
    if len({*keys, "", "end"}) < len(keys) + 2:
        yield _("Two steps have the same name, or one has none.")


def _node(place: int, each: Mapping[str, Any], keys: Sequence[str]) -> Node:
    do = each["do"]
    onward = place + 1 if place + 1 < len(keys) else END

    def target(told: str) -> int:
        if told in keys:
            return keys.index(told)
        if told in ("", "end"):
            return END if told else onward
        raise BadFlow([_("it leads to a step that is not there.")])

    common: dict[str, Any] = {"place": place, "key": each["key"], "do": do}
    if do == "send":
        react = _goals(each.get("react", []))
        reacted = target(each.get("reacted", "end"))
        return Node(
            **common, hours=_hours(each.get("wait_hours", 0), 0), react=react, ways={"on": onward, "reacted": reacted}
        )
    if do == "call":
        called = target(each.get("called", "end"))
        return Node(**common, hours=_hours(each["wait_hours"], 1), ways={"on": onward, "called": called})
    if do == "wait":
        return Node(**common, hours=_hours(each["hours"], 1), ways={"on": onward})
    if do == "if":
        ways = {"on": onward, "no": target(each.get("otherwise", "end"))}
        return Node(**common, **_asked(each), ways=ways)
    if do == "split":
        return _split(common, each["parts"], target, onward)
    if do in ("order", "go", "end"):
        ways = {"order": onward, "go": target(each["to"] if do == "go" else ""), "end": END}
        return Node(**common, by=_by(each), ways={"on": ways[do]})
    raise ValueError(do)


def _by(each: Mapping[str, Any]) -> str:
    """How messages are put in order; '' of what puts none."""
    if each["do"] == "order" and each["by"] not in ORDERS:
        raise ValueError(each["by"])
    return str(each.get("by", ""))


def _ordered(nodes: Sequence[Node]) -> tuple[list[Node], list[str]]:
    """With what follows each node that puts messages in order, and what is wrong with these."""
    found, faults = list(nodes), []
    for node in nodes:
        if node.do != "order":
            continue
        after = nodes[node.place + 1 :]
        members = tuple(each.place for each in takewhile(lambda each: each.do == "send", after))
        if not members:
            faults.append(_of_node(node.place, _("there is no message after it: add those that it puts in order.")))
            continue
        on = members[-1] + 1 if members[-1] + 1 < len(nodes) else END
        ways = {"on": on, **{f"to{place + 1}": place for place in members}}
        found[node.place] = replace(node, members=members, ways=ways)
        for place in members:
            reacted = nodes[place].ways["reacted"]  # to none of the others: past all of them
            found[place] = replace(
                nodes[place], ways={"on": node.place, "reacted": on if reacted in members else reacted}
            )
    return found, faults


def _asked(each: Mapping[str, Any]) -> dict[str, Any]:
    """What a condition asks: what she did, or a rule."""
    if did := _goals(each.get("did", [])):
        return {"react": did}
    checked(each["rule"])
    return {"rule": each["rule"]}


def _split(common: dict[str, Any], parts: Sequence[Mapping[str, Any]], target: Any, onward: int) -> Node:
    shares = tuple((f"part{number}", int(part["percent"])) for number, part in enumerate(parts, start=1))
    if len(shares) < 2 or min(percent for _, percent in shares) < 1 or sum(percent for _, percent in shares) != 100:
        raise BadFlow([_("its parts must make 100 % together, and each at least one.")])
    ways = {verdict: target(part.get("to", "")) for (verdict, _percent), part in zip(shares, parts, strict=True)}
    return Node(**common, shares=shares, ways={"on": onward, **ways})


def _goals(names: Sequence[str]) -> tuple[str, ...]:
    if not set(names) <= set(goals.LABELS):
        raise ValueError(names)
    return tuple(dict.fromkeys(names))


def _hours(value: Any, least: int) -> int:
    hours = int(value)
    if not least <= hours <= LONGEST_WAIT:
        raise BadFlow([_("its wait is from %(least)d hours to two years.") % {"least": least}])
    return hours


def _of_node(place: int, sentence: str) -> str:
    return _("Step %(number)d: %(sentence)s") % {"number": place + 1, "sentence": sentence}


def _unreachable(nodes: Sequence[Node]) -> Iterator[str]:
    """Whom nobody can come to. A split goes only to its parts."""
    seen, waiting = set[int](), [0]
    while waiting:
        place = waiting.pop()
        if place == END or place in seen:
            continue
        seen.add(place)
        waiting.extend(_leads_to(nodes[place]))
    for node in nodes:
        if node.place not in seen:
            yield _of_node(node.place, _("nobody can come to it: lead to it from another step, or remove it."))


def _endless(nodes: Sequence[Node]) -> Iterator[str]:
    """A circle in which nobody has to wait. A message is no wait, nor is a call: who cannot get it goes on at once. Back to what
    puts messages in order is no circle: each goes once."""
    past = {place: {"on": node.ways["on"]} for node in nodes for place in node.members}
    nodes = [replace(node, ways={**node.ways, **past.get(node.place, {})}) for node in nodes]
    for start in nodes:
        seen, waiting = set[int](), [start.place]
        while waiting:
            node = nodes[waiting.pop()]
            if node.do == "wait":
                continue
            for place in _leads_to(node):
                if place == start.place:
                    yield _of_node(place, _("it leads back to itself without a wait: add one."))
                    return
                if place != END and place not in seen:
                    seen.add(place)
                    waiting.append(place)


def comes_back(told: Sequence[Mapping[str, Any]], place: int) -> bool:
    """Whether a way leads from the node there back to it. Raises `BadFlow`."""
    nodes = read(told)
    seen, waiting = set[int](), [place]
    while waiting:
        for following in _leads_to(nodes[waiting.pop()]) - {END} - seen:
            seen.add(following)
            waiting.append(following)
    return place in seen


def _leads_to(node: Node) -> set[int]:
    ways = dict(node.ways)
    if node.do == "split":
        del ways["on"]
    if node.do == "send" and not node.react:
        del ways["reacted"]
    return set(ways.values())
