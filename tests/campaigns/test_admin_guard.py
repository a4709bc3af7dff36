"""The card of the wrong-name guard on the review of a campaign, and its two buttons."""

from unittest import mock

from campaigns import bell, running
from campaigns.models import Campaign, CampaignEvent
from tests.campaigns.builders import LETTER, make_content
from tests.campaigns.test_admin_campaigns import Pages
from tests.campaigns.test_guard import make_base, make_named
from tests.segments.builders import make_segment


class GuardPageTests(Pages):
    def setUp(self) -> None:
        super().setUp()
        make_base()
        self.campaign.segments_in.set([make_segment(*make_named(["Юлия"] * 30))])
        make_content(self.campaign, subject="Привет", body=LETTER)
        self.do("submit", self.manager)

    def review(self, user: object) -> object:
        self.client.force_login(user)
        return self.client.get(self.url("review"))

    def test_before_anybody_has_looked_it_says_so(self) -> None:
        self.assertContains(self.review(self.approver), "Проверка ещё не прошла")

    def test_a_draft_at_which_nobody_has_looked_has_no_card(self) -> None:
        Campaign.objects.update(state="draft")
        self.assertNotContains(self.review(self.manager), "Имена и подстановки")

    def test_the_values_are_listed_and_an_approver_lets_them_go(self) -> None:
        running.rehearse(self.campaign)
        page = self.review(self.approver)
        self.assertContains(page, "Собрано и прочитано 30 сообщений из 30")
        self.assertContains(page, "«Юлия» в подстановке «имя» получат 30 человек: 100,0")
        self.assertContains(page, "остановит запуск")
        self.assertContains(page, "Эти значения верны?")
        page = self.do("vouch", self.approver, seen=str(self.campaign.inspections.get().pk))
        self.assertContains(page, "Подтверждено")
        self.assertContains(page, "Подтверждены значения")  # in the diary
        self.assertNotContains(page, "остановит запуск")
        self.assertNotContains(page, "Эти значения верны?")
        self.assertTrue(CampaignEvent.objects.filter(campaign=self.campaign, verb="vouch").exists())

    def test_a_manager_sees_them_without_the_button_and_cannot_press_it(self) -> None:
        running.rehearse(self.campaign)
        page = self.review(self.manager)
        self.assertContains(page, "«Юлия»")
        self.assertNotContains(page, "Эти значения верны?")
        seen = str(self.campaign.inspections.get().pk)
        self.assertEqual(self.do("vouch", self.manager, seen=seen).status_code, 403)

    def test_a_refused_start_brings_the_sentence_and_the_card(self) -> None:
        self.do("approve", self.approver)
        page = self.do("start", self.manager)
        self.assertContains(page, "Проверка имён и подстановок остановила запуск")
        self.assertContains(page, "С такими значениями кампания не запустится")
        self.assertEqual(self.campaign.state, "scheduled")

    def test_another_look_is_asked_for(self) -> None:
        with mock.patch.object(bell, "ring_inspection", return_value=True) as ring:
            self.assertContains(self.do("inspect", self.manager), "Проверка запущена")
        ring.assert_called_once_with(self.campaign.pk)
