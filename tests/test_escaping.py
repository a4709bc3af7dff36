"""What people and files bring is text on every page, and looking at a public page changes nothing."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.test import Client, TestCase
from django.urls import reverse

from campaigns import links, permission
from campaigns.models import Campaign
from channels.models import InboxLetter
from segments.models import Brand, Consent, Customer
from tests.campaigns.builders import make_account, make_campaign, make_reader, make_segment_with
from tests.segments.builders import (
    make_brand,
    make_card,
    make_city,
    make_contact,
    make_interaction,
    make_segment,
    make_source,
    make_staff,
    make_vehicle,
)
from tests.tracking.builders import call_file, call_line, choice, make_lease, make_message, make_number, make_run, track
from tracking import surveys
from tracking.calls import load_calls
from tracking.models import Hit, SurveyAnswer

EVIL = "<script>alert(1)</script>"
QUOTES = "\"'><img src=x onerror=alert(1)>"
RAW = re.compile(r"<script>alert|<img src=x|onerror=alert\(1\)>", re.IGNORECASE)
WATCHED = ("segments", "campaigns", "tracking", "channels")


def rows() -> dict[str, int]:
    """How many rows every table of ours has."""
    models = [model for app in WATCHED for model in apps.get_app_config(app).get_models() if not model._meta.proxy]
    return {model._meta.label: model._default_manager.count() for model in models}


@pytest.mark.filterwarnings("ignore:No directory at")
class Pages(TestCase):
    """One evil world; each page of the list shows it, and none lets it out as markup."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.root = make_staff(is_superuser=True, username="root", first_name=EVIL, last_name=QUOTES[:20])
        permission.turn_on(cls.root)
        cls.anna = make_reader(first_name=EVIL, last_name=QUOTES, middle_name="Анна", city=make_city(EVIL[:40]))
        make_card(cls.anna, source=make_source(EVIL), code="<b>1</b>", raw={"Имя": EVIL, EVIL: QUOTES})
        brand = make_brand("<script>alert(1)</script>")
        make_vehicle(cls.anna, brand=brand, plate="<i>1</i>")
        make_interaction(cls.anna, "visit", reason=EVIL, details={"text": EVIL, EVIL: QUOTES}, brand=brand)
        make_contact(cls.anna, "+79211234567")
        segment = make_segment(cls.anna, name=EVIL, description=QUOTES)
        cls.segment = segment
        cls.campaign = make_campaign(
            segment, name=EVIL, author=cls.root, brand=None, account=make_account(name=EVIL, sender_name=EVIL),
            content={"subject": f"{EVIL} {{{{ имя }}}}", "preheader": QUOTES},
        )  # fmt: skip
        cls.run_ = make_run(cls.campaign)
        cls.message = make_message(cls.run_, cls.anna)
        make_lease(make_number("+78120006666", note=EVIL), cls.campaign)
        load_calls(call_file([call_line("+78120006666")]))
        surveys.answer(surveys.find(choice(cls.message)), surveys.Reply("stop", reason="other", comment=EVIL))
        cls.draft = make_campaign(segment, name=QUOTES, author=cls.root)

    def setUp(self) -> None:
        self.client.force_login(self.root)

    def shown(self, name: str, *args: Any, **query: Any) -> str:
        answer = self.client.get(reverse(f"admin:{name}", args=args), query, follow=True)
        self.assertEqual(answer.status_code, 200, name)
        text = answer.content.decode()
        found = RAW.search(text)
        self.assertIsNone(found, f"{name}: …{text[max(found.start() - 200, 0) : found.end() + 50] if found else ''}")
        return text

    def test_the_page_of_a_customer(self) -> None:
        page = self.shown("segments_customer_change", self.anna.pk)
        self.assertIn("&lt;script&gt;alert(1)", page)
        for part in ("timeline", "consents"):
            self.shown(f"segments_customer_{part}", self.anna.pk)

    def test_the_page_of_a_campaign_its_review_and_its_form(self) -> None:
        for name, campaign in (("page", self.campaign), ("review", self.draft), ("change", self.draft)):
            page = self.shown(f"campaigns_campaign_{name}", campaign.pk)
            self.assertIn("&lt;", page, name)
        self.shown("campaigns_campaign_delete", self.draft.pk)
        self.shown("campaigns_campaign_letter", self.campaign.pk)

    def test_every_list(self) -> None:
        for name in (
            "segments_customer", "segments_segment", "segments_importbatch", "campaigns_campaign", "channels_account",
            "channels_inboxletter", "tracking_call", "tracking_numberlease", "tracking_substitutenumber",
            "tracking_surveyanswer", "tracking_campaignresult", "crmsite_user",
        ):  # fmt: skip
            with self.subTest(name):
                self.shown(f"{name}_changelist")

    def test_a_search_comes_back_as_text(self) -> None:
        for name in ("segments_customer", "segments_segment", "campaigns_campaign", "tracking_substitutenumber"):
            for words in (EVIL, QUOTES):
                with self.subTest(name, words=words):
                    self.shown(f"{name}_changelist", q=words)

    def test_segments_their_history_and_their_people(self) -> None:
        self.segment.name = QUOTES
        self.segment.save()
        for page in ("change", "history", "people"):
            self.shown(f"segments_segment_{page}", self.segment.pk)

    def test_the_start_page_and_the_search_of_the_whole_admin(self) -> None:
        self.shown("index")
        self.shown("search", s="alert")
        self.shown("search", s=EVIL)

    def test_the_survey(self) -> None:
        self.client.logout()
        self.assertTrue(Brand.objects.filter(name=EVIL).exists())
        for path in (f"/s/{choice(self.message)}", f"/u/{choice(self.message)}"):
            answer = self.client.get(path)
            self.assertEqual(answer.status_code, 200)
            self.assertNotRegex(answer.content.decode(), RAW)
        refused = self.client.post(f"/s/{choice(self.message)}", {"decision": EVIL, "comment": QUOTES})
        self.assertNotRegex(refused.content.decode(), RAW)

    def test_the_inbox(self) -> None:
        raw = f"From: {QUOTES} <news@krug.test>\r\nTo: anna@x.test\r\nSubject: {EVIL}\r\n\r\n{EVIL}".encode()
        letter = InboxLetter.objects.create(
            mail_from="news@krug.test", recipient=f"{QUOTES}@x.test", subject=EVIL, raw=raw
        )
        self.shown("channels_inboxletter_changelist")
        self.assertIn("&lt;script&gt;", self.shown("channels_inboxletter_change", letter.pk))


