"""A salesperson's call as a step of a scenario, on a clock that is moved."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import TestCase
from django.utils import timezone
from django.utils.http import urlencode

from campaigns.calls_to_make import closing, telling
from campaigns.calls_to_make.telling import Said
from campaigns.models import CallTask, Enrolment, Message, ScenarioVersion
from campaigns.scenarios import diagram, flow, readying, states, words
from campaigns.scenarios.dry_run import over_the_last_month
from campaigns.scenarios.editing import apply
from tests.campaigns.calls.builders import make_callable
from tests.campaigns.scenarios.builders import (
    LETTER,
    SECOND,
    hours_later,
    lead,
    make_scenario,
    state_of,
    way_of,
    working,
)
from tests.crmsite.builders import at_work, make_staff
from tests.segments.builders import (
    make_centre,
    make_consent,
    make_contact,
    make_customer,
    make_facts,
    make_interaction,
    make_salesperson,
)

CALL = {"key": "call1", "do": "call", "reason": "Ушла без покупки", "script": "Здравствуйте", "wait_hours": 24}
WAIT = {"key": "wait1", "do": "wait", "hours": 100}
VISITED = {"occasion": "did", "did": "visited", "lines": []}


def posted(fields: dict[str, str]) -> QueryDict:
    return QueryDict(urlencode(fields))


@pytest.mark.usefixtures("permitted")
class Calling(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = at_work(make_staff("salesperson"), make_centre(), salesperson=make_salesperson())

    def setUp(self) -> None:
        self.anna = make_callable(last_salesperson=make_salesperson())

    def begin(self, *flow: dict[str, Any], **fields: Any) -> ScenarioVersion:
        version = working(list(flow or (CALL, WAIT)), VISITED, **fields)
        make_interaction(self.anna, "visit", happened_at=timezone.now())
        lead()
        return version

    def tell(self, outcome: str, **said: Any) -> None:
        telling.tell(CallTask.objects.get().pk, self.user, Said(outcome, **said))
        lead()

    def test_a_letter_then_a_call_then_a_letter_by_the_clock(self) -> None:
        """Nobody calls in time: each step comes when the one before it is over, and not an hour earlier."""
        make_consent(make_contact(self.anna, "anna@example.test"))
        version = working([LETTER | {"react": ["visited"], "wait_hours": 48}, CALL, SECOND], VISITED)
        make_interaction(self.anna, "visit", happened_at=timezone.now() - timedelta(minutes=1))
        lead()
        self.assertEqual(Message.objects.filter(left_out="").count(), 1)
        hours_later(47)
        self.assertFalse(CallTask.objects.exists())
        hours_later(2)
        task = CallTask.objects.get()
        self.assertEqual((task.customer, task.step, task.scenario_id), (self.anna, "call1", version.scenario_id))
        hours_later(23)
        self.assertEqual(Message.objects.filter(left_out="").count(), 1)
        hours_later(2)
        self.assertEqual(Message.objects.filter(left_out="").count(), 2)
        hours_later(25)
        self.assertEqual(way_of(self.anna), ["0 sent", "0 silent", "1 not_called", "2 sent", "2 silent"])
        self.assertEqual(state_of(self.anna), ("finished", "silent"))

    def test_whoever_comes_gets_one_call_and_waits(self) -> None:
        version = self.begin()
        lead()
        task = CallTask.objects.get()
        enrolment = Enrolment.objects.get()
        self.assertEqual((task.customer, task.enrolment_id, task.step), (self.anna, enrolment.pk, "call1"))
        self.assertEqual((task.reason, task.script), ("Ушла без покупки", "Здравствуйте"))
        self.assertEqual((task.scenario_id, task.salesperson), (version.scenario_id, make_salesperson()))
        self.assertEqual((enrolment.state, enrolment.node), ("live", 0))

    def test_whoever_was_called_leaves_at_once(self) -> None:
        self.begin()
        self.tell("visit")
        self.assertEqual(state_of(self.anna), ("left", "was_called"))

    def test_a_refusal_is_a_call_too(self) -> None:
        self.begin()
        self.tell("asks_not")
        self.assertEqual(state_of(self.anna), ("left", "was_called"))

    def test_or_goes_where_the_node_says(self) -> None:
        self.begin(CALL | {"called": "wait1"}, {"key": "end1", "do": "end"}, WAIT)
        self.tell("thinks")
        self.assertEqual(Enrolment.objects.get().node, 2)

    def test_whom_nobody_called_in_time_goes_on_and_the_call_stays(self) -> None:
        self.begin()
        hours_later(23)
        self.assertEqual(Enrolment.objects.get().node, 0)
        hours_later(1.1)
        self.assertEqual(way_of(self.anna), ["0 not_called"])
        self.assertEqual(CallTask.objects.get().state, "open")

    def test_nobody_reached_and_a_wrong_number_are_no_call(self) -> None:
        self.begin()
        self.tell("not_reached")
        self.assertEqual(way_of(self.anna), ["0 not_called"])

    def test_a_call_that_is_put_off_is_waited_for(self) -> None:
        self.begin()
        self.tell("not_reached", next_at=timezone.now() + timedelta(hours=2))
        self.assertEqual((way_of(self.anna), Enrolment.objects.get().node), ([], 0))
        self.tell("visit")
        self.assertEqual(state_of(self.anna), ("left", "was_called"))

    def test_a_call_that_tracking_heard_counts(self) -> None:
        self.begin()
        hours_later(2)
        make_interaction(self.anna, "call", details={"talk_seconds": 30})
        closing.sweep()
        lead()
        self.assertEqual(state_of(self.anna), ("left", "was_called"))

    def test_who_cannot_be_called_goes_on_at_once(self) -> None:
        self.anna = make_customer()
        make_facts(self.anna, home_centre=make_centre())
        self.begin()
        self.assertEqual(way_of(self.anna), ["0 cannot_call"])
        self.assertFalse(CallTask.objects.exists())

    def test_a_dry_run_has_those_wait_who_could_be_called(self) -> None:
        stranger = make_customer()
        for customer in (self.anna, stranger):
            make_interaction(customer, "visit", happened_at=timezone.now() - timedelta(hours=30))
        run = over_the_last_month(make_scenario([CALL, WAIT], VISITED))
        self.assertEqual(run.steps[0].verdicts, {"not_called": 1, "cannot_call": 1})
        self.assertEqual(run.steps[1].came, 2)
        self.assertEqual(
            over_the_last_month(make_scenario([CALL | {"wait_hours": 40}, WAIT], VISITED)).steps[1].came, 1
        )
        self.assertFalse(CallTask.objects.exists())

    def test_a_goal_and_a_stop_take_the_call_back(self) -> None:
        self.begin(goal=["bought"])
        hours_later(1)
        make_interaction(self.anna, "sale")
        hours_later(24)
        self.assertEqual(state_of(self.anna)[0], "goal")
        closing.sweep()
        self.assertEqual(CallTask.objects.get().state, "cancelled")

    def test_a_stopped_scenario_takes_the_call_back(self) -> None:
        version = self.begin()
        states.change(version.scenario, "stop", self.user)
        closing.sweep()
        self.assertEqual(CallTask.objects.get().state, "cancelled")


class Written(TestCase):
    """The node in the editor, in words and in the drawing."""

    def test_what_is_wrong_with_it_is_named(self) -> None:
        self.assertEqual(readying.obstacles(make_scenario([CALL], VISITED)), [])
        [sentence] = readying.obstacles(make_scenario([CALL | {"reason": ""}], VISITED))
        self.assertIn("зачем звонить", sentence)
        for hours in (0, 10**6):
            with self.assertRaises(flow.BadFlow):
                flow.read([CALL | {"wait_hours": hours}])
        with self.assertRaises(flow.BadFlow):  # a circle without a wait: who cannot be called goes round at once
            flow.read([CALL, {"key": "go", "do": "go", "to": "call1"}])

    def test_the_editor_keeps_what_was_typed(self) -> None:
        version = make_scenario([], VISITED)
        apply(version, posted({"act": "add:call", "occasion": "did", "did": "visited"}))
        apply(version, posted({
            "n0-key": "call1", "n0-reason": " Позвать на сервис ", "n0-script": "Добрый день", "n0-hours": "2",
            "n0-unit": "days", "n0-called": "",
        }))  # fmt: skip
        told = {
            "key": "call1",
            "do": "call",
            "reason": "Позвать на сервис",
            "script": "Добрый день",
            "wait_hours": 48,
            "called": "",
        }
        self.assertEqual(version.flow, [told])

    def test_it_is_drawn_and_told(self) -> None:
        version = make_scenario([CALL, WAIT], VISITED)
        told = words.Told.of(version)
        self.assertEqual(told.node(0), "Ушла без покупки")
        drawing = diagram.draw(flow.read(version.flow), told, entry="", people={})
        self.assertIn("Звонок продавца", drawing.boxes[0].title)
        labels = {way.label for way in drawing.ways}
        self.assertLessEqual({"позвонили", "не звонили: 1 день"}, labels)
