from typing import Any

from django.test import TestCase

from campaigns import plan_fields, writing
from campaigns.drafting import draft
from campaigns.models import Campaign
from campaigns.refusals import Refused
from tests.campaigns.builders import LETTER, make_account
from tests.segments.builders import make_brand, make_segment, make_staff
from tests.tracking.builders import make_number


def make_plan(**changes: Any) -> dict[str, Any]:
    plan = {
        "name": "Весна",
        "segments_in": ["spring"],
        "segments_out": [],
        "channel": "email",
        "content": {"subject": "Тема", "preheader": "", "body": LETTER},
        "schedule": None,
        "control_percent": 20,
        "account": "Почта",
    } | changes
    return {key: value for key, value in plan.items() if value != "(absent)"}


class DraftTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_segment(slug="spring")
        make_segment(slug="sold")
        make_account(name="Почта")
        make_brand("Toyota")
        cls.author = make_staff()

    def test_a_plan_becomes_a_draft(self) -> None:
        campaign = draft(make_plan(segments_out=["sold"], brand="Toyota", schedule="2030-05-01T10:00"), self.author)
        campaign.refresh_from_db()
        self.assertEqual((campaign.state, campaign.author, campaign.control_percent), ("draft", self.author, 20))
        self.assertEqual(campaign.starts_at.isoformat(), "2030-05-01T07:00:00+00:00")
        self.assertEqual([segment.slug for segment in campaign.segments_out.all()], ["sold"])
        self.assertEqual(campaign.contents.get().subject, "Тема")
        self.assertTrue(campaign.salt)

    def test_without_a_name_the_default_account_sends(self) -> None:
        with self.assertRaises(Refused):
            draft(make_plan(account=None), self.author)
        account = make_account(is_default=True)
        self.assertEqual(draft(make_plan(account=None), self.author).account, account)

    def test_messengers_have_buttons(self) -> None:
        make_account(name="MAX", channel="max", provider="max_bot")
        buttons = [{"text": "Сайт", "url": "https://dealer.example/"}]
        plan = make_plan(channel="max", account="MAX", content={"body": "Ждём вас", "buttons": buttons})
        self.assertEqual(draft(plan, self.author).contents.get().extras, {"buttons": buttons})
        for wrong in (
            {"buttons": ["Сайт"]},
            {"buttons": [{"text": 5}]},
            {"buttons": "Сайт"},
            {"link": "https://a.example"},
        ):
            with self.subTest(wrong), self.assertRaises(Refused):
                draft(plan | {"content": {"body": "Ждём вас"} | wrong}, self.author)

    def test_versions_by_brand_have_texts_a_sender_a_centre_and_a_number(self) -> None:
        number, toyota = make_number("+78120006666"), make_brand("Toyota")
        version = {
            "subject": "Toyota", "body": LETTER, "number": number.number,
            "sender": {"name": "Тойота Центр"}, "centre": {"address": "Выборгское шоссе, 27"},
        }  # fmt: skip
        campaign = draft(make_plan(versions={"Toyota": version}, needs_version=True), self.author)
        content = writing.current(campaign, toyota)
        self.assertEqual((content.subject, content.extras["sender"]["name"]), ("Toyota", "Тойота Центр"))
        self.assertEqual([field.load(campaign) for field in plan_fields.every(toyota)], [number])
        self.assertEqual((campaign.needs_version, writing.current(campaign).subject), (True, "Тема"))
        for wrong in (
            {"versions": {"Ford": version}},
            {"versions": {"Toyota": "Тема"}},
            {"versions": {"Toyota": {"body": LETTER, "sender": "Тойота"}}},
            {"needs_version": 1},
        ):
            with self.subTest(wrong), self.assertRaises(Refused):
                draft(make_plan(**wrong), self.author)

    def test_what_is_wrong_is_said_and_nothing_is_written(self) -> None:
        wrong = [
            {"name": "(absent)"},
            {"name": 5},
            {"surprise": 1},
            {"segments_in": ["no-such"]},
            {"segments_in": []},
            {"account": "no such"},
            {"brand": "no such"},
            {"schedule": "tomorrow"},
            {"schedule": "2030-13-45T10:00"},
            {"control_percent": 51},
            {"control_percent": True},
            {"channel": "pigeon"},
            {"content": {"subject": "x", "html": "y"}},
            {"content": {"subject": "x", "body": 5}},
            {"content": {"subject": "{{ нет_такого }}", "body": LETTER}},
            {"number": "+70000000000"},
        ]
        for change in wrong:
            with self.subTest(change), self.assertRaises(Refused) as caught:
                draft(make_plan(**change), self.author)
            self.assertGreater(len(caught.exception.sentence), 10)
        with self.assertRaises(Refused):
            draft(["no object"], self.author)
        self.assertFalse(Campaign.objects.exists())
