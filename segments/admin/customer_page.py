"""What the page of one customer shows: who she is, whether one may write to her, and what there was between us.

Every function runs a fixed number of queries; long lists come in pages (`timeline`, `consents`).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments import places
from segments.admin import customer_cards
from segments.consents import may_write_sql
from segments.masking import REVEAL_CONTACTS, VIEW_CONTACTS, shown
from segments.models import (
    CardContact,
    Consent,
    ConsentState,
    ContactPoint,
    Customer,
    Interaction,
    Membership,
    Vehicle,
)
from segments.models.people import ContactKind, Purpose
from segments.time_zones import clock_of

PAGE = 20
MANY = 100  # more cards, addresses or cars than this belong to no person; the first of them are shown

MAY_WRITE_TO = """
SELECT cp.id FROM segments_contactpoint AS cp
WHERE cp.id = ANY(%(contact_points)s) AND cp.kind = %(kind)s AND cp.validity = 'valid' AND {may_write}
"""


@dataclass(frozen=True)
class WritingChannel:
    """A channel that a consent names, and the kind of address it writes to."""

    name: str
    label: Any
    kind: str
    icon: str


CHANNELS = [
    WritingChannel("email", _("E-mail"), ContactKind.EMAIL, "mail"),
    WritingChannel("sms", _("SMS"), ContactKind.PHONE, "sms"),
]
CHANNEL_LABELS = {
    "email": _("E-mail"), "sms": _("SMS"), "call": _("Calls"), "whatsapp": "WhatsApp", "telegram": "Telegram",
    "max": "MAX", "vk": "VK", "push": _("Push"), "ads": _("Advertising platforms"),
}  # fmt: skip
# Told only of whoever has such an address.
TIED = [
    WritingChannel("telegram", "Telegram", ContactKind.TELEGRAM, "send"),
    WritingChannel("max", "MAX", ContactKind.MAX, "chat"),
    WritingChannel("push", _("Push"), ContactKind.DEVICE, "notifications"),
]
KINDS = {channel.name: channel.kind for channel in CHANNELS}
ADDRESS_ICONS = {channel.kind: channel.icon for channel in [*CHANNELS, *TIED]} | {ContactKind.PHONE: "call"}
KIND_ORDER = Case(When(kind=ContactKind.PHONE, then=0), When(kind=ContactKind.EMAIL, then=1), default=2)

ICONS = {
    Interaction.Kind.SALE: "directions_car",
    Interaction.Kind.SERVICE: "build",
    Interaction.Kind.VISIT: "storefront",
    Interaction.Kind.BUYOUT: "sell",
    Interaction.Kind.INSURANCE: "verified_user",
    Interaction.Kind.BOOKING: "event",
    Interaction.Kind.CALL: "call",
}


@dataclass
class Verdict:
    """May one write to her by this channel: "yes", "no" (withdrawn), "none" (never asked), "absent" (no address)."""

    channel: WritingChannel
    answer: str
    state: ConsentState | None = None

    @property
    def sentence(self) -> Any:
        return {
            "yes": _("may be written to"),
            "no": _("may not: consent withdrawn"),
            "none": _("may not: no consent"),
            "absent": _("nowhere to write"),
        }[self.answer]


@dataclass
class ContactRow:
    """One address of hers: how it is shown, who else has it, and the decisions in force on it."""

    point: ContactPoint
    text: str
    may_reveal: bool
    others: int
    states: list[ConsentState]

    @property
    def icon(self) -> str:
        return ADDRESS_ICONS[self.point.kind]

    @property
    def label(self) -> Any:
        """What knows her by this; None of a phone and an e-mail, which say it themselves."""
        return next((channel.label for channel in TIED if channel.kind == self.point.kind), None)


def read(user: Any, customer: Customer) -> dict[str, Any]:
    """All that the page says of her by itself; `segments.profile` adds what the upper apps know."""
    addresses = contacts(user, customer)
    history, history_next = timeline(customer)
    decisions, decisions_next = consents(user, customer)
    return {
        "customer": customer,
        "facts": getattr(customer, "facts", None),
        "age": age(customer.birth_date),
        "clock": clock_of(customer.pk),
        "contacts": addresses,
        "verdicts": verdicts(addresses),
        "preferences": customer.preferences.order_by("kind", "value"),
        "history": history,
        "history_next": history_next,
        "decisions": decisions,
        "decisions_next": decisions_next,
        "vehicles": vehicles(customer),
        "family": family(user, customer),
        "cards": customer_cards.cards(user, customer),
        "golden": customer_cards.golden(customer),
        "merges": customer_cards.merges(customer),
        "pairs": customer_cards.decisions(customer),
        "memberships": memberships(customer),
    }


def survivor(customer: Customer) -> Customer:
    """The living customer at the end of the chain of merges."""
    while customer.merged_into_id is not None:
        customer = customer.merged_into
    return customer


def age(born: date | None) -> int | None:
    """Full years today."""
    if born is None:
        return None
    today = timezone.localdate()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def contacts(user: Any, customer: Customer) -> list[ContactRow]:
    """Her addresses: phones, e-mails, the rest; usable ones before unusable."""
    held = CardContact.objects.filter(customer=customer).values("contact_point")
    # Not joined: grouped addresses need their primary key, which a first load puts off.
    others = CardContact.objects.filter(contact_point=OuterRef("pk")).exclude(customer=customer).values("contact_point")
    points = list(
        ContactPoint.objects.filter(pk__in=held)
        .annotate(others=Coalesce(Subquery(others.annotate(n=Count("customer", distinct=True)).values("n")), 0))
        .order_by(KIND_ORDER, "-validity", "is_shared", "id")[:MANY]
    )
    states = defaultdict(list)
    decided = ConsentState.objects.filter(contact_point__in=points).select_related("contact_point", "brand")
    for state in decided.order_by("purpose", "channel", "id"):
        if KINDS.get(state.channel, state.contact_point.kind) != state.contact_point.kind:
            continue  # a "yes" to e-mail on a phone number: it opens nothing
        state.channel_label = CHANNEL_LABELS.get(state.channel, state.channel)
        states[state.contact_point_id].append(state)
    may_reveal = not user.has_perm(VIEW_CONTACTS) and user.has_perm(REVEAL_CONTACTS)
    return [
        ContactRow(point, shown(user, point.kind, point.value), may_reveal, point.others, states[point.pk])
        for point in points
    ]


def verdicts(rows: list[ContactRow]) -> list[Verdict]:
    """Whether advertising may be sent, by the very predicate that the sending uses, and what it rests on."""
    held = {row.point.kind for row in rows}
    return [_verdict(channel, rows) for channel in [*CHANNELS, *(each for each in TIED if each.kind in held)]]


def _verdict(channel: WritingChannel, rows: list[ContactRow]) -> Verdict:
    usable = [r for r in rows if r.point.kind == channel.kind and r.point.validity == ContactPoint.Validity.VALID]
    if not usable:
        return Verdict(channel, "absent")
    allowed = _may_write_to([row.point.pk for row in usable], channel)
    decided = [
        state
        for row in usable
        for state in row.states
        if state.channel == channel.name and state.purpose == Purpose.ADVERTISING
    ]
    if allowed:
        return Verdict(channel, "yes", _latest(s for s in decided if s.given and s.contact_point_id in allowed))
    withdrawn = _latest(s for s in decided if not s.given)
    return Verdict(channel, "no" if withdrawn else "none", withdrawn)


def _may_write_to(contact_points: list[int], channel: WritingChannel) -> set[int]:
    parameters = {
        "contact_points": contact_points,
        "kind": channel.kind,
        "channel": channel.name,
        "purpose": Purpose.ADVERTISING,
        "brand": None,
    }
    with connection.cursor() as cursor:
        cursor.execute(MAY_WRITE_TO.format(may_write=may_write_sql("cp.id")), parameters)
        return {pk for (pk,) in cursor.fetchall()}


def _latest(states: Any) -> ConsentState | None:
    return max(states, key=lambda state: state.log_id, default=None)


def timeline(customer: Customer, before: int | None = None) -> tuple[list[Interaction], int | None]:
    """A page of her history, newest first, from the interaction `before` on; and where the next page begins."""
    rows = (
        Interaction.objects.filter(customer=customer)
        .select_related("brand", "model", "centre", "salesperson", "vehicle", "source")
        .order_by("-happened_at", "-id")
    )
    if before is not None:
        last = Interaction.objects.filter(customer=customer, pk=before).values_list("happened_at", flat=True).first()
        rows = rows.filter(Q(happened_at__lt=last) | Q(happened_at=last, pk__lt=before)) if last else ()
    page, following = _page(rows)
    for row in page:
        row.icon = ICONS.get(row.kind, "history")
    return page, following


def consents(user: Any, customer: Customer, before: int | None = None) -> tuple[list[Consent], int | None]:
    """A page of the decisions on her addresses, newest first, each with `address`, `in_force` and `taken_back` to show.

    An entry that only takes another back is no decision: it shows at the one it undoes, as when that was.
    """
    held = CardContact.objects.filter(customer=customer).values("contact_point")
    undone = Consent.objects.filter(contact_point=OuterRef("contact_point"), undoes=OuterRef("pk"))
    log = Consent.objects.filter(contact_point__in=held, undoes=None).select_related("contact_point", "brand")
    log = log.annotate(taken_back=Subquery(undone.values("recorded_at")[:1])).order_by("-id")
    decisions, following = _page(log.filter(pk__lt=before) if before is not None else log)
    ids = [decision.pk for decision in decisions]
    points = {decision.contact_point_id for decision in decisions}
    in_force = set(
        ConsentState.objects.filter(contact_point__in=points, log_id__in=ids).values_list("log_id", flat=True)
    )
    for decision in decisions:
        point = decision.contact_point
        decision.address = shown(user, point.kind, point.value)
        decision.in_force = decision.pk in in_force
        decision.channel_label = CHANNEL_LABELS.get(decision.channel, decision.channel)
    return decisions, following


def _page(rows: Any) -> tuple[list[Any], int | None]:
    page = list(rows[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else None


def vehicles(customer: Customer) -> QuerySet[Vehicle]:
    return (
        Vehicle.objects.filter(customer=customer)
        .select_related("brand", "model")
        .order_by("-owned_since", "-id")[:MANY]
    )


def family(user: Any, customer: Customer) -> list[Customer]:
    """Who shares an address with her without being her, of those whom the user sees."""
    if customer.household_id is None:
        return []
    others = Customer.objects.filter(household=customer.household_id, merged_into=None).exclude(pk=customer.pk)
    return list(places.seen_by(user, others).order_by("name_key", "id")[:MANY])


def memberships(customer: Customer) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(customer=customer, segment__is_archived=False)
        .select_related("segment")
        .order_by("segment__name")[:MANY]
    )
