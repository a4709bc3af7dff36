from django.test import TestCase

from campaigns import running, writing
from campaigns.models import Campaign, Content
from campaigns.refusals import Refused
from tests.campaigns.builders import approve, make_campaign, make_content, make_segment_with
from tests.segments.builders import make_staff


class RestoringTests(TestCase):
    def setUp(self) -> None:
        self.campaign = make_campaign(make_segment_with(1))
        make_content(self.campaign, subject="Вторая тема")
        self.user = make_staff(username="maria")

    def test_an_earlier_version_comes_back_as_a_new_one_with_its_links(self) -> None:
        content = writing.restore(self.campaign, 1, self.user)
        self.assertEqual((content.version, content.subject, content.author), (3, "Весенний сервис", self.user))
        self.assertEqual(content.links.count(), 1)
        self.assertEqual(Content.objects.get(campaign=self.campaign, version=2).subject, "Вторая тема")

    def test_the_present_one_makes_no_version(self) -> None:
        self.assertEqual(writing.restore(self.campaign, 2, self.user).version, 2)
        self.assertEqual(self.campaign.contents.count(), 2)

    def test_only_a_draft_and_only_its_own_versions(self) -> None:
        other = make_campaign(make_segment_with(1))
        with self.assertRaises(Refused):
            writing.restore(other, 2, self.user)
        Campaign.objects.filter(pk=self.campaign.pk).update(state="in_review")
        with self.assertRaises(Refused):
            writing.restore(self.campaign, 1, self.user)
        self.assertEqual(self.campaign.contents.count(), 2)

    def test_a_version_that_no_longer_compiles_says_why(self) -> None:
        Content.objects.filter(campaign=self.campaign, version=1).update(subject="{{ нет_такой }}")
        with self.assertRaisesMessage(Refused, "нет_такой"):
            writing.restore(self.campaign, 1, self.user)


def test_a_run_keeps_the_version_it_went_out_with(permitted: None) -> None:
    campaign = make_campaign(make_segment_with(2))
    approve(campaign)
    run = running.start(campaign)
    make_content(campaign, subject="Позже")
    run.refresh_from_db()
    assert (run.content.version, run.content.subject) == (1, "Весенний сервис")
