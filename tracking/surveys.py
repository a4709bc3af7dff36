"""What a person says through a link of a letter: the one-click opt-out and the survey.

The token of the link is the authority: no login. Every change runs under one lock per message, so that a
double click answers once, and in one transaction with the consents, which a running send reads at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import override

from campaigns import links
from campaigns.delivery import record
from campaigns.models import Campaign, Message
from channels.models import Channel
from segments.consents import CHANNELS, record_consent
from segments.models import CardContact, ConsentState, ContactPoint, Customer, Interaction, Preference
from segments.models.people import Origin, Purpose
from tracking.models import SurveyAnswer

TOPICS = Interaction.Line  # what one may want to hear about: the lines of business

# By which an address is written to: whether one may call is another question.
CHANNELS_OF = {kind: tuple(each for each in channels if each in Channel.values) for kind, channels in CHANNELS.items()}

Reach = dict[int, tuple[str, ...]]  # contact point → channels


class Subject(NamedTuple):
    """Whose link it is. `customer` is the living one: a merged customer's letter speaks for the survivor."""

    message: Message
    campaign: Campaign
    customer: Customer
    contact_point: ContactPoint


@dataclass(frozen=True, slots=True)
class Reply:
    """What was filled in; `reason` '' means not said."""

    decision: str
    reason: str = ""
    sold_car: bool = False
    brands: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    comment: str = ""
    via: str = SurveyAnswer.Via.SURVEY


def find(token: str) -> Subject | None:
    """The subject of a choice token; None when it is not ours or its message was never to be sent."""
    message_id = links.read_choice(token)
    return None if message_id is None else subject_of(message_id)


def subject_of(message_id: int) -> Subject | None:
    """None when the message was never to be sent, or its person was erased."""
    sent = Message.objects.filter(id=message_id, left_out="").exclude(contact_point=None)
    message = sent.select_related("run__campaign__brand", "run__account", "contact_point").first()
    if message is None:
        return None
    customer = Customer.objects.filter(pk=message.customer_id).first()
    while customer is not None and customer.merged_into_id:
        customer = Customer.objects.filter(pk=customer.merged_into_id).first()
    return Subject(message, message.run.campaign, customer, message.contact_point) if customer else None


def last_answer(subject: Subject) -> SurveyAnswer | None:
    return SurveyAnswer.objects.filter(message_id=subject.message.pk).order_by("-id").first()


def unsubscribe(subject: Subject) -> SurveyAnswer:
    """RFC 8058: the letter's own address, channel and brand (a campaign without a brand: all). Repeats change nothing."""
    with transaction.atomic():
        _lock(subject)
        last = last_answer(subject)
        if last and last.decision == SurveyAnswer.Decision.STOP:
            return last
        reply = Reply(SurveyAnswer.Decision.STOP, via=SurveyAnswer.Via.ONE_CLICK)
        return _stop(subject, reply, {subject.contact_point.pk: (subject.message.channel,)}, subject.campaign.brand_id)


def answer(subject: Subject, reply: Reply) -> SurveyAnswer:
    """Save the answer and put it into force; the same answer again is the same answer.

    «Stop» withdraws the consents of every address of the customer; any other decision gives back what earlier
    answers by this link took away. Brands and topics replace what was said before, when any is named.
    """
    with transaction.atomic():
        _lock(subject)
        last = last_answer(subject)
        if last and _same(last, reply):
            return last
        if reply.decision == SurveyAnswer.Decision.STOP:
            saved = _stop(subject, reply, _every_address(subject), None)
        else:
            _give_back(subject)
            saved = _save(subject, reply, [])
        _prefer(subject.customer, reply)
        return saved


def _lock(subject: Subject) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"survey {subject.message.pk}"])


def _same(last: SurveyAnswer, reply: Reply) -> bool:
    return all(getattr(last, name) == getattr(reply, name) for name in Reply.__slots__)


def _every_address(subject: Subject) -> Reach:
    held = CardContact.objects.filter(customer=subject.customer).values_list("contact_point_id", "contact_point__kind")
    reach: Reach = {point: CHANNELS_OF.get(kind, ()) for point, kind in held.distinct()}
    own = reach.get(subject.contact_point.pk, CHANNELS_OF.get(subject.contact_point.kind, ()))
    reach[subject.contact_point.pk] = tuple(dict.fromkeys((*own, subject.message.channel)))
    return reach


