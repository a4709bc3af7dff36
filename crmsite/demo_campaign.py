"""Demo campaigns: one that went out three weeks ago, one that waits for approval, one draft. INVENTED DATA.

The plan, the approval, the frozen audience, the answers to the survey and the tying of calls are made by the
real verbs. What a worker and the world would have done in three weeks is written at plausible rates: no letter
is sent. Visits and sales are those that the base itself holds after the start.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from campaigns import approval, delivery, links, planning, running
from campaigns.drafting import draft
from campaigns.models import Approval, Campaign, CampaignEvent, Message, Run
from crmsite.demo_letters import NEW_CARS, TRADE_IN, WINTER
from segments.models import Consent, ConsentState, ContactPoint, Segment
from segments.models.people import ContactKind, Origin
from tracking import surveys, track_record
from tracking.attribution import lift
from tracking.calls import load_calls
from tracking.calls.cells import ACCOUNT_ZONE
from tracking.hits.signs import Sign
from tracking.models import Hit, SurveyAnswer
from tracking.numbers import holding
from tracking.summaries import nightly

DAYS_AGO = 21
# Shares of the letters that the provider took.
DELIVERED, OPENED, CLICKED = 0.97, 0.31, 0.034
MACHINE_EVERY = 9  # of the letters, one is looked at by a machine
REFUSED_EVERY = 97  # of the letters, one is refused by the provider
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36",
)
HYPOTHESES = {
    "Дни выгоды: новые автомобили в наличии": "Кто согласился на письма, после письма о машинах в наличии звонит и приезжает чаще, чем контрольная группа.",
    "Зимний осмотр": "Кому пора на ТО, после письма запишутся на сервис чаще, чем те, кому мы не писали.",
    "Меняем прежнюю машину на новую": "Владельцы трёх-пятилетних машин после письма о трейд-ине чаще приезжают на оценку, чем контрольная группа.",
}
# Read where the draw leaves nobody alone.
SMALL = "Аудитория мала: в контрольную группу может никто не попасть."
DEAL_MARGIN = 90_000  # roubles, what one of these deals brings
Decision, Reason = SurveyAnswer.Decision, SurveyAnswer.Reason
ANSWERS = (  # days after the start, what was answered
    (0, surveys.Reply(Decision.STOP, Reason.NEVER_ASKED)),
    (1, surveys.Reply(Decision.FEWER, Reason.TOO_OFTEN, topics=["service"])),
    (1, surveys.Reply(Decision.STOP, Reason.SOLD_CAR, sold_car=True)),
    (3, surveys.Reply(Decision.KEEP, brands=["Skoda"], topics=["new", "service"], comment="Жду новый Kodiaq.")),
    (6, surveys.Reply(Decision.STOP, Reason.BOUGHT_ELSEWHERE, comment="Купил у вас же, но в другом городе.")),
    (12, surveys.Reply(Decision.STOP, Reason.TOO_OFTEN)),
    (18, surveys.Reply(Decision.FEWER, Reason.NOT_INTERESTING)),
)
CALL_DAYS = (0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 7, 9, 13, 20, 20)  # after the start, one for each call
STRANGERS, LOST = {4, 7, 11, 13}, {5, 14}  # which of them
EMPLOYEES = ("Кравцова Анна", "Дёмин Илья", "Соболев Артём")
CALL_HEADER = (
    "id;start_time;direction;is_lost;contact_phone_number;virtual_phone_number;talk_duration;employee_full_name"
)

# Of a launch that no worker saw: each letter has its outcome, at about 50 a second.
SENT = """
INSERT INTO campaigns_outcome (run_id, message_id, kind, reason, reply, happened_at)
SELECT run_id, id, CASE WHEN id %% %(every)s = 0 THEN 'rejected' ELSE 'accepted' END,
       CASE WHEN id %% %(every)s = 0 THEN '550' ELSE '' END,
       CASE WHEN id %% %(every)s = 0 THEN '550 5.1.1 mailbox unavailable' ELSE '250 2.0.0 OK' END,
       %(start)s + row_number() OVER (ORDER BY id) * interval '20 milliseconds'
