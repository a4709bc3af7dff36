import json
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import TestCase

from campaigns import bell, permission
from campaigns.models import Campaign
from tests.campaigns.builders import make_account, make_segment_with
from tests.campaigns.test_drafting import make_plan
from tests.segments.builders import make_staff


def run(*words: Any) -> dict[str, Any]:
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


@mock.patch.object(bell, "ring")
class CampaignCommandTests(TestCase):
    def setUp(self) -> None:
        make_segment_with(2, slug="spring")
        make_account(name="Почта")
        make_staff("campaigns.run_campaign", username="manager")
        make_staff("campaigns.approve_campaign", username="approver")
        make_staff(username="admin", is_superuser=True)
        permission.turn_on(None)
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "plan.json"
        self.file.write_text(json.dumps(make_plan(control_percent=0)))

    def launch(self, author: str = "manager", approver: str = "approver") -> dict[str, Any]:
        campaign = run("campaign", "create", self.file)["campaign"]
        return run("campaign", "launch", campaign, "--author", author, "--approver", approver)

    def test_create_and_launch(self, ring: mock.Mock) -> None:
        done = self.launch()
        campaign = Campaign.objects.get()
        expected = {"format": 1, "campaign": campaign.pk, "run": campaign.runs.get().pk, "state": "running"}
        self.assertEqual(done, expected)
        self.assertEqual(campaign.author.username, "manager")

    def test_a_later_start_waits_for_its_time(self, ring: mock.Mock) -> None:
        self.file.write_text(json.dumps(make_plan(control_percent=0, schedule="2090-01-01T10:00Z")))
        done = self.launch()
        self.assertEqual((done["state"], done["run"]), ("scheduled", None))

    def test_the_gates_are_those_of_the_admin(self, ring: mock.Mock) -> None:
        for author, approver in (("manager", "manager"), ("approver", "approver"), ("manager", "nobody")):
            with self.subTest((author, approver)), self.assertRaises(CommandError):
                self.launch(author, approver)
        permission.turn_off(None)
        with self.assertRaisesMessage(CommandError, "sending on"):
            self.launch()
        self.assertFalse(Campaign.objects.exclude(state="draft").exists())

    def test_a_file_that_is_no_plan(self, ring: mock.Mock) -> None:
        for raw in (b"", b"{", b"\xff\xfe", b"[]", b"{}"):
            self.file.write_bytes(raw)
            with self.subTest(raw), self.assertRaises(CommandError):
                run("campaign", "create", self.file)
        with self.assertRaises(CommandError):
            run("campaign", "create", "/no/such/file")
        with self.assertRaises(CommandError):
            run("campaign", "launch", "77", "--author", "manager", "--approver", "approver")


class SendingCommandTests(TestCase):
    def test_on_off_status(self) -> None:
        self.assertFalse(run("sending", "status")["is_on"])
        self.assertTrue(run("sending", "on")["is_on"])
        self.assertTrue(run("sending", "status")["is_on"])
        self.assertFalse(run("sending", "off")["is_on"])
        out = StringIO()
        call_command("sending", "status", stdout=out)
        self.assertTrue(out.getvalue().strip())
