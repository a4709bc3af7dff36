"""What the builder's templates draw: a draft with its inputs, labels and faults."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import capfirst

from segments.rules import fields
from segments.rules.drafting import EVENT_PREFIX, bare, children, is_empty
from segments.rules.editing import height, is_group, neighbour
from segments.rules.fields import Field
from segments.rules.inputs import Input, inputs_of
from segments.rules.shapes import Shape
from segments.rules.steps import Step
from segments.rules.tree import EVENT_DAYS, FORMAT, GROUPS, MAX_DEPTH, TIMES, Choices, Path, RuleError, validate
from segments.rules.words import sentence

Option = tuple[str, str, bool]  # value, label, selected


@dataclass
class Drawn:
    """One node as the template needs it; `key` names its inputs, `way` is its place in acts.

    `fault` says what is wrong with the value, `blank` that nothing was entered yet: a hint, not a reproach.
    """

    key: str
    way: str
    number: str
    negated: bool
    fault: str = ""
    blank: bool = False
    group: str = ""
    event: bool = False
    is_had: bool = False  # "owns a car", not "came to service"
    inside_event: bool = False
    may_nest: bool = False
    acts: dict[str, bool] = field(default_factory=dict)  # which of its buttons would do something
    chosen: str = ""
    label: str = ""
    choices: list[Option] = field(default_factory=list)
    operators: list[Option] = field(default_factory=list)
    op: str = ""
    inputs: list[Input] = field(default_factory=list)
    times: str = ""
    days: str = ""
    nodes: list["Drawn"] = field(default_factory=list)


def document(draft: dict) -> dict:
    """The rule that the draft would be stored as."""
    return {"format": FORMAT, "rule": draft}


def draw(step: Step, *, name: str) -> dict[str, Any]:
    """The context of `segments/rules/tree.html`."""
    return {
        "name": name,
        "root": _Drawing(name, step.draft).root(),
        "drawn": json.dumps(step.draft, ensure_ascii=False),
        "undo": json.dumps(step.undo, ensure_ascii=False),
        "redo": json.dumps(step.redo, ensure_ascii=False),
        "undo_steps": len(step.undo),
        "redo_steps": len(step.redo),
        "focus": "" if step.focus is None else _key(name, step.focus),
        "empty": is_empty(step.draft),
    }


def told(draft: dict, *, owner: str = "") -> tuple[str, str]:
    """(the sentence, "") of a draft that can be used, ("", what is wrong) of one that cannot."""
    try:
        return sentence(document(draft), owner=owner), ""
    except RuleError as error:
        return "", str(error)


def faults(draft: dict, *, name: str) -> dict[str, tuple[str, bool]]:
    """What to say beside each condition that is not ready: key → (words, nothing was entered yet)."""
    found, ahead = {}, [_Drawing(name, draft).root()]
    while ahead:
        node = ahead.pop()
        ahead.extend(node.nodes)
        if node.fault:
            found[node.key] = (node.fault, node.blank)
    return found


def _key(name: str, path: Path) -> str:
    return "-".join([name, *map(str, path)])


class _Drawing:
    """Draws a whole draft; each list of choices is read once."""

    def __init__(self, name: str, draft: dict) -> None:
        self.name, self.draft = name, draft
        self.choices = Choices()
        self.fault = _refusal(draft)

    def root(self) -> Drawn:
        drawn = self._node(self.draft, (), 1)
        if not drawn.fault and self.fault and not self.fault.path and not is_empty(self.draft):
            drawn.fault = capfirst(self.fault.sentence)
        return drawn

    def _drawn(self, path: Path, **settings: Any) -> Drawn:
        places = list(map(str, path))
        number = ".".join(str(each + 1) for each in path)
        return Drawn(key=_key(self.name, path), way="-".join(places), number=number, **settings)

    def _node(self, node: dict, path: Path, depth: int) -> Drawn:
        inside, negated = bare(node)
        drawn = self._drawn(path, negated=negated)
        drawn.group = next((each for each in GROUPS if each in inside), "")
        if drawn.group:
            drawn.may_nest = depth < MAX_DEPTH
            drawn.nodes = [self._node(each, (*path, i), depth + 1) for i, each in enumerate(inside[drawn.group])]
            for index, child in enumerate(drawn.nodes):
                child.acts = _acts(inside[drawn.group], index, depth)
        elif "event" in inside:
            self._event(drawn, inside, path)
        else:
            self._condition(drawn, inside, fields.FIELDS)
        if not drawn.fault and self.fault and self.fault.path == path:
            drawn.fault = capfirst(self.fault.sentence) if path else ""
            drawn.blank = bool(drawn.group and not drawn.nodes)
        return drawn

    def _event(self, drawn: Drawn, node: dict, path: Path) -> None:
        event = fields.EVENTS.get(node["event"])
        drawn.event, drawn.chosen = True, EVENT_PREFIX + node["event"]
        drawn.is_had = bool(event and event.tell)
        drawn.label = capfirst(str(event.label)) if event else node["event"]
        drawn.times, drawn.days = TIMES.written(node["value"]), EVENT_DAYS.written(node["days"])
        self._judge(drawn, TIMES, node["value"], None)
        if not drawn.fault and node["days"] is not None:
            self._judge(drawn, EVENT_DAYS, node["days"], None)
        where = children(node)
        for index, leaf in enumerate(where):
            inner = self._drawn((*path, index), negated=False, inside_event=True)
            inner.acts = {"up": index > 0, "down": index < len(where) - 1}
            self._condition(inner, leaf, event.where if event else {})
            inner.choices = _listed(event.where if event else {}, inner.chosen)
            drawn.nodes.append(inner)

    def _condition(self, drawn: Drawn, node: dict, known: Mapping[str, Field]) -> None:
        drawn.chosen = drawn.label = node["field"]
        asked = known.get(node["field"])
        if asked is None:
            return
        drawn.label = capfirst(str(asked.label))
        operator = asked.operators.get(node["op"])
        if operator is None:
            return
        drawn.op = operator.name
        drawn.operators = [(each.name, str(each.label), each is operator) for each in asked.operators.values()]
        allowed = self.choices.of(asked) or {}
        drawn.inputs = inputs_of(operator.shape, node["value"], allowed, key=f"{drawn.key}__value")
        self._judge(drawn, operator.shape, node["value"], self.choices.of(asked))

    def _judge(self, drawn: Drawn, shape: Shape, value: Any, allowed: Any) -> None:
        try:
            shape.clean(value, allowed)
        except ValueError as error:
            drawn.fault, drawn.blank = capfirst(str(error.args[0])), _nothing(value)


def _refusal(draft: dict) -> RuleError | None:
    try:
        validate(document(draft))
    except RuleError as error:
        return error
    return None


def _nothing(value: Any) -> bool:
    """Whether no input of the value has been touched."""
    if isinstance(value, dict):
        return all(map(_nothing, value.values()))
    return value is None or value == "" or (isinstance(value, list) and all(map(_nothing, value)))


def _acts(siblings: list[dict], index: int, depth: int) -> dict[str, bool]:
    node, beside = siblings[index], neighbour(siblings, index)
    room = MAX_DEPTH - depth - height(node)
    return {
        "up": index > 0,
        "down": index < len(siblings) - 1,
        "into": beside is not None and room > 0,
        "out": depth > 1,
        "wrap": room > 0,
        "unwrap": is_group(node),
    }


def _listed(known: Mapping[str, Field], chosen: str) -> list[Option]:
    """The fields of an event; what is chosen but no longer registered stays visible."""
    options = [(each.name, capfirst(str(each.label)), each.name == chosen) for each in known.values()]
    return options if chosen in known else [*options, (chosen, chosen, True)]
