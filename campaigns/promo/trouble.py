"""“The promo code does not work”: whose code a link is about, what is really wrong with it, and what its person says."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns import links
from campaigns.models import Campaign, Message, PromoCode, PromoPool, PromoTrouble
from campaigns.promo import issuing, judging, redeeming, spelling
from campaigns.promo.choosing import pool_of
from campaigns.promo.judging import Verdict, Why
from campaigns.promo.redeeming import Purchase
from segments.models import Customer


@dataclass(frozen=True, slots=True)
class Subject:
    """What a link is about. `code` is None where she has none of the pool (any more)."""

    message: Message
    campaign: Campaign
    pool: PromoPool
    code: PromoCode | None

    @property
    def shown(self) -> str:
        return spelling.shown(self.code.code) if self.code else ""


def find(token: str) -> Subject | None:
    """The subject of a promo token; None when it is not ours, or its campaign prints no code."""
    message_id = links.read_promo(token)
    if message_id is None:
        return None
    message = Message.objects.filter(id=message_id, left_out="").select_related("run__campaign").first()
    pool = pool_of(message.run.campaign) if message else None
    if message is None or pool is None:
        return None
    return Subject(message, message.run.campaign, pool, _code(message, pool))


def _code(message: Message, pool: PromoPool) -> PromoCode | None:
    """The one that this message printed; else the last that she has of the pool."""
    if not pool.is_personal:
        return PromoCode.objects.filter(pool=pool).first()
    person = Customer.objects.filter(pk=message.customer_id).values_list("merged_into", flat=True).first()
    row = issuing.Alone(message.pk, person or message.customer_id)
    told = issuing.told(pool, [row]).get(message.pk)
    hers = PromoCode.objects.filter(pool=pool, customer__in={row.person_id, message.customer_id})
    return PromoCode.objects.filter(pk=told.code_id).first() if told else hers.order_by("-issued_at").first()


def cause(subject: Subject) -> Verdict:
    """What is wrong with the code now, whatever the purchase: where and for how much she buys is not known here."""
    if subject.code is None:
        return judging.unknown()
    verdict = redeeming.look(Purchase(subject.code.code)).verdict
    return Verdict(None) if verdict.why == Why.OTHER_CENTRE else verdict


def conditions(pool: PromoPool) -> list[str]:
    """What a good code asks for: the usual cause of one that “does not work”."""
    centres = ", ".join(pool.centres.values_list("name", flat=True))
    found = []
    if pool.minimum_sum:
        found.append(_("For purchases from %s ₽.") % number_format(pool.minimum_sum, force_grouping=True))
    if pool.brand:
        found.append(_("For %s only.") % pool.brand)
    if centres:
        found.append(_("Only here: %s.") % centres)
    return found


def report(subject: Subject, reason: str, comment: str) -> None:
    """Her word; a second one takes the place of the first."""
    code = subject.code
    PromoTrouble.objects.update_or_create(
        message_id=subject.message.pk,
        defaults={
            "pool": subject.pool,
            "code": code,
            "customer_id": subject.message.customer_id,
            "campaign": subject.campaign,
            "reason": reason,
            "comment": comment,
            "cause": cause(subject).why or "",
        },
    )


def counted(pool: PromoPool) -> list[tuple[str, int]]:
    """(reason in words, people), the most frequent first."""
    found = (
        PromoTrouble.objects.filter(pool=pool).values_list("reason").annotate(people=Count("pk")).order_by("-people")
    )
    labels = dict(PromoTrouble.Reason.choices)
    return [(str(labels.get(reason, reason)), people) for reason, people in found]
