"""The breaker's judgement, and what is kept of an account's health."""

from datetime import timedelta

from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from channels import health
from channels.health import Breaker, Tally
from channels.models import Account, AccountHealth, AccountHour
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Result
from tests.segments.builders import make_staff


class BreakerTest(SimpleTestCase):
    def after(self, *kinds: str, on_probation: bool = False) -> Breaker:
        breaker = Breaker(on_probation=on_probation)
        for kind in kinds:
            breaker.note(Result(kind, reply="Слишком часто"))
        return breaker

    def test_ten_unknown_among_the_last_twenty_open_it(self) -> None:
        self.assertFalse(self.after(*[UNKNOWN] * 9).is_open)
        self.assertTrue(self.after(*[UNKNOWN, ACCEPTED] * 10).is_open)
        self.assertFalse(self.after(*[UNKNOWN, ACCEPTED, ACCEPTED] * 30).is_open)

    def test_refused_addresses_are_not_the_account_s_fault(self) -> None:
        self.assertFalse(self.after(*[REJECTED] * 100).is_open)

    def test_an_account_that_puts_everything_off_is_left_alone_for_a_while(self) -> None:
        self.assertFalse(self.after(*[DEFERRED] * 19, ACCEPTED, *[DEFERRED] * 19).is_open)
        self.assertEqual(self.after(*[DEFERRED] * 20).reason, "Слишком часто")

    def test_on_probation_one_unknown_is_enough_until_one_went_through(self) -> None:
        self.assertTrue(self.after(UNKNOWN, on_probation=True).is_open)
        self.assertFalse(self.after(ACCEPTED, UNKNOWN, on_probation=True).is_open)

    def test_what_the_provider_says_of_the_account_needs_a_person(self) -> None:
        breaker = Breaker(on_probation=False)
        breaker.note(Result(REJECTED, code="6", reply="Кончились деньги", action=Action.STOP_ACCOUNT))
        self.assertEqual((breaker.is_open, breaker.needs_person, breaker.reason), (True, True, "Кончились деньги"))


class HealthTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = Account.objects.create(name="СМС", channel="sms", provider="smtp")

    def state(self) -> AccountHealth:
        return AccountHealth.objects.get(account=self.account)

    def test_pauses_double_and_end_with_the_first_success(self) -> None:
        breaker = Breaker(on_probation=True)
        breaker.note(Result(UNKNOWN))
        for expected in (60, 120, 240):
            health.trip(self.account.pk, breaker)
            self.assertAlmostEqual((self.state().paused_until - timezone.now()).total_seconds(), expected, delta=5)
        self.assertTrue(health.on_probation(self.account.pk))
        health.sent(self.account.pk, Tally(accepted=1))
        self.assertEqual((self.state().pause, self.state().failures), ("", 0))
        self.assertFalse(health.on_probation(self.account.pk))

    def test_a_passing_fault_does_not_shorten_the_wait_for_a_person(self) -> None:
        self.assertTrue(health.failed(self.account.pk, "Пароль", permanent=True))
        for _time in range(3):
            health.failed(self.account.pk, "Сеть", permanent=False)
        health.sent(self.account.pk, Tally(accepted=1))
        self.assertEqual(self.state().pause, "person")
        self.assertTrue(health.resume(self.account))
        self.assertFalse(health.resume(self.account))

    def test_the_day_is_counted_in_one_query_for_all(self) -> None:
        for _time in range(2):
            health.sent(self.account.pk, Tally(accepted=8, failed=2))
        old = timezone.now() - timedelta(days=40)
        AccountHour.objects.create(account=self.account, hour=old, sent=99, failed=99)
        with self.assertNumQueries(1):
            (account,) = health.with_day(Account.objects.all())
            self.assertEqual((account.day_sent, account.day_failed), (20, 4))
            self.assertIsNotNone(account.health.last_sent_at)
        self.assertEqual(health.forget_hours(), 1)

    def test_the_page_and_the_list_say_what_is_wrong_and_a_person_ends_it(self) -> None:
        health.failed(self.account.pk, "Пароль не подошёл", permanent=True)
        self.client.force_login(make_staff("channels.view_account", "channels.change_account"))
        page = reverse("admin:channels_account_change", args=[self.account.pk])
        Account.objects.filter(pk=self.account.pk).update(mode="live")
        self.assertContains(self.client.get(page), "Пароль не подошёл")
        self.assertNotContains(self.client.get(page), "Сообщения уходят настоящим людям")
        self.assertContains(self.client.get(reverse("admin:channels_account_changelist")), "ждёт человека")
        resume = reverse("admin:channels_account_resume", args=[self.account.pk])
        self.client.post(resume)
        self.assertEqual(self.state().pause, "")
        self.assertContains(self.client.get(page), "Сообщения уходят настоящим людям")
        self.client.force_login(make_staff("channels.view_account"))
        self.assertEqual(self.client.post(resume).status_code, 403)
