"""The manager's way with an audience export: form, review, approval, launch, page, what was spent, end, clone."""

from datetime import timedelta

from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from campaigns import running
from campaigns.models import AdAudience, Campaign, CampaignEvent
from campaigns.profile_panel import messages_of
from channels.models import ListAccount
from segments.models import ExternalList
from tests.campaigns.ad_audiences import AdCase, make_audience, withdraw
from tests.campaigns.builders import approve, make_account
from tests.campaigns.test_admin_campaigns import APPROVER, MANAGER
from tests.segments.builders import make_interaction, make_segment, make_staff
from tracking.reports import report

ADD = "admin:campaigns_campaign_add"


class PageCase(AdCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.manager = make_staff(*MANAGER, "segments.view_externallist", username="manager")
        cls.approver = make_staff(*APPROVER, username="approver")
        make_account()

    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.manager)

    def at(self, name: str, campaign: Campaign, *args: object) -> str:
        return reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk, *args])

    def do(self, verb: str, campaign: Campaign, user: object, **data: str) -> None:
        self.client.force_login(user)
        self.client.post(self.at("verb", campaign, verb), data)
        campaign.refresh_from_db()

    def filled_in(self, **changes: object) -> dict[str, object]:
        return {
            "kind": "audience", "name": "Ретаргетинг", "brand": "", "cabinet": f"{self.account.pk}-phone", "list_name": "",
            "budget": "50000", "starts_at": "", "ends_on": f"{timezone.localdate() + timedelta(days=30)}",
            "lateness_hours": 12, "control_percent": 10, "segments_in": [self.segment.pk],
            "hypothesis": "Вернутся на сервис", "no_segments": "Это все, кто у нас есть",
        } | changes  # fmt: skip


class Form(PageCase):
    def test_it_is_chosen_on_the_form_of_a_new_campaign(self) -> None:
        page = self.client.get(reverse(ADD) + f"?segments_in={self.segment.pk}")
        self.assertContains(page, f'href="?segments_in={self.segment.pk}&amp;kind=audience"')
        page = self.client.get(reverse(ADD) + f"?segments_in={self.segment.pk}&kind=audience")
        for words in ("Кому показывать рекламу", "Яндекс: телефоны", "Бюджет, ₽", 'type="date"', "checked"):
            self.assertContains(page, words)
        for field in ("subject", "purpose", "priority", "ceiling", "account"):
            self.assertNotContains(page, f'name="{field}"')

    def test_a_draft(self) -> None:
        answer = self.client.post(reverse(ADD) + "?kind=audience", self.filled_in(_review="1"))
        made = Campaign.objects.get()
        self.assertRedirects(answer, self.at("review", made))
        self.assertEqual(
            (made.kind, made.channel, made.purpose, made.account), ("audience", "ads", "advertising", None)
        )
        audience = made.ad_audience
        self.assertEqual((audience.account, audience.kind, audience.budget), (self.account, "phone", 50_000))
        self.assertTrue(made.salt)
        page = self.client.get(self.at("change", made))
        self.assertContains(page, "Вернутся на сервис")
        self.assertContains(page, 'value="50000"')
        self.client.post(self.at("change", made), self.filled_in(budget="70000", cabinet=f"{self.account.pk}-email"))
        audience.refresh_from_db()
        self.assertEqual((audience.budget, audience.kind, Campaign.objects.count()), (70_000, "email", 1))

    def test_what_is_wrong_is_said(self) -> None:
        wrong = {
            "budget": "",
            "ends_on": f"{timezone.localdate() - timedelta(days=1)}",
            "segments_out": [self.segment.pk],
        }
        page = self.client.post(reverse(ADD) + "?kind=audience", self.filled_in(**wrong))
        for words in ("Обязательное поле", "раньше начала", "одновременно"):
            self.assertContains(page, words)
        self.assertFalse(Campaign.objects.exists())

    def test_services_of_mailings_are_no_ad_accounts(self) -> None:
        ListAccount.objects.create(name="Рассылки", provider="mailchimp")
        ListAccount.objects.create(name="Старый", provider="vk_ads", is_active=False)
        page = self.client.get(reverse(ADD) + "?kind=audience")
        self.assertNotContains(page, "Рассылки")
        self.assertNotContains(page, "Старый")
        ListAccount.objects.update(is_active=False)
        self.assertContains(self.client.get(reverse(ADD) + "?kind=audience"), "Рекламный кабинет ещё не подключён")

    def test_its_audience_is_counted_and_costs_no_messages(self) -> None:
        answer = self.client.post(reverse("admin:campaigns_campaign_audience"), self.filled_in())
        self.assertContains(answer, "≈ 150 человек")
        self.assertNotContains(answer, "₽")
        with self.settings(LEGAL_GATE={"ads": {"advertising": False}}):
            answer = self.client.post(reverse("admin:campaigns_campaign_audience"), self.filled_in())
        self.assertContains(answer, "LEGAL_GATE")


