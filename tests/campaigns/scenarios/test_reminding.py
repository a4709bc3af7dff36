"""Reminders inside a messenger's 24 hours: to whoever answered and did not reach the goal, 23 hours after, two at most."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns import permission, replies
from campaigns.models import Answer, Message, Reply, ScenarioVersion
from campaigns.scenarios import reminding, states
from campaigns.scenarios.library import RECIPES
from segments.models import Customer
from tests.campaigns.builders import make_account, make_reader
from tests.campaigns.scenarios.builders import hours_later, lead, make_scenario
from tests.campaigns.talks import hear
from tests.segments.builders import make_consent, make_contact, make_interaction, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
CHAT = "7999000777"
TEXT = '{{ имя|"Здравствуйте" }}, подобрать время?'
NODE = {"key": "chat", "do": "send", "react": ["replied"], "wait_hours": 72, "remind": 2, "reminder": TEXT}


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.bell.ring_answers", lambda: True)


def begun(**node: Any) -> tuple[ScenarioVersion, Customer]:
    """Anna was written to in MAX after her visit."""
    account = make_account(channel="max", provider="max_bot", mode="journal")
    written = {"account": account, "channel": "max", "content": {"subject": "", "preheader": "", "body": "Приедете?"}}
    version = make_scenario(
        [NODE | node], {"occasion": "did", "did": "visited"}, goal=["bought"], texts={"chat": written}
    )
    states.submit(version, version.scenario.author)
    states.approve(version, make_staff("campaigns.approve_campaign"))
    anna = make_reader(first_name="Анна")
    make_consent(make_contact(anna, CHAT, kind="max"), channels=["max"])
    make_interaction(anna, "visit", happened_at=timezone.now() - timedelta(minutes=5))
    lead()
    return version, anna


def answered(text: str = "Да", *, by_us: bool = True, at: datetime | None = None) -> Reply:
    """What she wrote, and that somebody has dealt with it."""
    message = Message.objects.get()
    reply = hear(message.run.campaign.account, text, CHAT, at=at or timezone.now())
    if by_us:
        replies.mark_answered([reply.pk], make_staff(username=f"operator{reply.pk}"))
    return reply


def after(hours: float) -> int:
    return reminding.remind(timezone.now() + timedelta(hours=hours))


def test_whoever_answered_is_reminded_once_23_hours_after() -> None:
    begun()
    reply = answered()
    assert (after(22.9), after(23.5), after(23.6)) == (0, 1, 0)
    reminder = Answer.objects.get()
    assert (reminder.text, reminder.origin, reminder.reply) == ("Анна, подобрать время?", "reminder", reply)


def test_past_the_window_nobody_is_reminded() -> None:
    begun()
    answered()
    assert after(24.1) == 0


def test_two_at_most_each_after_new_words() -> None:
    begun()
    hours_later(5)
    for hours in (-3, -2, -1):
        answered(f"Да {hours}", at=timezone.now() + timedelta(hours=hours))
        assert after(hours + 23.5) == (hours < -1)
    assert Answer.objects.count() == 2


def test_whoever_bought_is_owed_an_answer_or_refused_is_not_reminded() -> None:
    version, anna = begun()
    reply = answered(by_us=False)
    assert after(23.5) == 0
    replies.mark_answered([reply.pk], make_staff(username="late"))
    bought = make_interaction(anna, "sale")
    assert after(23.5) == 0
    bought.delete()
    refused = answered("стоп", at=timezone.now() + timedelta(minutes=1))
    assert refused.keyword == "stop"
    assert after(23.5) == 0
    assert version.goal == ["bought"]


def test_without_the_setting_while_paused_and_while_sending_is_off_nobody_is_reminded() -> None:
    version, _anna = begun(remind=0)
    answered()
    assert after(23.5) == 0
    ScenarioVersion.objects.update(flow=[NODE])
    states.change(version.scenario, "pause", version.scenario.author)
    assert after(23.5) == 0
    states.change(version.scenario, "resume", version.scenario.author)
    permission.turn_off(version.scenario.author)
    assert after(23.5) == 0


def test_what_is_wrong_with_a_reminder_is_named() -> None:
    assert reminding.faults({"remind": 1, "reminder": TEXT}, "max") == []
    assert reminding.faults({"remind": 0}, "email") == []
    for node, channel in (({"remind": 1, "reminder": TEXT}, "sms"), ({"remind": 1, "reminder": " "}, "max"),
                          ({"remind": 1, "reminder": "{{ промокод }}"}, "max"), ({"remind": 1, "reminder": "{{ имя }}"}, "max")):  # fmt: skip
        assert reminding.faults(node, channel), node


def test_only_reactivation_has_them_on() -> None:
    on = {name for name, recipe in RECIPES.items() if any(node.get("remind") for node in recipe.flow)}
    assert on == {"reactivation-buy", "reactivation-silent", "reactivation-site"}
