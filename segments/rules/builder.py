"""What the builder's templates draw: a draft with its lists, labels and faults."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.dates import MONTHS
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from segments.rules import fields
from segments.rules.drafting import EVENT_PREFIX, bare, children
from segments.rules.fields import Field
from segments.rules.shapes import Months
from segments.rules.tree import FORMAT, GROUPS, MAX_DEPTH, Choices, Path, RuleError, validate
from segments.rules.words import sentence

Option = tuple[str, str, bool]  # value, label, selected


@dataclass
class Drawn:
    """One node as the template needs it; `key` names its inputs, `way` its buttons' acts."""

    key: str
    way: str
    number: str
    depth: int
    negated: bool
    fault: str = ""
    group: str = ""
    event: bool = False
    inside_event: bool = False
    may_nest: bool = False
    is_first: bool = False
    is_last: bool = False
    chosen: str = ""
    choices: list[tuple[str, list[Option]]] = field(default_factory=list)
    operators: list[Option] = field(default_factory=list)
    op: str = ""
    control: str = ""
    value: Any = None
    values: list[str] = field(default_factory=list)
    chips: list[tuple[str, str]] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    times: Any = ""
    days: Any = ""
    nodes: list["Drawn"] = field(default_factory=list)


def document(draft: dict) -> dict:
    """The rule that the draft would be stored as."""
    return {"format": FORMAT, "rule": draft}


def draw(draft: dict, undo: list[dict], *, name: str, focus: Path | None = None) -> dict[str, Any]:
    """The context of `segments/rules/tree.html`."""
    try:
        validate(document(draft))
        fault = None
    except RuleError as error:
        fault = error
    return {
        "name": name,
        "root": _Drawing(name, fault).node(draft, (), 0),
        "drawn": json.dumps(draft, ensure_ascii=False),
        "undo": json.dumps(undo, ensure_ascii=False),
        "steps": len(undo),
        "focus": "" if focus is None else _key(name, focus),
    }


def told(draft: dict, *, owner: str = "") -> tuple[str, str]:
    """(the sentence, "") of a draft that can be used, ("", what is wrong) of one that cannot."""
    try:
        validate(document(draft), owner=owner)
        return sentence(document(draft)), ""
    except RuleError as error:
        return "", str(error)


def _key(name: str, path: Path) -> str:
    return "-".join([name, *map(str, path)])


class _Drawing:
    def __init__(self, name: str, fault: RuleError | None) -> None:
        self.name, self.fault = name, fault
        self.choices = Choices()

    def _fault_at(self, path: Path) -> str:
        return capfirst(self.fault.sentence) if self.fault and self.fault.path == path else ""

    def node(self, node: dict, path: Path, depth: int) -> Drawn:
        inside, negated = bare(node)
        drawn = Drawn(
            key=_key(self.name, path),
            way="-".join(map(str, path)),
            number=".".join(str(each + 1) for each in path),
            depth=depth,
            negated=negated,
            fault=self._fault_at(path),
        )
        drawn.group = next((each for each in GROUPS if each in inside), "")
        if drawn.group:
            drawn.may_nest = depth + 1 < MAX_DEPTH
            drawn.nodes = [self.node(each, (*path, i), depth + 1) for i, each in enumerate(inside[drawn.group])]
        elif "event" in inside:
            self._event(drawn, inside, path)
        else:
            self._condition(drawn, inside, fields.FIELDS, with_events=True)
        _ends(drawn.nodes)
        return drawn

    def _event(self, drawn: Drawn, node: dict, path: Path) -> None:
        drawn.event, drawn.chosen = True, EVENT_PREFIX + node["event"]
        drawn.choices = _grouped(fields.FIELDS.values(), drawn.chosen, with_events=True)
        drawn.times, drawn.days = _written(node["value"]), _written(node["days"])
        event = fields.EVENTS.get(node["event"])
        for index, leaf in enumerate(children(node)):
            inner = Drawn(
                key=_key(self.name, (*path, index)),
                way="-".join(map(str, (*path, index))),
                number=".".join(str(each + 1) for each in (*path, index)),
                depth=drawn.depth + 1,
                negated=False,
                inside_event=True,
                fault=self._fault_at((*path, index)),
            )
            self._condition(inner, leaf, event.where if event else {})
            drawn.nodes.append(inner)

    def _condition(self, drawn: Drawn, node: dict, known: Mapping[str, Field], *, with_events: bool = False) -> None:
        drawn.chosen = node["field"]
        drawn.choices = _grouped(known.values(), drawn.chosen, with_events=with_events)
        asked = known.get(node["field"])
        operator = asked.operators.get(node["op"]) if asked else None
        if asked is None or operator is None:
            return
        drawn.op, drawn.control = operator.name, operator.shape.control
        drawn.operators = [(each.name, str(each.label), each is operator) for each in asked.operators.values()]
        value = node["value"]
        if drawn.control == "chips":
            self._chips(drawn, asked, isinstance(operator.shape, Months), value)
        elif drawn.control == "pair":
            drawn.values = [_written(each) for each in (value if isinstance(value, list) else [])[:2]]
            drawn.values += [""] * (2 - len(drawn.values))
            drawn.value = operator.shape.part.control
        elif drawn.control == "flag":
            drawn.value = value
        else:
            drawn.value = _written(value)
            if drawn.control == "text":
                drawn.options = list((self.choices.of(asked) or {}).items())

    def _chips(self, drawn: Drawn, asked: Field, months: bool, value: Any) -> None:
        named = {str(k): str(v) for k, v in MONTHS.items()} if months else self.choices.of(asked) or {}
        chosen = [str(each) for each in value] if isinstance(value, list) else []
        drawn.chips = [(each, named.get(each, each)) for each in chosen]
        drawn.options = [(each, label) for each, label in named.items() if each not in chosen]


def _ends(nodes: list[Drawn]) -> None:
    if nodes:
        nodes[0].is_first = nodes[-1].is_last = True


def _written(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _grouped(known: Iterable[Field], chosen: str, *, with_events: bool = False) -> list[tuple[str, list[Option]]]:
    """The list of fields by group; what is chosen but no longer registered stays visible."""
    groups: dict[str, list[Option]] = {}
    for each in known:
        groups.setdefault(str(each.group), []).append((each.name, capfirst(str(each.label)), each.name == chosen))
    if with_events:
        for event in fields.EVENTS.values():
            name = EVENT_PREFIX + event.name
            groups.setdefault(str(event.group), []).append((name, capfirst(str(event.label)), name == chosen))
    if not any(selected for options in groups.values() for _value, _label, selected in options):
        groups[_("Not known any more")] = [(chosen, chosen, True)]
    return list(groups.items())