@pytest.mark.filterwarnings("ignore:No directory at")
class PublicAddresses(TestCase):
    """A scanner of a mail service opens every link of a letter, by HEAD and by GET: it is not the person's will."""

    def setUp(self) -> None:
        self.message = make_message(make_run(), make_reader())
        self.choices = [f"/u/{choice(self.message)}", f"/s/{choice(self.message)}", f"/s/{choice(self.message)}/done"]
        self.tracks = [f"/l/{links.link_char(1)}{track(self.message)}", f"/o/{track(self.message)}"]

    def test_looking_at_a_choice_writes_no_row_at_all(self) -> None:
        before = rows()
        for path in self.choices:
            for ask in (self.client.get, self.client.head, self.client.options):
                self.assertLess(ask(path).status_code, 500, path)
        self.assertEqual(rows(), before)

    def test_a_click_and_an_open_write_a_hit_and_touch_nobodys_will(self) -> None:
        consents, people = Consent.objects.count(), list(Customer.objects.values())
        for path in self.tracks:
            for ask in (self.client.get, self.client.head):
                self.assertIn(ask(path).status_code, {200, 302}, path)
        self.assertEqual(Consent.objects.count(), consents)
        self.assertEqual(list(Customer.objects.values()), people)
        self.assertFalse(SurveyAnswer.objects.exists())
        self.assertEqual(Hit.objects.count(), 4)

    def test_no_public_page_sets_a_cookie_or_lets_itself_be_framed_or_kept(self) -> None:
        for path in [*self.choices, *self.tracks]:
            answer = Client().get(path)
            self.assertFalse(answer.cookies, path)
            if path.startswith(("/s/", "/u/")):
                self.assertIn(answer.headers.get("X-Frame-Options"), {"DENY", "SAMEORIGIN"}, path)
                self.assertIn("no-store", answer.headers.get("Cache-Control", ""), path)

    def test_a_token_of_one_kind_opens_no_page_of_the_other(self) -> None:
        before = rows()
        for path in (f"/s/{track(self.message)}", f"/u/{track(self.message)}", f"/o/{choice(self.message)}"):
            self.assertIn(self.client.get(path).status_code, {200, 404, 410}, path)
            self.client.post(path, {"List-Unsubscribe": "One-Click", "decision": "stop"})
        self.assertEqual(rows(), before)

    def test_a_changed_token_is_nobodys(self) -> None:
        before, token = rows(), choice(self.message)
        for place in range(0, len(token), 5):
            forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            self.client.post(f"/u/{forged}", {"List-Unsubscribe": "One-Click"})
            self.client.post(f"/s/{forged}", {"decision": "stop"})
        self.assertEqual(rows(), before)


class NoGetChanges(TestCase):
    """The buttons of the admin answer to POST alone."""

    def test_a_link_or_an_image_presses_no_button(self) -> None:
        root = make_staff(is_superuser=True)
        self.client.force_login(root)
        permission.turn_on(root)
        campaign = make_campaign(make_segment_with(1), author=root)
        before = rows()
        for verb in ("submit", "approve", "reject", "withdraw", "start", "pause", "resume", "stop"):
            for ask in (self.client.get, self.client.head):
                answer = ask(reverse("admin:campaigns_campaign_verb", args=[campaign.pk, verb]))
                self.assertEqual(answer.status_code, 405, verb)
        self.assertEqual(
            self.client.get(reverse("admin:campaigns_campaign_clone", args=[campaign.pk])).status_code, 405
        )
        self.assertEqual((rows(), Campaign.objects.get().state), (before, "draft"))
