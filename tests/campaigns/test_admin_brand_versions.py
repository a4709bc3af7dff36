"""The pages of versions by brand: the list on the form, the page of each, the review, and previews in the right version."""

from urllib.parse import urlencode

from django.test import TestCase
from django.urls import reverse

from campaigns import plan_fields, versions, writing
from campaigns.models import Campaign
from tests.campaigns.builders import LETTER, make_account, make_campaign, make_reader, make_segment_with
from tests.segments.builders import make_brand, make_facts, make_staff
from tests.tracking.builders import make_number

MANAGER = ("campaigns.view_campaign", "campaigns.add_campaign", "campaigns.change_campaign")


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager = make_staff(*MANAGER, username="manager")
        cls.lada, cls.kia = make_brand("Lada"), make_brand("Kia")
        cls.nobody, cls.owner = make_reader(first_name="Олег"), make_reader(first_name="Анна")
        make_facts(cls.owner, last_brand=cls.lada)
        cls.segment = make_segment_with([cls.nobody, cls.owner])
        account = make_account(other_senders="lada.example")
        cls.campaign = make_campaign(cls.segment, author=cls.manager, account=account)

    def setUp(self) -> None:
        self.client.force_login(self.manager)

    def url(self, name: str, *args: object) -> str:
        return reverse(f"admin:campaigns_campaign_{name}", args=[self.campaign.pk, *args])

    def form(self, **changes: object) -> dict[str, object]:
        return {
            "name": "Осмотр", "purpose": "advertising", "brand": "", "account": self.campaign.account_id, "starts_at": "",
            "lateness_hours": 12, "priority": 2, "control_percent": 0, "segments_in": [self.segment.pk],
            "subject": "Основная", "preheader": "", "body": LETTER,
        } | changes  # fmt: skip

    def add(self, brand: object = "", **changes: object):
        data = self.form(_version="new", new_version=getattr(brand, "pk", brand), **changes)
        return self.client.post(self.url("change"), data, follow=True)

    def version(self, **texts: object):
        self.add(self.lada)
        data = {"subject": "Для Lada", "preheader": "", "body": LETTER} | texts
        return self.client.post(self.url("version", self.lada.pk), data, follow=True)


class FormTests(Pages):
    def test_a_version_is_added_as_a_copy_of_what_was_just_written(self) -> None:
        page = self.add(self.lada)
        self.assertRedirects(page, self.url("version", self.lada.pk))
        self.assertContains(page, "Основная")
        self.assertEqual(writing.current(self.campaign, self.lada).written(), writing.current(self.campaign).written())
        form = self.client.get(self.url("change"))
        self.assertContains(form, f'name="_version" value="{self.lada.pk}"')
        self.assertNotIn(self.lada, form.context["new_versions"])
        self.assertIn(self.kia, form.context["new_versions"])

    def test_without_a_brand_the_form_says_so_and_is_saved(self) -> None:
        page = self.add()
        self.assertContains(page, "Выберите бренд")
        self.assertEqual(writing.current(self.campaign).subject, "Основная")
        self.assertEqual(len(versions.every(self.campaign)), 1)

    def test_what_is_no_brand_makes_no_version(self) -> None:
        self.client.post(self.url("change"), self.form(_version="new", new_version="999999"))
        self.client.post(self.url("change"), self.form(_version="x"))
        self.assertEqual(len(versions.every(self.campaign)), 1)

    def test_the_channel_stays_while_there_are_versions(self) -> None:
        self.add(self.lada)
        sms = make_account(channel="sms", provider="http_sms", mode="journal", sender_name="ALFA")
        page = self.client.post(self.url("change"), self.form(account=sms.pk, text="Ждём вас"))
        self.assertContains(page, "Версии и варианты написаны")
        self.campaign.refresh_from_db()
        self.assertEqual(self.campaign.channel, "email")

    def test_who_has_no_version_is_a_choice_of_the_form(self) -> None:
        self.add(self.lada)
        self.client.post(self.url("change"), self.form(needs_version="True"))
        self.campaign.refresh_from_db()
        self.assertTrue(self.campaign.needs_version)


