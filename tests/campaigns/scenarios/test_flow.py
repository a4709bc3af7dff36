"""What is wrong with a way is named when it is saved, by the number of the step."""

from typing import Any

import pytest

from campaigns.scenarios import flow
from campaigns.scenarios.flow import END, BadFlow

SEND = {"key": "a", "do": "send", "react": ["clicked"], "wait_hours": 24}
WAIT = {"key": "w", "do": "wait", "hours": 5}


def faults(*nodes: dict[str, Any]) -> list[str]:
    with pytest.raises(BadFlow) as caught:
        flow.read(nodes)
    return caught.value.faults


def test_the_next_of_the_list_is_the_way_on_and_the_last_leads_out() -> None:
    first, second = flow.read([SEND, WAIT])
    assert (first.following, second.following) == (1, END)
    assert first.ways["reacted"] == END
    assert first.hours == 24


def test_nothing_leads_to_the_next_and_a_way_that_is_not_told_leads_out() -> None:
    condition = {"key": "i", "do": "if", "did": ["visited"]}
    told, untold = {"reacted": "", "otherwise": ""}, {}
    for ways, place in ((told, 1), (untold, END)):
        assert flow.read([SEND | ways, WAIT])[0].ways["reacted"] == place
        assert flow.read([condition | ways, WAIT])[0].ways["no"] == place


def test_an_empty_way_and_names_that_are_taken() -> None:
    assert "добавьте первый" in faults()[0]
    assert "одно имя" in faults(SEND, SEND)[0]
    assert "одно имя" in faults(SEND | {"key": "end"})[0]


def test_a_circle_without_a_pause_is_refused_and_with_one_is_not() -> None:
    back = {"key": "back", "do": "go", "to": "a"}
    assert "Шаг 1: он возвращается к себе без паузы" in faults(SEND, back)[0]
    flow.read([SEND, WAIT, back])


def test_a_step_that_nobody_can_come_to() -> None:
    over = {"key": "over", "do": "end"}
    assert faults(over, SEND) == ["Шаг 2: на него никто не попадёт: ведите на него с другого шага или удалите."]


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ({"key": "g", "do": "go", "to": "nowhere"}, "ведёт на шаг, которого нет"),
        ({"key": "w", "do": "wait", "hours": 0}, "пауза — от 1 ч"),
        ({"key": "w", "do": "wait", "hours": 10**6}, "до двух лет"),
        ({"key": "s", "do": "split", "parts": [{"percent": 60, "to": ""}, {"percent": 50, "to": "end"}]}, "100 %"),
        ({"key": "s", "do": "split", "parts": [{"percent": 100, "to": ""}]}, "100 %"),
        ({"key": "i", "do": "if", "did": ["opened"], "otherwise": "end"}, "не заполнен"),
        ({"key": "i", "do": "if", "rule": {"format": 1, "rule": {"field": "x", "op": "is", "value": 1}}}, "x"),
        ({"key": "i", "do": "if"}, "не заполнен"),
        ({"key": "x", "do": "dance"}, "не заполнен"),
        (SEND | {"react": ["opened"]}, "не заполнен"),
    ],
)
def test_what_is_wrong_with_one_step(node: dict[str, Any], says: str) -> None:
    found = faults(node)
    assert found[0].startswith("Шаг 1: ")
    assert says in found[0]
