"""Whether a code is good for a purchase, and what it takes off: no query, no writing."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from campaigns.models import PromoCode, PromoPool

KOPECK = Decimal("0.01")


class Why(StrEnum):
    """Why a code is not good."""

    UNKNOWN = "unknown"  # there is none, or nobody has it yet: who guesses is told no difference
    WITHDRAWN = "withdrawn"
    NOT_YET = "not_yet"
    OVER = "over"
    USED = "used"
    LIMIT = "limit"
    OTHER_CENTRE = "other_centre"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a code and of the purchase. `used_on` is the day of an earlier one, `times` how many there were; the
    `centres` where it is good, by id: all where there are none."""

    code: PromoCode
    day: date
    amount: Decimal | None
    centre_id: int | None
    centres: frozenset[int]
    used_on: date | None
    times: int

    @property
    def ends(self) -> date | None:
        return self.code.valid_until if self.code.pool.is_personal else self.code.pool.valid_to


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` is None for a good code; `sentence` says why it is not, and when it is, '' ."""

    why: Why | None
    sentence: str = ""


def judge(case: Case) -> Verdict:
    pool = case.code.pool
    checks = (
        (Why.UNKNOWN, pool.is_personal and case.code.issued_at is None),
        (Why.WITHDRAWN, case.code.is_withdrawn),
        (Why.USED, pool.is_personal and case.times > 0),
        (Why.LIMIT, bool(pool.total_limit) and not pool.is_personal and case.times >= (pool.total_limit or 0)),
        (Why.NOT_YET, pool.valid_from is not None and case.day < pool.valid_from),
        (Why.OVER, case.ends is not None and case.day > case.ends),
        (Why.OTHER_CENTRE, bool(case.centres) and case.centre_id not in case.centres),
        (Why.TOO_LITTLE, bool(pool.minimum_sum) and case.amount is not None and case.amount < (pool.minimum_sum or 0)),
    )
    why = next((why for why, is_so in checks if is_so), None)
    return Verdict(why, sentence(why, case)) if why else Verdict(None)


def unknown() -> Verdict:
    return Verdict(Why.UNKNOWN, _("There is no such code: check the letters, or look at the message once more."))


def sentence(why: Why, case: Case) -> str:
    """To the person who holds the code, or to the cashier."""
    pool = case.code.pool
    return {
        Why.UNKNOWN: lambda: unknown().sentence,
        Why.WITHDRAWN: lambda: _("The code was withdrawn."),
        Why.NOT_YET: lambda: _("The code is good from %(day)s on.") % {"day": _day(pool.valid_from)},
        Why.OVER: lambda: _("The code was good until %(day)s.") % {"day": _day(case.ends)},
        Why.USED: lambda: _("The code was used on %(day)s.") % {"day": _day(case.used_on)},
        Why.LIMIT: lambda: _("All purchases with this code are used up."),
        Why.OTHER_CENTRE: lambda: (
            _("The code is not good in this dealer centre.")
            if case.centre_id
            else _("Choose the dealer centre: the code is not good in all of them.")
        ),
        Why.TOO_LITTLE: lambda: (
            _("The code is good for purchases from %(sum)s ₽.")
            % {"sum": number_format(pool.minimum_sum or 0, force_grouping=True)}
        ),
    }[why]()


def discount(pool: PromoPool, amount: Decimal | None) -> Decimal | None:
    """Roubles off a purchase; None where it is a gift or points, or the sum is not known."""
    worth = Decimal(pool.amount or 0)
    if pool.gives in (PromoPool.Gives.GIFT, PromoPool.Gives.POINTS) or amount is None:
        return None
    if pool.gives == PromoPool.Gives.PERCENT:
        return (amount * worth / 100).quantize(KOPECK, ROUND_HALF_UP)
    return min(worth, amount).quantize(KOPECK)


def _day(day: date | None) -> str:
    return date_format(day, "j E Y") if day else "—"
