"""Purchases with codes: one at a time for each code, and one receipt once, however often it is told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from campaigns.models import PromoCode, PromoPool, PromoRedemption, PromoTill
from campaigns.points import ledger
from campaigns.promo import beginning_anew, judging, spelling
from campaigns.promo.judging import Case, Verdict
from segments.models import Centre

LARGEST = Decimal(10) ** 10  # roubles of a purchase: more is a slip


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a till, a cashier or a file tells. `amount` before the discount; `happened_at` None: now."""

    code: str
    receipt: str = ""
    amount: Decimal | None = None
    centre: Centre | None = None
    happened_at: datetime | None = None


class By(NamedTuple):
    """Who tells."""

    door: str
    author: Any = None
    till: PromoTill | None = None


class Answer(NamedTuple):
    """`code` None: there is none such. `redemption` is what was written, or was written before (`is_repeated`)."""

    verdict: Verdict
    code: PromoCode | None = None
    discount: Decimal | None = None
    redemption: PromoRedemption | None = None
    is_repeated: bool = False


def look(purchase: Purchase) -> Answer:
    """Whether the code would be taken; nothing is written."""
    return _Desk(PromoCode.objects.select_related("pool"), [purchase]).judged(purchase)


def redeem(purchase: Purchase, by: By) -> Answer:
    """Take the code for a purchase. The same receipt told again is the same purchase; a code that is not good writes
    nothing. Of two who take one code at once the second is told that it is used."""
    return redeem_all([purchase], by)[0]


@transaction.atomic
def redeem_all(purchases: Sequence[Purchase], by: By) -> list[Answer]:
    """The same for some hundreds of purchases, one after the other, in a few queries."""
    locked = PromoCode.objects.select_related("pool").select_for_update(of=("self",), no_key=True).order_by("pk")
    desk = _Desk(locked, purchases)
    answers = [desk.taken(purchase, by) for purchase in purchases]
    PromoRedemption.objects.bulk_create(desk.written)
    ledger.accrue(gift for each in desk.written if (gift := _points(each)))
    beginning_anew.withdraw({each.customer_id for each in desk.written if each.customer_id})
    return answers


@transaction.atomic
def take_back(redemption: PromoRedemption) -> bool:
    """A purchase that was not, or was returned: the code is good again, and the points it gave are taken away. Tells whether
    it was not taken back before. Raises `Refused`: the points are spent."""
    kept = PromoRedemption.objects.filter(pk=redemption.pk, cancelled_at=None)
    if not kept.update(cancelled_at=timezone.now()):
        return False
    if gift := _points(redemption):
        ledger.take_back(gift.customer_id, gift.points, f"back:{gift.key}")
    return True


def _points(redemption: PromoRedemption) -> ledger.Gift | None:
    """What its code gives to whoever has it."""
    pool = redemption.code.pool
    if pool.gives != PromoPool.Gives.POINTS or redemption.customer_id is None:
        return None
    key, why = f"promo:{redemption.pk}", f"{pool.name}, {redemption.code.code}"
    return ledger.Gift(redemption.customer_id, pool.amount or 0, key, why, pool.points_days)


@dataclass(slots=True)
class _Desk:
    """What is known of the codes of these purchases, and kept up as they are taken."""

    asked: Any  # codes, locked or not
    purchases: Sequence[Purchase]
    written: list[PromoRedemption] = field(default_factory=list)
    _codes: dict[str, PromoCode] = field(init=False)
    _times: dict[int, int] = field(init=False)
    _last: dict[int, date] = field(init=False)
    _receipts: dict[tuple[int, str], PromoRedemption] = field(init=False)
    _centres: dict[int, frozenset[int]] = field(init=False)

    def __post_init__(self) -> None:
        keys = {spelling.key_of(purchase.code) for purchase in self.purchases}
        self._codes = {code.key: code for code in self.asked.filter(key__in=keys)}
        ids = [code.pk for code in self._codes.values()]
        living = PromoRedemption.objects.filter(code__in=ids, cancelled_at=None)
        counted = living.values_list("code").annotate(Count("pk"), Max("happened_at")).order_by()
        self._times, self._last = defaultdict(int), {}
        for code, times, last in counted:
            self._times[code], self._last[code] = times, timezone.localdate(last)
        told = living.filter(receipt__in={purchase.receipt for purchase in self.purchases})
        self._receipts = {(each.code_id, each.receipt): each for each in told}
        self._centres = _centres({code.pool_id for code in self._codes.values()})

    def judged(self, purchase: Purchase) -> Answer:
        code = self._codes.get(spelling.key_of(purchase.code))
        if code is None:
            return Answer(judging.unknown())
        case = Case(
            code=code,
            day=timezone.localdate(purchase.happened_at or timezone.now()),
            amount=purchase.amount,
            centre_id=purchase.centre.pk if purchase.centre else None,
            centres=self._centres.get(code.pool_id, frozenset()),
            used_on=self._last.get(code.pk),
            times=self._times[code.pk],
        )
        return Answer(judging.judge(case), code, judging.discount(code.pool, purchase.amount))

    def taken(self, purchase: Purchase, by: By) -> Answer:
        answer = self.judged(purchase)
        code = answer.code
        if code and (known := self._receipts.get((code.pk, purchase.receipt))):
            return Answer(Verdict(None), code, known.discount, known, is_repeated=True)
        if code is None or answer.verdict.why:
            return answer
        written = PromoRedemption(
            code=code,
            customer_id=code.customer_id,
            campaign_id=code.campaign_id,
            happened_at=purchase.happened_at or timezone.now(),
            amount=purchase.amount,
            discount=answer.discount,
            centre=purchase.centre,
            receipt=purchase.receipt,
            **by._asdict(),
        )
        self.written.append(written)
        self._receipts[code.pk, purchase.receipt] = written
        self._times[code.pk] += 1
        self._last[code.pk] = timezone.localdate(written.happened_at)
        return answer._replace(redemption=written)


def _centres(pools: set[int]) -> dict[int, frozenset[int]]:
    """{pool: the dealer centres where it is good}, of those that name some."""
    found: dict[int, set[int]] = defaultdict(set)
    for pool, centre in PromoPool.centres.through.objects.filter(promopool__in=pools).values_list(
        "promopool", "centre"
    ):
        found[pool].add(centre)
    return {pool: frozenset(centres) for pool, centres in found.items()}
