"""The numbers of an account beside ours: what is missing is added once, by whoever may, and nothing that was not told."""

from django.test import TestCase
from django.urls import reverse

from tests.segments.builders import make_staff
from tests.tracking.builders import make_lease, make_number
from tests.tracking.call_services import FakeCase, make_call_account
from tracking.models import SubstituteNumber

RIGHTS = ("tracking.view_calltrackingaccount", "tracking.add_substitutenumber", "tracking.view_substitutenumber")
THERE = [
    {"virtual_phone_number": "78120006666", "name": "SMS осень", "campaigns": []},
    {"virtual_phone_number": "78120007777", "name": None, "campaigns": [{"campaign_name": "Сайт"}]},
]


class Numbers(FakeCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.account = make_call_account(url=f"{self.url}/v2.0")
        self.page = reverse("admin:tracking_calltrackingaccount_numbers", args=[self.account.pk])
        self.client.force_login(make_staff(*RIGHTS))
        self.world(numbers=THERE)

    def test_both_sides_are_seen(self) -> None:
        make_lease(make_number("+78120006666"))
        make_number("+78120009999")
        page = self.client.get(self.page)
        self.assertContains(page, 'type="checkbox"', count=1)
        self.assertContains(page, "+78120007777")
        self.assertContains(page, "…9999")

    def test_what_is_missing_is_added_once_under_its_name(self) -> None:
        sent = {"number": ["+78120007777", "+78120006666", "+79990000000"]}
        self.assertEqual(self.client.post(self.page, sent).status_code, 302)
        self.client.post(self.page, sent)
        told = SubstituteNumber.objects.order_by("number").values_list("number", "note")
        self.assertEqual(list(told), [("+78120006666", "SMS осень"), ("+78120007777", "Сайт")])

    def test_only_what_is_ticked(self) -> None:
        self.client.post(self.page, {"number": "+78120007777"})
        self.client.post(self.page, {})
        self.assertEqual(SubstituteNumber.objects.get().number, "+78120007777")

    def test_without_the_right_nothing(self) -> None:
        self.client.force_login(make_staff(*RIGHTS[:1]))
        self.assertEqual(self.client.post(self.page, {"number": "+78120007777"}).status_code, 403)
        self.assertEqual(SubstituteNumber.objects.count(), 0)

    def test_a_provider_that_does_not_answer_or_does_not_tell(self) -> None:
        self.plan(500)
        self.assertRedirects(self.client.get(self.page), self.page.replace("numbers", "change"))
        silent = make_call_account("callibri")
        page = reverse("admin:tracking_calltrackingaccount_numbers", args=[silent.pk])
        self.assertContains(self.client.get(page, follow=True), "не сообщает свои номера")
