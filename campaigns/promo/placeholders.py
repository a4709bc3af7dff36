"""What letters print of promo codes, and who cannot be sent one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import links
from campaigns.models import PromoPool, Run
from campaigns.promo import issuing, spelling
from campaigns.promo.choosing import pool_of
from campaigns.promo.issuing import DRY, Told
from campaigns.slots import Slot, register

AGAIN = timedelta(minutes=30)  # after which a message that found no code asks again
CODE, UNTIL, LINK = "промокод", "промокод_до", "ссылка_промокод"
SAMPLE = "KAHT7X3M9P"
NAMES = frozenset([CODE, UNTIL, LINK])


def missing(run: Run, names: Sequence[str], rows: Sequence[Any]) -> dict[int, str]:
    """Give a code to everybody whose message prints one; why not, by message, for those who get none."""
    if not NAMES.intersection(names):
        return {}
    pool = pool_of(run.campaign)
    if pool is None:
        return dict.fromkeys((row.message_id for row in rows), DRY)
    return issuing.issue(pool, run, rows) if pool.is_personal else {}


def sample(pool: PromoPool | None) -> Told:
    """What a preview shows: the code of a pool that has one for all, else one that looks like hers."""
    until = issuing.last_day(pool, timezone.localdate()) if pool else timezone.localdate()
    common = issuing.shared(pool) if pool and not pool.is_personal else None
    return common or Told(0, (pool.prefix if pool else "") + SAMPLE, until)


def texts(told: Told) -> dict[str, str]:
    return {CODE: spelling.shown(told.code), UNTIL: day(told.valid_until)}


def day(until: date | None) -> str:
    return date_format(until, "j E Y") if until else ""


def register_all() -> None:
    for name, label, example in (
        (CODE, _("promo code"), spelling.shown(SAMPLE)),
        (UNTIL, _("last day of the promo code"), "31 декабря 2026"),
    ):
        _add(name, label, example)
    label = _("link to the page of the promo code: how to use it, “it does not work”")
    register(Slot(LINK, label, f"https://example.ru/p/{'A' * 28}", _link, is_link=True))


def _link(run: Run, rows: Sequence[Any]) -> dict[int, str]:
    return {row.message_id: links.promo_url(row.message_id) for row in rows}


def _add(name: str, label: str | Promise, example: str) -> None:
    def resolve(run: Run, rows: Sequence[Any]) -> dict[int, str]:
        text = texts(sample(pool_of(run.campaign)))[name]
        return dict.fromkeys((row.message_id for row in rows), text)

    def leaving(run: Run, rows: Sequence[Any]) -> dict[int, str]:
        return {message_id: texts(told)[name] for message_id, told in _given(run, rows).items()}

    register(Slot(name=name, label=label, example=example, resolve=resolve, leaving=leaving))


def _given(run: Run, rows: Sequence[Any]) -> dict[int, Told]:
    pool = pool_of(run.campaign)
    if pool is None:
        return {}
    if pool.is_personal:
        return issuing.told(pool, rows)
    common = issuing.shared(pool) or Told(0, "", pool.valid_to)
    return dict.fromkeys((row.message_id for row in rows), common)
