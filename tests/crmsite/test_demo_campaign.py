"""The demo campaigns: every number adds up, nothing is left for a worker to send."""

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.utils import timezone

from campaigns import permission
from campaigns.models import Campaign, Chunk, Message
from channels.models import InboxLetter
from crmsite import demo
from crmsite.demo_campaign import ANSWERS, CALL_DAYS, LOST, STRANGERS, make_campaigns
from tracking.models import Call, RunFigures, SubstituteNumber, SurveyAnswer
from tracking.reports import report

State = Campaign.State


@pytest.mark.django_db(transaction=True)
def test_three_campaigns(tmp_path):
    with override_settings(VAR_DIR=tmp_path, INSTALLATION_FILE=tmp_path / "installation_id"):
        _prepare()
        make_campaigns(demo.NUMBERS)
    past, waiting, plain = Campaign.objects.order_by("pk")
    assert [past.state, waiting.state, plain.state] == [State.FINISHED, State.IN_REVIEW, State.DRAFT]
    _numbers_add_up(report(past))
    _nothing_to_send()
    _results_are_tied(past)
    assert RunFigures.objects.filter(campaign=past).exists()


def _prepare() -> None:
    demo.make_staff()
    demo.make_accounts()
    demo.load_people(3000)  # of fewer, the control groups may now and then hold the whole of a small audience
    demo.make_segments()
    SubstituteNumber.objects.bulk_create([SubstituteNumber(number=each) for each in demo.NUMBERS])
    permission.turn_on(get_user_model().objects.get(username="admin"))


def _numbers_add_up(seen: dict) -> None:
    assert seen["pending"] == seen["unknown"] == 0
    assert seen["audience"] == seen["accepted"] + seen["rejected"] + seen["suppressed"] + seen["held_out"]
    delivery = seen["delivery"]
    assert seen["accepted"] >= delivery["delivered"] > delivery["opened"] > delivery["clicked_human"] > 0


def _nothing_to_send() -> None:
    assert not Chunk.objects.exclude(state=Chunk.State.DONE).exists()
    assert not InboxLetter.objects.exists()


def _results_are_tied(past: Campaign) -> None:
    calls = Call.objects.filter(campaign=past)
    assert calls.count() == len(CALL_DAYS)
    assert calls.filter(is_lost=True).count() == len(LOST)
    assert calls.filter(customer=None).count() == len(STRANGERS)
    answers = SurveyAnswer.objects.filter(campaign=past)
    assert answers.count() == len(ANSWERS)
    assert report(past)["opt_outs"] == answers.filter(decision=SurveyAnswer.Decision.STOP).count()
    times = [*calls.values_list("started_at", flat=True), *answers.values_list("answered_at", flat=True)]
    assert past.started_at <= min(times)
    assert max(times) <= timezone.now()
    assert set(Message.objects.values_list("planned_at", flat=True)) == {past.started_at}
