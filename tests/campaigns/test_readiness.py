"""What stands in the way of a launch on the side of the account."""

from django.test import TestCase

from campaigns.readiness import obstacles
from channels import health
from tests.campaigns.builders import make_account, make_campaign, make_segment_with


class AccountTest(TestCase):
    def obstacles(self, **fields: object) -> list[str]:
        return obstacles(make_campaign(make_segment_with(1), account=make_account(**fields)))

    def test_an_account_that_may_carry_the_campaign_is_no_obstacle(self) -> None:
        self.assertEqual(self.obstacles(purpose="both"), [])
        self.assertEqual(self.obstacles(purpose="advertising"), [])

    def test_one_for_service_messages_carries_no_advertising(self) -> None:
        self.assertIn("не для сообщений с такой целью", self.obstacles(purpose="service")[0])

    def test_one_that_waits_for_a_person_and_one_out_of_use(self) -> None:
        self.assertIn("отключён", self.obstacles(is_active=False)[0])
        campaign = make_campaign(make_segment_with(1), account=make_account())
        health.failed(campaign.account_id, "Пароль", permanent=True)
        self.assertIn("пока его не исправят", obstacles(campaign)[0])
        health.resume(campaign.account)
        self.assertEqual(obstacles(campaign), [])
