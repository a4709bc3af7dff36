"""Accounts of call tracking: the registry, and the pages of an account."""

from django.test import TestCase
from django.urls import reverse

from channels.audiences import SERVICES, ServiceError
from channels.providers import REGISTRY as CHANNELS
from channels.sealing import rotate, unseal
from crmsite.jobs_page.names import JOBS
from tests.segments.builders import make_staff
from tests.tracking.call_services import FakeCase, make_call_account
from tracking.models import CallPull, CallTrackingAccount
from tracking.telephony import REGISTRY, jobs, provider_class, provider_for

VIEW, ADD, CHANGE = (f"tracking.{verb}_calltrackingaccount" for verb in ("view", "add", "change"))


class Registry(TestCase):
    def test_names_are_those_of_no_other_provider(self) -> None:
        self.assertFalse(REGISTRY.keys() & (SERVICES.keys() | CHANNELS.keys()))

    def test_every_provider_asks_for_its_keys(self) -> None:
        for name in REGISTRY:
            made = provider_class(name)
            self.assertTrue(made.secrets, name)
            self.assertLessEqual({"url", "timeout"}, made.options.keys(), name)

    def test_a_key_that_is_gone_is_asked_for_again(self) -> None:
        with self.assertRaises(ServiceError) as refused:
            provider_for(make_call_account(secret="gAAAA-of-another-key"))
        self.assertTrue(refused.exception.permanent)

    def test_keys_are_sealed_anew_with_the_others(self) -> None:
        before = make_call_account()
        self.assertEqual(rotate(), 1)
        after = CallTrackingAccount.objects.get()
        self.assertNotEqual(before.secret, after.secret)
        self.assertEqual(unseal(after.secret), "good-token")

    def test_only_the_first_that_speaks_as_files_do_shares_their_numbers(self) -> None:
        first, second = make_call_account(), make_call_account()
        self.assertEqual((first.key_prefix, second.key_prefix), ("", f"{second.pk}:"))

    def test_jobs_have_their_names(self) -> None:
        self.assertIn(jobs.PULL, JOBS)


class Pages(FakeCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(make_staff(VIEW, ADD, CHANGE))
        self.add = reverse("admin:tracking_calltrackingaccount_add")

    def post(self, url: str, **fields: str) -> CallTrackingAccount:
        data = {"name": "Основной", "provider": "comagic", "time_zone": "Asia/Omsk", "since": "01.05.2025"}
        data |= {"every": "30", "overlap": "3", "is_active": "on", "option_timeout": ""}
        data["option_records"] = "https://app.comagic.ru/system/media/talk"
        answer = self.client.post(url, {**data, "option_url": f"{self.url}/v2.0", **fields})
        self.assertEqual(answer.status_code, 302, getattr(answer, "context", None) and answer.context["errors"])
        return CallTrackingAccount.objects.get()

    def verb(self, account: CallTrackingAccount, name: str) -> str:
        return reverse(f"admin:tracking_calltrackingaccount_{name}", args=[account.pk])

    def test_entered_once_and_never_shown(self) -> None:
        account = self.post(self.add, password="good-token")
        page = self.client.get(self.verb(account, "change"))
        self.assertNotContains(page, "good-token")
        self.assertNotContains(page, account.secret)
        account = self.post(self.verb(account, "change"), name="Другое имя")
        self.assertEqual((account.name, unseal(account.secret)), ("Другое имя", "good-token"))
        self.assertEqual((account.time_zone, account.options), ("Asia/Omsk", {"url": f"{self.url}/v2.0"}))

    def test_it_is_tried_and_the_answer_stays(self) -> None:
        account = self.post(self.add, password="good-token")
        self.assertContains(self.client.post(self.verb(account, "check"), follow=True), "Ключ принят")
        self.post(self.verb(account, "change"), password="bad-token")
        page = self.client.post(self.verb(account, "check"), follow=True)
        self.assertContains(page, "access_token_invalid")
        self.assertIn("access_token_invalid", CallTrackingAccount.objects.get().check_answer)

    def test_whoever_loads_files_may_have_calls_read(self) -> None:
        account = self.post(self.add, password="good-token")
        for user, status in ((make_staff(VIEW), 403), (make_staff(VIEW, "tracking.add_call"), 302)):
            self.client.force_login(user)
            self.assertEqual(self.client.post(self.verb(account, "read")).status_code, status)
            self.assertEqual(self.client.post(self.verb(account, "check")).status_code, 403)

    def test_what_went_wrong_and_what_is_under_way_are_seen(self) -> None:
        account = make_call_account(problem="Сервис не отвечает", failures=2)
        moment = account.created_at
        CallPull.objects.create(account=account, since=moment, until=moment, read_until=moment, new=17)
        page = self.client.get(self.verb(account, "change"))
        self.assertContains(page, "Сервис не отвечает")
        self.assertContains(page, "<progress")
        CallPull.objects.update(finished_at=moment)
        self.assertNotContains(self.client.get(self.verb(account, "change")), "<progress")

    def test_a_day_to_come_is_refused(self) -> None:
        data = {"name": "Основной", "provider": "comagic", "since": "01.05.2099", "time_zone": "Asia/Omsk"}
        answer = self.client.post(self.add, data | {"every": "30", "overlap": "3", "option_url": self.url})
        self.assertContains(answer, "ещё не наступил", status_code=200)
