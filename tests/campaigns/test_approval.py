from django.test import TestCase

from campaigns import approval, permission, running
from campaigns.models import Campaign, Content
from campaigns.refusals import Refused
from tests.campaigns.builders import make_campaign, make_content, make_segment_with
from tests.segments.builders import make_segment, make_staff


def make_approver() -> object:
    return make_staff("campaigns.approve_campaign")


class ApprovalTests(TestCase):
    def setUp(self) -> None:
        permission.turn_on(None)
        self.campaign = make_campaign(make_segment_with(2))

    def state(self) -> str:
        return Campaign.objects.get(pk=self.campaign.pk).state

    def test_two_people_bring_a_draft_to_the_schedule(self) -> None:
        approval.submit(self.campaign, self.campaign.author)
        self.assertEqual(self.state(), "in_review")
        decision = approval.decide(self.campaign, make_approver(), True, "ok")
        self.assertEqual(self.state(), "scheduled")
        self.assertEqual(decision.fingerprint, approval.fingerprint(self.campaign))
        verbs = list(self.campaign.events.order_by("id").values_list("verb", flat=True))
        self.assertEqual(verbs, ["submit", "approve"])

    def test_an_empty_placeholder_is_refused_with_how_many_people(self) -> None:
        make_content(self.campaign, subject="{{ отчество }}, ждём вас")
        with self.assertRaisesRegex(Refused, "отчество.*2"):
            approval.submit(self.campaign, self.campaign.author)
        self.assertEqual(self.state(), "draft")

    def test_a_no_brings_it_back_to_the_author(self) -> None:
        approval.submit(self.campaign, self.campaign.author)
        approval.decide(self.campaign, make_approver(), False, "no")
        self.assertEqual(self.state(), "draft")

    def test_neither_author_nor_submitter_nor_just_anybody_approves(self) -> None:
        submitter = make_approver()
        approval.submit(self.campaign, submitter)
        author = self.campaign.author
        author.is_superuser = True
        author.save()
        for user in (author, submitter, make_staff()):
            with self.assertRaises(Refused):
                approval.decide(self.campaign, user, True)
        self.assertEqual(self.state(), "in_review")

    def test_what_was_changed_while_she_read_is_not_approved(self) -> None:
        approval.submit(self.campaign, self.campaign.author)
        seen = approval.fingerprint(self.campaign)
        make_content(self.campaign, subject="Другое")
        with self.assertRaises(Refused):
            approval.decide(self.campaign, make_approver(), True, "", seen)
        self.assertEqual(self.state(), "in_review")

    def test_an_edit_after_the_approval_refuses_the_start(self) -> None:
        segment = self.campaign.segments_in.get()
        edits = {
            "text": lambda: make_content(self.campaign, subject="Другое"),
            "segments": lambda: self.campaign.segments_out.add(make_segment()),
            "rule": lambda: type(segment).objects.filter(pk=segment.pk).update(rule={"format": 1, "rule": {"all": []}}),
            "plan": lambda: Campaign.objects.filter(pk=self.campaign.pk).update(control_percent=1),
        }
        before = approval.fingerprint(self.campaign)
        approval.submit(self.campaign, self.campaign.author)
        approval.decide(self.campaign, make_approver(), True)
        for name, edit in edits.items():
            with self.subTest(name):
                edit()
                self.campaign.refresh_from_db()
                self.assertNotEqual(approval.fingerprint(self.campaign), before)
                with self.assertRaises(Refused):
                    running.start(self.campaign)
        self.assertEqual(self.state(), "scheduled")
        self.assertFalse(self.campaign.runs.exists())

    def test_what_cannot_be_sent_is_not_submitted(self) -> None:
        no_letter = make_campaign(make_segment_with(1))
        Content.objects.filter(campaign=no_letter).delete()
        nobody = make_campaign(make_segment())
        for campaign in (no_letter, nobody, make_campaign()):
            with self.assertRaises(Refused) as caught:
                approval.submit(campaign, campaign.author)
            self.assertTrue(caught.exception.sentence)
            self.assertEqual(campaign.state, "draft")

    def test_an_unknown_placeholder_is_not_submitted(self) -> None:
        Content.objects.filter(campaign=self.campaign).update(subject="{{ нет_такого }}")
        with self.assertRaisesMessage(Refused, "нет_такого"):
            approval.submit(self.campaign, self.campaign.author)

    def test_withdrawing_makes_it_a_draft_again(self) -> None:
        approval.submit(self.campaign, self.campaign.author)
        approval.decide(self.campaign, make_approver(), True)
        approval.withdraw(self.campaign, self.campaign.author)
        self.assertEqual(self.state(), "draft")
        with self.assertRaises(Refused):
            running.start(self.campaign)
