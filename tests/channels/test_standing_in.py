"""Which account sends for one that is paused."""

from django.test import TestCase
from django.utils import timezone

from channels import health
from channels.models import Account, AccountHealth
from channels.standing_in import sender_of


def make_account(name: str, **fields: object) -> Account:
    return Account.objects.create(**{"name": name, "channel": "sms", "provider": "smsc", "mode": "live"} | fields)


class SenderTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.own = make_account("Свой")

    def sender(self, purpose: str = "advertising") -> int | None:
        return sender_of(self.own.pk, purpose)

    def fail(self, account: Account) -> None:
        health.failed(account.pk, "Пароль", permanent=True)

    def test_an_account_that_works_sends_itself(self) -> None:
        make_account("Запасной", priority=1)
        self.assertEqual(self.sender(), self.own.pk)

    def test_the_smallest_number_stands_in_first_and_one_that_fails_is_passed_over(self) -> None:
        second, first = make_account("Второй", priority=2), make_account("Первый", priority=1)
        self.fail(self.own)
        self.assertEqual(self.sender(), first.pk)
        self.fail(first)
        self.assertEqual(self.sender(), second.pk)
        self.fail(second)
        self.assertIsNone(self.sender())

    def test_only_what_may_carry_the_message_over_the_same_channel_stands_in(self) -> None:
        for number, fields in enumerate(
            (
                {"priority": None},
                {"channel": "email"},
                {"mode": "journal"},
                {"is_active": False},
                {"purpose": "service"},
            )
        ):
            make_account(f"Негодный {number}", **{"priority": 1} | fields)
        self.fail(self.own)
        self.assertIsNone(self.sender())
        self.assertEqual(self.sender("service"), Account.objects.get(purpose="service").pk)

    def test_when_its_next_try_is_due_an_account_tries_itself(self) -> None:
        make_account("Запасной", priority=1)
        AccountHealth.objects.create(account=self.own, pause="probe", paused_until=timezone.now())
        self.assertEqual(self.sender(), self.own.pk)
