from unittest import mock

from campaigns import behind, running
from segments.models import ContactPoint
from tests.campaigns.builders import approve
from tests.campaigns.test_admin_campaigns import Pages


class PeoplePages(Pages):
    def ask(self, why: str = "", after: str = "") -> object:
        return self.client.get(self.url("people"), {"why": why, "after": after})

    def test_the_waterfall_leads_to_people_with_masked_addresses(self) -> None:
        self.assertContains(self.client.get(self.url("review")), f"{self.url('people')}?why=to_send")
        page = self.ask("to_send")
        self.assertContains(page, "если запустить кампанию сейчас")
        self.assertContains(page, "Анна")
        self.assertNotContains(page, ContactPoint.objects.get(holders__customer=self.anna).value)
        self.assertContains(self.ask("no_consent"), "Здесь никого нет")

    def test_what_is_no_number_is_not_found(self) -> None:
        for why in ("accepted", "anything", "to_send'--", "x" * 50):
            self.assertEqual(self.ask(why).status_code, 404, why)
        self.assertEqual(self.ask("to_send", "9" * 40).status_code, 200)

    def test_the_page_of_a_run_leads_there_too(self) -> None:
        approve(self.campaign)
        running.start(self.campaign)
        self.assertContains(self.client.get(self.url("page")), f"{self.url('people')}?why=pending")
        self.assertContains(self.ask("pending"), "Анна")
        self.assertNotContains(self.ask("pending"), "если запустить")
        self.assertEqual(self.ask("to_send").status_code, 200)  # a reason that nobody has
        self.assertEqual(self.ask("two words").status_code, 404)

    def test_many_come_a_page_at_a_time(self) -> None:
        with mock.patch.object(behind, "PAGE", 1):
            page = self.ask("to_send")
            self.assertContains(page, f"after={self.anna.pk}")
            last = self.ask("to_send", str(self.anna.pk))
        self.assertContains(last, "К началу")
        self.assertNotContains(last, "Следующие")

    def test_a_stranger_sees_nobody(self) -> None:
        self.client.force_login(self.stranger)
        self.assertEqual(self.ask("to_send").status_code, 403)