class Way(PageCase):
    def test_from_the_review_to_the_end(self) -> None:
        campaign = make_audience(self.segment, self.account, control_percent=10, author=self.manager)
        self.client.post(self.at("change", campaign), self.filled_in(control_percent=10))
        withdraw(self.points[0])
        review = self.client.get(self.at("review", campaign))
        for words in (
            "Увидят рекламу",
            "Нет согласия",
            "Контрольная группа",
            "50\xa0000",
            "Krug",
            "Прогноз окупаемости",
        ):
            self.assertContains(review, words)
        for words in ("Сообщение</h2>", "История текстов", "Имена и значения"):
            self.assertNotContains(review, words)
        self.do("submit", campaign, self.manager)
        self.assertEqual(campaign.state, "in_review")
        self.do("approve", campaign, self.manager)
        self.assertEqual(campaign.state, "in_review")
        self.client.force_login(self.approver)
        seen = self.client.get(self.at("review", campaign)).context["fingerprint"]
        self.do("approve", campaign, self.approver, seen=seen)
        self.do("start", campaign, self.manager)
        self.assertEqual(campaign.state, "running")
        self.assertContains(self.client.get(self.at("page", campaign)), "первый обмен начнётся в течение минуты")
        self.sync(campaign)
        page = self.client.get(self.at("page", campaign))
        uploaded = self.identity(campaign)["accepted"]
        for words in (
            f"Выгружено {uploaded} из {uploaded}",
            "готов",
            "Обмены с кабинетом",
            f"Krug {campaign.pk}",
            "найдено",
        ):
            self.assertContains(page, words)
        self.assertNotContains(page, "Исправление")
        self.assertContains(
            self.client.get(self.at("progress", campaign) + "?state=running"), f"{uploaded} из {uploaded}"
        )
        self.do("stop", campaign, self.manager)
        self.assertContains(self.client.get(self.at("page", campaign)), "Клиенты убираются из списка в кабинете")
        self.sync(campaign)
        page = self.client.get(self.at("page", campaign))
        self.assertContains(page, "список очищен")
        self.assertContains(page, f"найдено совпадений: {uploaded // 2} из {uploaded}")

    def test_too_few_people_are_told_before_the_approval(self) -> None:
        campaign = make_audience(make_segment(*self.customers[:50]), self.account, author=self.manager)
        self.assertContains(self.client.get(self.at("review", campaign)), "50 адресов")
        self.assertContains(self.client.get(self.at("counted", campaign)), "50 адресов")

    def test_a_failing_ad_account_is_on_the_page(self) -> None:
        campaign = self.started(author=self.manager)
        self.plan(401)
        self.sync(campaign)
        self.assertContains(self.client.get(self.at("page", campaign)), "401")

    def test_what_was_spent(self) -> None:
        campaign = self.started(author=self.manager)
        self.sync(campaign)
        self.client.post(self.at("spent", campaign), {"spent": "много"})
        self.assertIsNone(AdAudience.objects.get().spent)
        self.client.post(self.at("spent", campaign), {"spent": "12345"})
        self.assertEqual(AdAudience.objects.get().spent, 12_345)
        self.assertEqual(CampaignEvent.objects.filter(campaign=campaign).first().verb, "spent")
        self.assertContains(self.client.get(self.at("page", campaign)), "12\xa0345")
        self.assertEqual(report(campaign)["cost"], "12345.00")
        self.client.force_login(make_staff("campaigns.view_campaign"))
        self.assertEqual(self.client.post(self.at("spent", campaign), {"spent": "1"}).status_code, 403)

    def test_what_came_of_it_against_the_control_group(self) -> None:
        campaign = self.started(control_percent=10, author=self.manager)
        for customer in self.customers:
            make_interaction(customer, happened_at=timezone.now() + timedelta(days=1))
        panels = self.client.get(self.at("panels", campaign))
        self.assertContains(panels, "показывали рекламу")
        self.assertNotContains(panels, "Звонки</h2>")
        told = report(campaign)
        self.assertEqual((told["deals"] + told["control"]["deals"], told["control"]["size"] > 0), (150, True))

    def test_of_one_person(self) -> None:
        campaign = self.started(author=self.manager)
        ask = self.at("person", campaign) + "?q=Имя7"
        self.assertContains(self.client.get(ask), "Ещё не выгружен")
        withdraw(self.points[7])
        self.sync(campaign)
        self.assertContains(self.client.get(self.at("person", campaign) + "?q=Имя8"), "в рекламном кабинете с обмена")
        self.end_period(campaign)
        self.sync(campaign)
        self.assertContains(self.client.get(ask), "Так и не попал в кабинет: нет согласия")
        for why, words in (("accepted", "Выгружено"), ("no_consent", "Нет согласия")):
            self.assertContains(self.client.get(self.at("people", campaign) + f"?why={why}"), words)
        request = RequestFactory().get("/")
        request.user = self.manager
        (row,) = messages_of(request, self.customers[8])["messages"]
        self.assertEqual((row["word"], row["subject"]), ("выгружено в рекламный кабинет", ""))

    def test_in_lists_and_on_the_calendar(self) -> None:
        campaign = make_audience(self.segment, self.account, author=self.manager)
        Campaign.objects.update(starts_at=timezone.now() + timedelta(hours=1))
        for page in ("admin:campaigns_campaign_changelist", "admin:campaigns_calendar"):
            found = self.client.get(reverse(page), {"channel": "ads"} if page.endswith("calendar") else {})
            self.assertContains(found, campaign.name)
            self.assertContains(found, "Рекламные кабинеты")
        Campaign.objects.update(starts_at=None)
        campaign.refresh_from_db()
        approve(campaign)
        running.start(campaign)
        self.assertContains(self.client.get(reverse("admin:campaigns_campaign_changelist")), "0 / 150")

    def test_its_list_is_changed_nowhere_else(self) -> None:
        self.started(author=self.manager)
        self.client.force_login(make_staff("segments.view_externallist", "segments.change_externallist"))
        url = reverse("admin:segments_externallist_change", args=[ExternalList.objects.get().pk])
        self.assertNotContains(self.client.get(url), 'name="is_active"')
        self.assertEqual(self.client.post(url, {"name": "x"}).status_code, 403)

    def test_a_clone_opens_its_own_form(self) -> None:
        campaign = self.started(author=self.manager)
        self.client.post(self.at("clone", campaign))
        draft = Campaign.objects.exclude(pk=campaign.pk).get()
        self.assertContains(self.client.get(self.at("change", draft)), "Кому показывать рекламу")
