"""A version as a drawing: nodes from top to bottom, ways that leave the order of the list at the side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from campaigns.scenarios import words
from campaigns.scenarios.flow import END, Node

WIDTH, HEIGHT, GAP = 300, 58, 30
LEFT, TOP = 20, 70
ONWARD = ("on", "yes", "part1")  # drawn straight down where they lead to the next
LANE = 26  # between two ways at the side
FRAME = 6  # around messages that are put in order


class Box(NamedTuple):
    do: str
    title: str
    text: str
    x: int
    y: int
    people: int


class Way(NamedTuple):
    """A line as an SVG path; `x`, `y` of its label."""

    path: str
    label: str
    x: int
    y: int


class Frame(NamedTuple):
    y: int
    height: int


class Drawing(NamedTuple):
    width: int
    height: int
    boxes: list[Box]
    ways: list[Way]
    frames: list[Frame]
    entry: str


def draw(nodes: Sequence[Node], told: words.Told, *, entry: str, people: Mapping[int, int]) -> Drawing:
    """`entry`: the occasion in words; `people` are inside now, by place."""
    boxes = [
        Box(
            node.do,
            f"{node.place + 1}. {words.DOES[node.do]}",
            _cut(told.node(node.place)),
            LEFT,
            _y(node.place),
            people.get(node.place, 0),
        )
        for node in nodes
    ]
    ways = [_down(0, "")]
    lanes: dict[int, int] = {}
    for node in _in_a_row(nodes):
        for verdict, place in _leaving(node):
            if verdict in ONWARD and place in (node.place + 1, END if node.place == len(nodes) - 1 else None):
                ways.append(_down(node.place + 1, _label(verdict, node)))
                continue
            lane = lanes.setdefault(place, len(lanes) + 1)  # ways to one place share it
            ways.append(_side(node.place, len(nodes) if place == END else place, lane, _label(verdict, node)))
    height = _y(len(nodes)) + 40
    frames = [_frame(node) for node in nodes if node.members]
    return Drawing(LEFT + WIDTH + LANE * (len(lanes) + 1) + 170, height, boxes, ways, frames, _cut(entry))


def _in_a_row(nodes: Sequence[Node]) -> list[Node]:
    """Messages that are put in order lead to the next one, as they stand: each way back and forth would hide the rest."""
    found = list(nodes)
    for node in nodes:
        if node.members:
            found[node.place] = replace(node, ways={"on": node.members[0]})
        for place, following in pairwise([*node.members, node.following] if node.members else []):
            found[place] = replace(nodes[place], ways={**nodes[place].ways, "on": following})
    return found


def _frame(node: Node) -> Frame:
    """Around a node and the messages that it puts in order."""
    return Frame(_y(node.place) - FRAME, _y(node.members[-1]) - _y(node.place) + HEIGHT + 2 * FRAME)


def _leaving(node: Node) -> list[tuple[str, int]]:
    ways = [(verdict, place) for verdict, place in node.ways.items()]
    if node.do == "split":
        return [way for way in ways if way[0] != "on"]
    if node.do == "send" and not node.react:
        return [way for way in ways if way[0] != "reacted"]
    return [("yes", place) if node.do == "if" and verdict == "on" else (verdict, place) for verdict, place in ways]


def _label(verdict: str, node: Node) -> str:
    if verdict == "on" and node.do == "send" and node.hours:
        return _("silent for %s") % words.time_of(node.hours)
    if verdict == "on" and node.do == "call":
        return _("not called for %s") % words.time_of(node.hours)
    if verdict.startswith("part"):
        return f"{dict(node.shares)[verdict]} %"
    return {"yes": _("yes"), "no": _("no"), "reacted": _("reacted"), "called": _("was called")}.get(verdict, "")


def _y(place: int) -> int:
    return TOP + place * (HEIGHT + GAP)


def _down(place: int, label: str) -> Way:
    x, top = LEFT + WIDTH // 2, _y(place) - GAP
    return Way(f"M{x} {top} V{_y(place) - 5}", label, x + 8, top + 17)


def _side(source: int, target: int, lane: int, label: str) -> Way:
    x, out = LEFT + WIDTH, LEFT + WIDTH + LANE * lane
    start, end = _y(source) + HEIGHT // 2, _y(target) + 16
    return Way(f"M{x} {start} H{out} V{end} H{x + 5}", label, x + 8, start - 5)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def points(shares: Sequence[float]) -> str:
    """Shares that rise to 1 as the points of a line, 300 wide and 100 high."""
    last = max(len(shares) - 1, 1)
    return " ".join(f"{300 * n // last},{round(100 * (1 - share))}" for n, share in enumerate(shares))