class VersionTests(Pages):
    def test_a_version_has_a_sender_a_centre_and_a_number_of_its_own(self) -> None:
        number = make_number("+78120006666")
        page = self.version(
            sender_name="Лада Центр", sender_address="club@lada.example", centre_address="Выборгское шоссе, 27",
            centre_hours="с 9 до 21", plan_number=number.number, _back="1",
        )  # fmt: skip
        self.assertRedirects(page, self.url("change"))
        self.assertContains(page, "Лада Центр")
        content = writing.current(self.campaign, self.lada)
        self.assertEqual(content.extras["sender"], {"name": "Лада Центр", "address": "club@lada.example"})
        self.assertEqual(content.extras["centre"], {"address": "Выборгское шоссе, 27", "hours": "с 9 до 21"})
        self.assertEqual([field.load(self.campaign) for field in plan_fields.every(self.lada)], [number])
        again = self.client.get(self.url("version", self.lada.pk))
        self.assertContains(again, "club@lada.example")
        self.assertNotIn("centre", writing.current(self.campaign).extras)

    def test_a_sender_that_the_account_may_not_use_is_not_saved(self) -> None:
        for address in ("club@evil.example", "club", "a b@lada.example"):
            page = self.version(sender_address=address)
            self.assertTrue(page.context["form"].errors["sender_address"], address)
        self.assertEqual(writing.current(self.campaign, self.lada).subject, "Основная")

    def test_removing_gives_the_number_back(self) -> None:
        self.version(plan_number=make_number("+78120006666").number)
        page = self.client.post(self.url("remove_version", self.lada.pk), follow=True)
        self.assertContains(page, "удалена")
        self.assertEqual(len(versions.every(self.campaign)), 1)
        self.assertEqual([field.load(self.campaign) for field in plan_fields.every(self.lada)], [None])

    def test_only_a_draft_is_edited(self) -> None:
        self.version()
        Campaign.objects.update(state="in_review")
        for name, data in (("version", {"subject": "Позже", "body": LETTER}), ("remove_version", {})):
            page = self.client.post(self.url(name, self.lada.pk), data, follow=True)
            self.assertContains(page, "уже не черновик")
        self.assertEqual(writing.current(self.campaign, self.lada).subject, "Для Lada")

    def test_a_brand_without_a_version_has_no_page(self) -> None:
        page = self.client.get(self.url("version", self.kia.pk), follow=True)
        self.assertContains(page, "нет версии для этого бренда")


class PreviewTests(Pages):
    def letter(self, **asked: object) -> str:
        return self.client.get(f"{self.url('letter')}?{urlencode(asked)}").content.decode()

    def test_any_person_is_shown_in_her_version(self) -> None:
        self.version(sender_name="Лада Центр")
        self.assertIn("Основная", self.letter(who="first"))  # the first of the segment has no car
        of_lada = self.letter(who="first", version=self.lada.pk)
        self.assertIn("Для Lada", of_lada)
        self.assertIn("Лада Центр", of_lada)
        self.assertIn("Анна", of_lada)
        self.assertIn("Олег", self.letter(who="first", version="main"))

    def test_who_gets_nothing_is_told(self) -> None:
        self.version()
        Campaign.objects.update(needs_version=True)
        self.assertIn("нет версии", self.letter(who="first"))

    def test_the_page_of_a_version_is_looked_at_by_its_people(self) -> None:
        self.version()
        data = self.form(campaign=self.campaign.pk, version=self.lada.pk, subject="Пишу для Lada", who="first")
        page = self.client.post(reverse("admin:campaigns_campaign_preview"), data).content.decode()
        self.assertIn("Пишу для Lada", page)
        self.assertIn("Анна", page)

    def test_the_review_counts_each_version(self) -> None:
        self.version()
        page = self.client.get(self.url("review"))
        self.assertEqual(
            [(row["brand"], row["people"]) for row in page.context["versions"]], [(self.lada, 1), (None, 1)]
        )
        self.assertContains(page, "Для кого версии нет, тот получит основную.")
