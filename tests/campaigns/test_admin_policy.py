"""The page of the contact policy: who may change it, how days are written, what is refused."""

from datetime import time
from typing import Any

from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse

from campaigns.models import Policy
from tests.segments.builders import make_staff

PAGE = reverse("admin:campaigns_policy_change", args=[1])
FILLED = {
    "per_month": "4", "per_month_fewer": "1", "wanted_per_month": "3", "hours_from": "09:00", "hours_until": "21:00",
    "quiet_channels": ["sms", "push"], "days_off": "01.01\n09.05\n 10.05.2027 \n", "over_sms": "2", "over_email": "",
    "discounts": "2", "discount_days": "60", "trained_percent": "25",
}  # fmt: skip


class PolicyPage(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.approver = make_staff("campaigns.view_policy", "campaigns.change_policy")

    def setUp(self) -> None:
        self.client.force_login(self.approver)

    def post(self, **changed: Any) -> Any:
        return self.client.post(PAGE, FILLED | changed, follow=True)

    def refused(self, words: str, **changed: Any) -> None:
        self.assertContains(self.post(**changed), words)
        self.assertFalse(Policy.objects.exists())

    def test_the_list_is_the_one_page_and_shows_the_defaults(self) -> None:
        answer = self.client.get(reverse("admin:campaigns_policy_changelist"))
        self.assertContains(answer, 'value="09:00')
        self.assertContains(answer, "По часам получателя")

    def test_what_is_saved_is_in_force_and_shown_again_as_it_was_written(self) -> None:
        self.assertContains(self.post(), "Сохранено")
        policy = Policy.now()
        self.assertEqual((policy.hours_until, policy.quiet_channels), (time(21), ["sms", "push"]))
        self.assertEqual(policy.per_channel, {"sms": 2})
        self.assertEqual((policy.discounts, policy.discount_days, policy.trained_percent), (2, 60, 25))
        self.assertEqual(policy.days_off, ["01-01", "05-09", "2027-05-10"])
        self.assertContains(self.client.get(PAGE), "01.01\n09.05\n10.05.2027")
        self.assertEqual(Policy.history.get().history_user, self.approver)

    def test_mistakes_are_said_and_nothing_is_saved(self) -> None:
        self.refused("«завтра» — не день", days_off="завтра")
        self.refused("Такого дня нет: 31.02", days_off="31.02")
        self.refused("Такого дня нет: 29.02.2027", days_off="29.02.2027")
        self.refused("позже, чем начинается", hours_until="08:00")
        self.refused("больше либо равно 1", over_sms="0")
        self.refused("больше либо равно 7", discount_days="6")
        self.refused("не может получать больше остальных", per_month_fewer="5")
        self.refused(
            "больше 100", days_off="\n".join(f"{day:02}.{month:02}" for month in range(1, 9) for day in range(1, 16))
        )

    def test_who_may_only_look_sees_it_and_cannot_save(self) -> None:
        self.client.force_login(make_staff("campaigns.view_policy"))
        self.assertContains(self.client.get(PAGE), "Тихие часы")
        self.assertEqual(self.client.post(PAGE, FILLED).status_code, 403)
        self.client.force_login(make_staff())
        self.assertEqual(self.client.get(PAGE).status_code, 403)
        self.assertEqual(self.client.get(reverse("admin:campaigns_policy_changelist")).status_code, 403)

    def test_there_is_no_other_and_none_is_made_or_deleted(self) -> None:
        self.client.force_login(get_user_model().objects.create_superuser("root", password="x"))
        self.assertEqual(self.client.get(reverse("admin:campaigns_policy_add")).status_code, 403)
        self.assertEqual(self.client.get(reverse("admin:campaigns_policy_delete", args=[1])).status_code, 403)
        self.assertEqual(
            self.client.get(reverse("admin:campaigns_policy_change", args=[2]), follow=False).status_code, 302
        )