def _stop(subject: Subject, reply: Reply, reach: Reach, brand_id: int | None) -> SurveyAnswer:
    """Withdraw for `brand_id` (None: all brands), remember what was in force, tell the campaign."""
    purposes = sorted({Purpose.ADVERTISING.value, subject.campaign.purpose})
    in_force = [row for purpose in purposes for row in _in_force(reach, purpose, brand_id)]
    for purpose in purposes:
        _say(subject, reach, {"given": False, "purpose": purpose, "brand_id": brand_id} | _evidence(subject, reply.via))
    record({subject.message.pk: subject.message.run_id}, "unsubscribed", timezone.now())
    return _save(subject, reply, in_force)


def _in_force(reach: Reach, purpose: str, brand_id: int | None) -> list[list[Any]]:
    """Consents that the withdrawal takes away, as `SurveyAnswer.withdrawn` keeps them."""
    given = ConsentState.objects.filter(contact_point__in=reach, purpose=purpose, given=True)
    rows = given.values_list("contact_point_id", "channel", "brand_id").order_by("contact_point_id", "channel")
    return [
        [point, channel, purpose, brand]
        for point, channel, brand in rows
        if channel in reach[point] and (brand_id is None or brand in (None, brand_id))
    ]


def _give_back(subject: Subject) -> None:
    """Undo what this link withdrew since its last other answer; what was never given stays not given.

    A withdrawal for all brands is lifted for all brands: "no" for the whole holding has no other end.
    """
    answers = SurveyAnswer.objects.filter(message_id=subject.message.pk)
    before = answers.exclude(decision=SurveyAnswer.Decision.STOP).aggregate(last=Max("id"))["last"] or 0
    stops = answers.filter(decision=SurveyAnswer.Decision.STOP, id__gt=before)
    lifted = {
        (point, channel, purpose, subject.campaign.brand_id if stop.via == SurveyAnswer.Via.ONE_CLICK else None)
        for stop in stops
        for point, channel, purpose, _brand in stop.withdrawn
    }
    for point, channel, purpose, brand_id in sorted(lifted, key=repr):
        decision = {"given": True, "purpose": purpose, "brand_id": brand_id}
        _say(subject, {point: (channel,)}, decision | _evidence(subject, SurveyAnswer.Via.SURVEY))


def _say(subject: Subject, reach: Reach, decision: dict[str, Any]) -> None:
    """The person's own decision for each address and its channels."""
    by_channels: dict[tuple[str, ...], list[int]] = {}
    for point, channels in reach.items():
        by_channels.setdefault(channels, []).append(point)
    for channels, points in by_channels.items():
        record_consent(
            contact_point_ids=points,
            channels=channels,
            origin=Origin.PERSON,
            customer_id=subject.customer.pk,
            **decision,
        )


def _evidence(subject: Subject, via: str) -> dict[str, str]:
    """Where the decision came from, for the staff who read it: in the language of the installation."""
    with override(settings.LANGUAGE_CODE):
        return {"evidence": f"{SurveyAnswer.Via(via).label}, {subject.campaign.name}"[:120]}


def _save(subject: Subject, reply: Reply, withdrawn: list[list[Any]]) -> SurveyAnswer:
    return SurveyAnswer.objects.create(
        run_id=subject.message.run_id,
        campaign=subject.campaign,
        message_id=subject.message.pk,
        customer=subject.customer,
        withdrawn=withdrawn,
        **{name: getattr(reply, name) for name in Reply.__slots__},
    )


def _prefer(customer: Customer, reply: Reply) -> None:
    """Preferences follow the latest answer; brands and topics only where it names some."""
    kinds = Preference.Kind
    _set_preferences(customer, kinds.FEWER, [""] if reply.decision == SurveyAnswer.Decision.FEWER else [])
    if reply.sold_car or reply.reason == SurveyAnswer.Reason.SOLD_CAR:
        _set_preferences(customer, kinds.SOLD_CAR, [""])
    if reply.brands:
        _set_preferences(customer, kinds.BRAND, reply.brands)
    if reply.topics:
        _set_preferences(customer, kinds.TOPIC, reply.topics)


def _set_preferences(customer: Customer, kind: str, values: Iterable[str]) -> None:
    values = sorted(values)
    Preference.objects.filter(customer=customer, kind=kind).exclude(value__in=values).delete()
    Preference.objects.bulk_create(
        [Preference(customer=customer, kind=kind, value=value) for value in values], ignore_conflicts=True
    )
