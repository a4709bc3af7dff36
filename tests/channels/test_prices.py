"""Each moment has one price of an account, the one that was in force."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from channels import prices
from channels.models import FormerPrice
from tests.campaigns.builders import make_account

AT = f"WITH price AS ({prices.PRICES}) SELECT cost FROM price WHERE account_id = %s AND since <= %s AND until > %s"


class Prices(TestCase):
    def at(self, account: Any, days_ago: int) -> list[Decimal]:
        moment = timezone.now() - timedelta(days=days_ago)
        with connection.cursor() as cursor:
            cursor.execute(AT, [account.pk, moment, moment])
            return [row[0] for row in cursor.fetchall()]

    def test_a_price_holds_until_it_was_changed(self) -> None:
        account, other = make_account(cost="3", is_default=False), make_account(cost="7", is_default=False)
        for cost, days_ago in ((1, 20), (2, 10)):
            FormerPrice.objects.create(account=account, cost=cost, until=timezone.now() - timedelta(days=days_ago))
        self.assertEqual([self.at(account, days) for days in (30, 15, 5)], [[1], [2], [3]])
        self.assertEqual(self.at(other, 400), [7])

    def test_what_the_price_was_is_kept(self) -> None:
        account = make_account(cost="0.5", is_default=False)
        prices.changed(account, Decimal("0.4"))
        self.assertEqual((self.at(account, 1), self.at(account, 0)), ([Decimal("0.4")], [Decimal("0.5")]))
