"""Prices of messages over time: a new price does not make dearer what went at the old one."""

from decimal import Decimal

from django.utils import timezone

from channels.models import Account, FormerPrice

# (account_id, since, until, cost): every account at every moment, once. For a WITH clause.
PRICES = """
    SELECT account_id, lag(until, 1, '-infinity'::timestamptz) OVER (PARTITION BY account_id ORDER BY until) AS since,
           until, cost
    FROM channels_formerprice
    UNION ALL
    SELECT a.id, coalesce((SELECT max(p.until) FROM channels_formerprice AS p WHERE p.account_id = a.id), '-infinity'),
           'infinity', a.cost
    FROM channels_account AS a
"""


def changed(account: Account, former: Decimal) -> None:
    """Its price was `former` until now. Whoever writes `Account.cost` of an account that may have sent says so."""
    FormerPrice.objects.create(account=account, cost=former, until=timezone.now())