FROM campaigns_message WHERE run_id = %(run)s AND left_out = ''
"""
CLOSED = "UPDATE campaigns_chunk SET state = 2 WHERE run_id = %(run)s"
# A plan is never changed, except here: the launch is put back into the past before anybody saw it.
PUT_BACK = "UPDATE campaigns_message SET planned_at = %(start)s WHERE run_id = %(run)s"
ACCEPTED = "SELECT message_id FROM campaigns_outcome WHERE run_id = %s AND kind = 'accepted' ORDER BY message_id"


@transaction.atomic
def make_campaigns(numbers: Sequence[str]) -> None:
    """All three. One transaction: a worker that happens to run finds nothing to send.

    `numbers`: two free substitute numbers. Sending must be on.
    """
    manager = get_user_model().objects.get(username="manager")
    start = _start()
    past = draft(_plan("Дни выгоды: новые автомобили в наличии", "soglasny", NEW_CARS, numbers[0], start), manager)
    _launch(past, start)
    waiting = draft(_plan("Зимний осмотр", _ready_made("service_due"), WINTER, numbers[1]), manager)
    approval.submit(waiting, manager)
    draft(_plan("Меняем прежнюю машину на новую", _ready_made("turns"), TRADE_IN), manager)
    track_record.count()
    lift.count()
    nightly.refresh()


def _ready_made(cut: str) -> str:
    """The slug of the segment that the demo base has made of this ready-made cut."""
    return Segment.objects.get(ready_made__cut=cut).slug


def _start() -> datetime:
    """A morning three weeks ago."""
    day = timezone.localtime() - timedelta(days=DAYS_AGO)
    return day.replace(hour=10, minute=5, second=0, microsecond=0)


def _plan(name: str, segment: str, content: dict[str, str], number: str = "", start: datetime | None = None) -> dict:
    plan = {"name": name, "segments_in": [segment], "content": content, "schedule": start and start.isoformat()}
    plan |= {"hypothesis": HYPOTHESES[name], "no_test": SMALL, "deal_margin": DEAL_MARGIN}
    return plan | ({"number": number} if number else {})


def _launch(campaign: Campaign, start: datetime) -> None:
    """The whole life of a campaign, from the request for approval to what people answered."""
    approver = get_user_model().objects.get(username="approver")
    approval.submit(campaign, campaign.author)
    approval.decide(campaign, approver, approved=True, note="Тексты и сегмент проверены.")
    run = running.start(campaign, approver)
    with connection.cursor() as cursor:
        for statement in (SENT, CLOSED, PUT_BACK):
            cursor.execute(statement, {"run": run.pk, "start": start, "every": REFUSED_EVERY})
        cursor.execute(ACCEPTED, [run.pk])
        accepted = [message for (message,) in cursor.fetchall()]
    running.finish_if_drained(campaign)
    _put_back(campaign, run, start)
    chance = random.Random(campaign.pk)  # noqa: S311 # the same demo each time
    chance.shuffle(accepted)
    readers = _read(run, accepted, start, chance)
    _answer(readers, start)
    _call(campaign, readers, start, chance)


def _put_back(campaign: Campaign, run: Run, start: datetime) -> None:
    """Move the times of all that has just happened to the days before and after `start`."""
    end, asked = start + timedelta(minutes=2), start - timedelta(days=1)
    Campaign.objects.filter(pk=campaign.pk).update(
        created_at=start - timedelta(days=3), started_at=start, finished_at=end
    )
    Run.objects.filter(pk=run.pk).update(started_at=start, send_until=start + planning.SEND_FOR, finished_at=end)
    Approval.objects.filter(campaign=campaign).update(decided_at=asked + timedelta(hours=4))
    times = {"submit": asked, "approve": asked + timedelta(hours=4), "start": start, "finish": end}
    for verb, at in times.items():
        CampaignEvent.objects.filter(campaign=campaign, verb=verb).update(happened_at=at)


def _read(run: Run, accepted: list[int], start: datetime, chance: random.Random) -> list[int]:
    """Who got, opened and clicked the letter. Returns those who opened it, those who clicked first."""
    delivered = round(len(accepted) * DELIVERED)
    opened, clicked = accepted[: round(len(accepted) * OPENED)], accepted[: round(len(accepted) * CLICKED)]
    _record(run, accepted[:delivered], "delivered", start + timedelta(minutes=3))
    delivery.record(
        dict.fromkeys(accepted[delivered:], run.pk), "failed", start + timedelta(minutes=9), failure="mailbox full"
    )
    hits = [hit for message in accepted[::MACHINE_EVERY] for hit in _of_machine(run, message, start, chance)]
    for place, message in enumerate(opened):
        at = start + timedelta(minutes=15 + chance.expovariate(1 / 600))
        hits.append(_hit(run, message, Hit.Kind.OPEN, at, chance.choice(AGENTS)))
        _record(run, [message], "opened", at)
        if place < len(clicked):
            hits.append(_hit(run, message, Hit.Kind.CLICK, at + timedelta(seconds=40), chance.choice(AGENTS), link=1))
            _record(run, [message], "clicked", at + timedelta(seconds=40))
    Hit.objects.bulk_create(hits)
    return opened


def _of_machine(run: Run, message: int, start: datetime, chance: random.Random) -> list[Hit]:
    """Apple's mail, which loads every picture; or a gateway that tries every link as the letter comes."""
    at, machine = start + timedelta(minutes=3), {"made_by": Hit.Maker.MACHINE}
    if chance.random() < 0.6:
        return [_hit(run, message, Hit.Kind.OPEN, at, "Mozilla/5.0", **machine, reasons=[Sign.PRIVACY])]
    machine |= {"reasons": [Sign.TRAP, Sign.AT_ONCE]}
    return [_hit(run, message, Hit.Kind.CLICK, at, AGENTS[1], link=link, **machine) for link in (Hit.TRAP, 1)]


