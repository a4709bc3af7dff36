"""The pages of variants: their card on the form, the page of each, the review, and previews in the right variant."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns import launch_gate, variants, versions, writing
from campaigns.models import Campaign, Experiment
from tests.campaigns.builders import LETTER, make_account, make_campaign, make_segment_with
from tests.campaigns.test_versions import make_version
from tests.segments.builders import make_brand, make_staff

MANAGER = ("campaigns.view_campaign", "campaigns.add_campaign", "campaigns.change_campaign")
SETTINGS = {"exp_metric": "clicked", "exp_base": "", "exp_effect": "1", "exp_alpha": "5", "exp_power": "80"}


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager = make_staff(*MANAGER, username="manager")
        cls.segment = make_segment_with(12)
        cls.campaign = make_campaign(cls.segment, author=cls.manager, account=make_account())

    def setUp(self) -> None:
        self.client.force_login(self.manager)

    def url(self, name: str, *args: object) -> str:
        return reverse(f"admin:campaigns_campaign_{name}", args=[self.campaign.pk, *args])

    def form(self, **changes: object) -> dict[str, object]:
        rows = {variant.letter: variant for variant in variants.every(self.campaign)}
        told = {f"share_{letter}": variant.share for letter, variant in rows.items()} | (SETTINGS if rows else {})
        return {
            "name": "Осмотр", "purpose": "advertising", "brand": "", "account": self.campaign.account_id, "starts_at": "",
            "lateness_hours": 12, "priority": 2, "control_percent": 0, "segments_in": [self.segment.pk],
            "subject": "Основная", "preheader": "", "body": LETTER, **told,
        } | changes  # fmt: skip

    def add(self, **changes: object):
        return self.client.post(self.url("change"), self.form(_variant="new", **changes), follow=True)

    def post(self, name: str, *args: object, **data: object):
        return self.client.post(self.url(name, *args), data, follow=True)


class FormTests(Pages):
    def test_a_variant_is_added_as_a_copy_of_what_was_just_written(self) -> None:
        page = self.add()
        self.assertRedirects(page, self.url("variant", "B"))
        self.assertContains(page, "Основная")
        self.assertEqual(writing.current(self.campaign, variant="B").subject, "Основная")
        self.assertEqual([variant.share for variant in variants.every(self.campaign)], [50, 50])
        form = self.client.get(self.url("change"))
        self.assertContains(form, 'name="share_B"')
        self.assertContains(form, 'name="exp_metric"')

    def test_pages_ask_no_more_for_more_variants(self) -> None:
        counted = []
        for _ in range(2):
            self.add()
            with CaptureQueriesContext(connection) as asked:
                for name in ("change", "review", "versions"):
                    self.client.get(self.url(name))
            counted.append(len(asked))
            self.add()
        self.assertEqual(counted[0], counted[1])

    def test_shares_hours_and_settings_are_kept(self) -> None:
        self.add()
        changes = {
            "share_A": 70,
            "share_B": 30,
            "hour_B": 18,
            "tries_B": "короче",
            "exp_metric": "bought",
            "exp_effect": "0.5",
        }
        page = self.client.post(self.url("change"), self.form(**changes), follow=True)
        self.assertRedirects(page, self.url("change"))
        rows = [(row.letter, row.share, row.hour, row.name) for row in variants.every(self.campaign)]
        self.assertEqual(rows, [("A", 70, None, ""), ("B", 30, 18, "короче")])
        kept = Experiment.objects.get()
        self.assertEqual((kept.metric, float(kept.effect)), ("bought", 0.5))

    def test_shares_that_are_no_whole_are_told_and_not_kept(self) -> None:
        self.add()
        page = self.client.post(self.url("change"), self.form(share_A=50, share_B=40))
        self.assertContains(page, "90 %")
        self.assertEqual([variant.share for variant in variants.every(self.campaign)], [50, 50])

    def test_an_open_button_saves_and_leads_to_the_variant(self) -> None:
        self.add()
        page = self.client.post(self.url("change"), self.form(_variant="B", name="Иначе"), follow=True)
        self.assertRedirects(page, self.url("variant", "B"))
        self.assertEqual(Campaign.objects.get().name, "Иначе")

    def test_six_are_the_most(self) -> None:
        for _ in range(5):
            self.add()
        self.assertNotContains(self.client.get(self.url("change")), 'name="_variant" value="new"')
        self.add()
        self.assertEqual(len(variants.every(self.campaign)), 6)

    def test_the_channel_stays_while_there_are_variants(self) -> None:
        self.add()
        other = make_account(channel="sms", provider="smsc")
        page = self.client.post(self.url("change"), self.form(account=other.pk, text="Ждём"))
        self.assertEqual(page.status_code, 200)
        self.assertIn("account", page.context["form"].errors)

    def test_how_many_people_it_takes_is_counted_as_one_types(self) -> None:
        self.add()
        data = SETTINGS | {"campaign": self.campaign.pk, "exp_base": "10", "exp_effect": "2"}
        self.assertContains(self.client.post(reverse("admin:campaigns_campaign_sizing"), data), "3\u00a0835")
        self.assertEqual(
            self.client.post(reverse("admin:campaigns_campaign_sizing"), data | {"exp_effect": "?"}).content, b""
        )


class VariantTests(Pages):
    def setUp(self) -> None:
        super().setUp()
        self.add()

    def test_its_text_is_its_own(self) -> None:
        page = self.post("variant", "B", subject="Короче", preheader="", body=LETTER, _back="1")
        self.assertRedirects(page, self.url("change"))
        self.assertEqual(writing.current(self.campaign, variant="B").subject, "Короче")
        self.assertEqual(writing.current(self.campaign).subject, "Основная")

    def test_what_is_wrong_stands_under_its_field(self) -> None:
        page = self.post("variant", "B", subject="", preheader="", body=LETTER)
        self.assertIn("subject", page.context["form"].errors)

    def test_a_brand_has_a_text_of_its_own_in_it(self) -> None:
        lada = make_brand("Lada")
        make_version(self.campaign, "Lada")
        texts = {"subject": "Короче", "preheader": "", "body": LETTER}
        page = self.post("variant", "B", **texts, _brand=lada.pk)
        self.assertRedirects(page, self.url("variant_brand", "B", lada.pk))
        self.assertContains(page, "Короче")  # it begins with what these people get now
        self.assertIsNone(writing.current(self.campaign, lada, "B"))
        self.post("variant_brand", "B", lada.pk, **texts | {"subject": "Lada короче"})
        self.assertEqual(writing.current(self.campaign, lada, "B").subject, "Lada короче")
        self.post("remove_variant_brand", "B", lada.pk)
        self.assertIsNone(writing.current(self.campaign, lada, "B"))
        self.assertEqual(self.client.get(self.url("variant_brand", "B", make_brand("Kia").pk)).status_code, 404)

    def test_removing_the_last_but_one_ends_the_experiment(self) -> None:
        self.assertRedirects(self.post("remove_variant", "B"), self.url("change"))
        self.assertEqual(variants.every(self.campaign), [])
        self.assertEqual([each.variant for each in versions.every(self.campaign)], [""])
        self.assertEqual(self.client.get(self.url("variant", "B")).status_code, 404)

    def test_a_has_no_page_of_its_own(self) -> None:
        self.assertEqual(self.client.get(self.url("variant", "A")).status_code, 404)

    def test_only_a_draft_is_edited(self) -> None:
        Campaign.objects.update(state=Campaign.State.IN_REVIEW)
        self.assertEqual(self.client.get(self.url("variant", "B")).status_code, 302)
        self.post("remove_variant", "B")
        self.assertEqual(len(variants.every(self.campaign)), 2)


class ReviewTests(Pages):
    def setUp(self) -> None:
        super().setUp()
        self.add()
        self.post("variant", "B", subject="Короче", preheader="", body=LETTER)

    def test_the_people_of_each_and_what_it_takes(self) -> None:
        page = self.client.get(self.url("review"))
        self.assertEqual(sum(row["people"] for row in page.context["variants"]), 12)
        self.assertFalse(page.context["sizing"].is_enough)
        self.assertContains(page, "людей мало")
        self.assertTrue(page.context["errors"])
        launch_gate.answer(
            self.campaign, dict.fromkeys(("no_power", "no_test", "no_segments", "no_hypothesis"), "Проба")
        )
        self.assertEqual(self.client.get(self.url("review")).context["errors"], [])

    def test_each_text_can_be_looked_at(self) -> None:
        page = self.client.get(self.url("review"))
        self.assertEqual([key for key, _words in page.context["looks"]], ["main", "B"])
        people = {variants.of_customer(self.campaign, member.customer_id) for member in self.segment.memberships.all()}
        for key, subject in (("main", "Основная"), ("B", "Короче")):
            if ("A" if key == "main" else key) in people:
                self.assertContains(self.client.get(self.url("letter"), {"version": key}), subject)

    def test_a_plain_campaign_says_nothing_of_variants(self) -> None:
        variants.remove(self.campaign, "B")
        page = self.client.get(self.url("review"))
        self.assertEqual((page.context["variants"], page.context["looks"]), ([], []))
