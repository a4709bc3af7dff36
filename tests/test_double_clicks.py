"""Twenty requests at once, as of an impatient hand or a proxy that repeats: one effect, and an answer for each."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from unittest import mock

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.http import HttpResponse
from django.test import Client, TransactionTestCase
from django.urls import reverse

from campaigns import approval, bell, permission
from campaigns.models import Approval, Campaign, CampaignEvent, Chunk, Message, Run
from segments.importing import running as importing
from segments.importing import undoing
from segments.models import Card, Consent, Customer, ImportBatch, Mapping
from tests.campaigns.builders import make_campaign, make_reader, make_segment_with
from tests.campaigns.room import assert_identity, empty_outbox
from tests.media import own_media
from tests.segments.builders import make_staff
from tests.tracking.builders import choice, make_message, make_run
from tracking.models import SurveyAnswer

AT_ONCE = 20
CARDS = "Код;Наименование;Телефон\nА1;Иванова Анна;89123456789\nА2;Орлов Олег;89123456780\n"


def at_once(ask: Callable[[Client], HttpResponse], user: Any = None) -> Counter[int]:
    """The statuses of twenty requests that leave together, each from a browser of its own."""
    barrier = Barrier(AT_ONCE)

    def one(client: Client) -> int:
        barrier.wait(timeout=20)
        try:
            return ask(client).status_code
        finally:
            connections.close_all()

    clients = [Client(raise_request_exception=False) for _ in range(AT_ONCE)]
    for client in clients:
        if user:
            client.force_login(user)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(one, clients))


@pytest.mark.filterwarnings("ignore:No directory at")
class CampaignButtons(TransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.object(bell, "ring", return_value=True))
        self.addCleanup(empty_outbox)
        self.manager = make_staff(
            "campaigns.view_campaign", "campaigns.change_campaign", "campaigns.run_campaign", "campaigns.add_campaign"
        )
        self.approver = make_staff("campaigns.view_campaign", "campaigns.approve_campaign")
        permission.turn_on(self.manager)
        self.campaign = make_campaign(make_segment_with(5), author=self.manager)

    def press(self, verb: str, user: Any) -> Counter[int]:
        url = reverse("admin:campaigns_campaign_verb", args=[self.campaign.pk, verb])
        return at_once(lambda client: client.post(url), user)

    def diary(self) -> Counter[str]:
        return Counter(CampaignEvent.objects.values_list("verb", flat=True))

    def state(self) -> str:
        return Campaign.objects.get(pk=self.campaign.pk).state

    def test_submit(self) -> None:
        self.assertEqual(self.press("submit", self.manager), {302: AT_ONCE})
        self.assertEqual((self.state(), self.diary()), ("in_review", {"submit": 1}))

    def test_approve(self) -> None:
        approval.submit(self.campaign, self.manager)
        self.assertEqual(self.press("approve", self.approver), {302: AT_ONCE})
        self.assertEqual((self.state(), self.diary()), ("scheduled", {"submit": 1, "approve": 1}))
        self.assertEqual(Approval.objects.count(), 1)

    def test_a_yes_and_a_no_at_once_are_one_decision(self) -> None:
        approval.submit(self.campaign, self.manager)
        yes, no = (reverse("admin:campaigns_campaign_verb", args=[self.campaign.pk, v]) for v in ("approve", "reject"))
        turns = iter([yes, no] * AT_ONCE)
        at_once(lambda client: client.post(next(turns), {"note": "переписать"}), self.approver)
        decision = Approval.objects.get()
        self.assertEqual(self.state(), "scheduled" if decision.approved else "draft")
        self.assertEqual(sum(self.diary().values()), 2)

    def test_start_pause_resume_stop(self) -> None:
        approval.submit(self.campaign, self.manager)
        approval.decide(self.campaign, self.approver, True)
        self.assertEqual(self.press("start", self.manager), {302: AT_ONCE})
        run = Run.objects.get()
        self.assertEqual((self.state(), Message.objects.count()), ("running", 5))
        self.assertEqual(assert_identity(run)["pending"], 5)
        self.assertEqual(sum(len(chunk.message_ids) for chunk in Chunk.objects.all()), 5)
        for verb, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
            self.press(verb, self.manager)
            self.assertEqual((self.state(), self.diary()[verb]), (state, 1), verb)
        self.assertEqual(assert_identity(run)["cancelled"], 5)

    def test_each_click_on_copy_is_a_copy_and_none_breaks_another(self) -> None:
        url = reverse("admin:campaigns_campaign_clone", args=[self.campaign.pk])
        self.assertEqual(at_once(lambda client: client.post(url), self.manager), {302: AT_ONCE})
        self.assertEqual(Campaign.objects.count(), AT_ONCE + 1)
        self.assertEqual(len(set(Campaign.objects.values_list("salt", flat=True))), AT_ONCE + 1)


@pytest.mark.filterwarnings("ignore:No directory at")
class ImportButtons(TransactionTestCase):
    def setUp(self) -> None:
        own_media(self)
        self.user = make_staff("segments.view_importbatch", "segments.run_import")
        self.rung = self.enterContext(mock.patch.object(importing, "django_rq")).get_queue.return_value.enqueue
        client = Client()
        client.force_login(self.user)
        data = {"new_source": "1С", "cards": SimpleUploadedFile("cards.csv", CARDS.encode())}
        client.post(reverse("admin:segments_importbatch_add"), data)
        self.batch = ImportBatch.objects.get()

    def page(self, name: str) -> str:
        return reverse(f"admin:segments_importbatch_{name}", args=[self.batch.pk])

    def test_confirming_queues_one_import(self) -> None:
        posted = {"go": "load", "cards-code": "Код", "cards-name": "Наименование", "cards-phone": "Телефон"}
        statuses = at_once(lambda client: client.post(self.page("change"), posted), self.user)
        self.assertEqual(set(statuses) - {200, 302}, set())
        self.batch.refresh_from_db()
        self.assertEqual((self.batch.state, self.rung.call_count), ("mapped", 1))
        self.assertEqual(Mapping.objects.count(), 1)
        importing.run(self.batch.pk)
        self.assertEqual((Card.objects.count(), Customer.objects.count()), (2, 2))

    def test_a_late_click_does_not_run_it_again(self) -> None:
        importing.confirm(self.batch, background=False)
        importing.run(self.batch.pk)
        self.rung.reset_mock()
        at_once(lambda client: client.post(self.page("load")), self.user)
        self.batch.refresh_from_db()
        self.assertEqual((self.batch.state, self.rung.call_count, Card.objects.count()), ("done", 0, 2))

    def test_loading_after_a_dry_run_is_queued_once(self) -> None:
        importing.confirm(self.batch, dry_run=True, background=False)
        importing.run(self.batch.pk)
        self.rung.reset_mock()
        at_once(lambda client: client.post(self.page("load")), self.user)
        self.batch.refresh_from_db()
        self.assertEqual((self.batch.state, self.batch.dry_run, self.rung.call_count), ("mapped", False, 1))

    def test_undoing_is_queued_once(self) -> None:
        importing.confirm(self.batch, background=False)
        importing.run(self.batch.pk)
        undoer = make_staff("segments.view_importbatch", "segments.undo_import")
        rung = self.enterContext(mock.patch.object(undoing, "django_rq")).get_queue.return_value.enqueue
        statuses = at_once(lambda client: client.post(self.page("undo")), undoer)
        self.assertEqual(set(statuses), {302})
        self.batch.refresh_from_db()
        self.assertEqual((self.batch.state, rung.call_count), ("undoing", 1))
        undoing.undo(self.batch.pk)
        self.assertEqual((Card.objects.count(), Customer.objects.count()), (0, 0))
        self.assertEqual(LogEntry.objects.filter(user=undoer).count(), 1)

    def test_cancelling(self) -> None:
        importing.confirm(self.batch, background=False)
        statuses = at_once(lambda client: client.post(self.page("cancel")), self.user)
        self.assertEqual(set(statuses) - {302}, set())
        self.batch.refresh_from_db()
        self.assertEqual((self.batch.state, Card.objects.count()), ("cancelled", 0))


@pytest.mark.filterwarnings("ignore:No directory at")
class OptOuts(TransactionTestCase):
    def test_a_one_click_that_a_mail_service_repeats_is_one_answer(self) -> None:
        self.addCleanup(empty_outbox)
        message = make_message(make_run(), make_reader())
        path = f"/u/{choice(message)}"
        statuses = at_once(lambda client: client.post(path, {"List-Unsubscribe": "One-Click"}))
        self.assertEqual(statuses, {200: AT_ONCE})
        self.assertEqual(SurveyAnswer.objects.count(), 1)
        self.assertEqual(Consent.objects.filter(given=False).count(), 1)