def _record(run: Run, messages: list[int], fact: str, at: datetime) -> None:
    delivery.record(dict.fromkeys(messages, run.pk), fact, at)


def _hit(run: Run, message: int, kind: str, at: datetime, agent: str, **fields: Any) -> Hit:
    fields = {"made_by": Hit.Maker.HUMAN} | fields
    return Hit(kind=kind, run=run, message_id=message, at=at, address="192.0.2.1", user_agent=agent, **fields)


def _answer(readers: list[int], start: datetime) -> None:
    """The survey, as the page saves it; then its time is put back."""
    for (days, reply), message in zip(ANSWERS, reversed(readers), strict=False):
        subject = surveys.find(links.tokens(message).choice)
        if subject is None:
            continue
        at = start + timedelta(days=days, hours=3)
        saved = surveys.answer(subject, reply)
        SurveyAnswer.objects.filter(pk=saved.pk).update(answered_at=at)
        said = Consent.objects.filter(customer=subject.customer, origin=Origin.PERSON)
        ConsentState.objects.filter(log_id__in=said.values("pk")).update(decided_at=at, changed_at=at)
        said.update(decided_at=at, recorded_at=at)
        if reply.decision == Decision.STOP:
            _record(subject.message.run, [message], "unsubscribed", at)  # of two times the earlier counts


def _call(campaign: Campaign, readers: list[int], start: datetime, chance: random.Random) -> None:
    """A report of the call-tracking provider, loaded as the admin loads it: readers, and people unknown to us."""
    held = holding(campaign)
    phones = _phones(readers[: 4 * len(CALL_DAYS)])
    if held is None or not phones:
        return
    lines = [CALL_HEADER]
    for place, days in enumerate(CALL_DAYS):
        at = start + timedelta(days=days, minutes=chance.randrange(20, 520))
        caller = f"+7999000{1000 + place}" if place in STRANGERS else phones[place % len(phones)]
        is_lost = place in LOST
        lines.append(
            f"demo-{campaign.pk}-{place};{at.astimezone(ACCOUNT_ZONE):%Y-%m-%d %H:%M:%S};in;{str(is_lost).lower()};"
            f"{caller};{held.number.number};{0 if is_lost else chance.randrange(35, 420)};"
            f"{'' if is_lost else chance.choice(EMPLOYEES)}"
        )
    load_calls("\n".join(lines).encode())


def _phones(messages: list[int]) -> list[str]:
    """Phones that are each on the cards of one of these people."""
    people = Message.objects.filter(id__in=messages).values("customer_id")
    points = ContactPoint.objects.filter(
        kind=ContactKind.PHONE, validity="valid", is_shared=False, holders__customer__in=people
    )
    return list(points.order_by("value").values_list("value", flat=True).distinct())
