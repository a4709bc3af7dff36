from django.test import TestCase

from campaigns import cloning, writing
from campaigns.approval import fingerprint
from campaigns.models import Campaign, CampaignEvent
from tests.campaigns.builders import make_account, make_campaign, make_content, make_segment_with
from tests.segments.builders import make_brand, make_segment, make_staff


class Cloning(TestCase):
    def setUp(self) -> None:
        self.inside, self.outside = make_segment_with(1), make_segment()
        self.campaign = make_campaign(
            self.inside,
            except_segments=(self.outside,),
            brand=make_brand(),
            control_percent=15,
            lateness_hours=3,
            spread_hours=5,
        )
        make_content(self.campaign, subject="Вторая тема")
        self.copier = make_staff()

    def test_the_plan_and_the_last_texts_are_copied(self) -> None:
        draft = cloning.clone(self.campaign, self.copier)
        self.assertEqual((draft.state, draft.author, draft.starts_at), ("draft", self.copier, None))
        for name in (
            "brand",
            "account",
            "channel",
            "purpose",
            "control_percent",
            "lateness_hours",
            "priority",
            "spread_hours",
        ):
            self.assertEqual(getattr(draft, name), getattr(self.campaign, name), name)
        self.assertEqual((draft.segments_in.get(), draft.segments_out.get()), (self.inside, self.outside))
        content = draft.contents.get()
        self.assertEqual((content.version, content.subject, content.links.count()), (1, "Вторая тема", 1))

    def test_what_a_messenger_has_beside_its_text_is_copied_and_approved_too(self) -> None:
        campaign = make_campaign(
            self.inside,
            channel="max",
            account=make_account(name="MAX", channel="max", provider="max_bot"),
            content={"subject": "", "preheader": "", "body": "Ждём вас"},
        )
        before = fingerprint(campaign)
        buttons = [{"text": "Сайт", "url": "https://dealer.example/"}]
        writing.write(campaign, body="Ждём вас", extras={"buttons": buttons})
        self.assertNotEqual(fingerprint(campaign), before)
        self.assertEqual(writing.current(cloning.clone(campaign, self.copier)).extras, {"buttons": buttons})

    def test_neither_history_nor_draw_is(self) -> None:
        Campaign.objects.filter(pk=self.campaign.pk).update(state="finished")
        CampaignEvent.objects.create(campaign=self.campaign, verb="finish")
        self.campaign.refresh_from_db()
        draft = cloning.clone(self.campaign, self.copier)
        self.assertNotEqual(draft.salt, self.campaign.salt)
        self.assertFalse(draft.events.exists() or draft.approvals.exists() or draft.runs.exists())

    def test_a_long_name_still_fits(self) -> None:
        Campaign.objects.filter(pk=self.campaign.pk).update(name="Ы" * 160)
        self.campaign.refresh_from_db()
        self.assertLessEqual(len(cloning.clone(self.campaign, self.copier).name), 160)
