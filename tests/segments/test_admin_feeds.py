"""The pages of feeds: setting up, confirming a machine's key, looking now, deciding about what was held back."""

import json
from typing import Any

import asyncssh
import django_rq
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments.feeding.odata.entities import ALFA_AVTO
from segments.feeding.sealing import seal, unseal
from segments.models import Card, Feed, FeedLook, ImportBatch, Mapping
from tests.peers.process import peer
from tests.segments.builders import make_source, make_staff
from tests.segments.feeding_room import FeedTestCase, cards

ADD, LIST = reverse("admin:segments_feed_add"), reverse("admin:segments_feed_changelist")
ADMIN = ("segments.view_feed", "segments.add_feed", "segments.change_feed", "segments.view_source")
MANAGER = ("segments.view_feed", "segments.run_import")


class FeedPages(FeedTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(make_staff(*ADMIN))

    def page(self, name: str = "change") -> str:
        return reverse(f"admin:segments_feed_{name}", args=[self.feed.pk])

    def posted(self, **fields: Any) -> dict[str, Any]:
        given = {
            "name": "Новая", "source": self.source.pk, "transport": "folder", "address": "lakhta", "name_cards": "*.csv",
            "every_minutes": 60, "late_after_hours": 30, "shrink_percent": 30, "is_active": "on", "entities": "{}",
        }  # fmt: skip
        return given | fields

    def save(self, url: str = ADD, **fields: Any) -> dict[str, Any]:
        """Errors of the form by field; {} when it was saved."""
        response = self.client.post(url, self.posted(**fields))
        return {} if response.status_code == 302 else dict(response.context["adminform"].form.errors)


class Form(FeedPages):
    def test_a_folder(self) -> None:
        self.assertEqual(self.save(name_documents=" doc*.csv "), {})
        feed = Feed.objects.get(name="Новая")
        self.assertEqual(feed.files, {"cards": "*.csv", "documents": "doc*.csv"})
        self.assertContains(self.client.get(reverse("admin:segments_feed_change", args=[feed.pk])), "doc*.csv")

    def test_mistakes_stand_at_their_fields(self) -> None:
        self.assertEqual(set(self.save(address="../..", name_cards="")), {"address", "name_cards"})
        self.assertEqual(set(self.save(every_minutes=0, shrink_percent=200)), {"every_minutes", "shrink_percent"})
        self.assertEqual(set(self.save(late_after_hours=0)), {"late_after_hours"})
        endless = 2**31 - 1  # hours from now: no calendar goes so far
        self.assertEqual(
            set(self.save(late_after_hours=endless, every_minutes=endless)), {"late_after_hours", "every_minutes"}
        )
        odata = {"transport": "odata", "address": "http://1c/odata"}
        self.assertEqual(set(self.save(**odata, entities="{")), {"entities"})
        self.assertEqual(set(self.save(**odata, entities="{}")), {"entities"})
        self.assertEqual(set(self.save(transport="sftp", address="ftp://h/")), {"address"})

    def test_the_entities_of_1c(self) -> None:
        address = "https://1c.example/alfa/odata/standard.odata"
        entities = json.dumps(ALFA_AVTO)
        self.assertEqual(self.save(transport="odata", address=address, entities=entities, password="тайна"), {})
        feed = Feed.objects.get(name="Новая")
        self.assertEqual((feed.files, unseal(feed.secret)), (ALFA_AVTO, "тайна"))
        self.assertNotIn("тайна", feed.secret)

    def test_the_proposal_for_1c_is_there_from_the_start(self) -> None:
        self.assertContains(self.client.get(ADD), "Catalog_Контрагенты")

    def test_the_password_is_never_shown_and_never_follows_to_another_address(self) -> None:
        Feed.objects.update(
            transport="sftp", address="sftp://one.example/out", login="krug", secret=seal("тайна"), host_key="ключ"
        )
        self.assertNotContains(self.client.get(self.page()), "тайна")
        moved = {"name": self.feed.name, "transport": "sftp", "address": "sftp://evil.example/out", "login": "krug"}
        self.assertEqual(set(self.save(self.page(), **moved)), {"password"})
        self.assertEqual(self.save(self.page(), **moved, password="другая"), {})
        self.feed.refresh_from_db()
        self.assertEqual((unseal(self.feed.secret), self.feed.host_key), ("другая", ""))
        self.assertEqual(self.save(self.page(), **moved, every_minutes=5), {})
        self.feed.refresh_from_db()
        self.assertEqual((unseal(self.feed.secret), self.feed.every_minutes), ("другая", 5))


class Checking(FeedPages):
    def test_a_folder_is_listed_and_nothing_taken(self) -> None:
        self.put("counterparties.csv", cards(2))
        response = self.client.post(self.page("check"))
        self.assertContains(response, "counterparties.csv")
        self.assertEqual(ImportBatch.objects.count(), 0)

    def test_a_failure_is_a_sentence(self) -> None:
        Feed.objects.update(address="нет")
        self.assertIn("нет", self.client.post(self.page("check")).context["failure"])

    def test_the_key_of_a_machine_is_confirmed_by_a_person(self) -> None:
        host_key = self.media.parent / "host_key"
        port = self.enterContext(peer("sftp_server", str(self.root), str(host_key), "krug", "пароль"))
        Feed.objects.update(
            transport="sftp", address=f"sftp://127.0.0.1:{port}/lakhta", login="krug", secret=seal("пароль")
        )
        fingerprint = self.client.post(self.page("check")).context["fingerprint"]
        self.assertEqual(fingerprint, asyncssh.read_private_key(host_key).get_fingerprint())
        self.client.post(self.page("pin"), {"fingerprint": "SHA256:чужой"})
        self.feed.refresh_from_db()
        self.assertEqual(self.feed.host_key, "")
        self.put("counterparties.csv", cards(2))
        answer = self.client.post(self.page("pin"), {"fingerprint": fingerprint})
        self.assertContains(answer, "counterparties.csv")
        self.feed.refresh_from_db()
        self.assertTrue(self.feed.host_key.startswith("ssh-ed25519 "))
        self.assertTrue(LogEntry.objects.filter(change_message__contains=fingerprint).exists())

    def test_only_posts_do_anything(self) -> None:
        for name in ("check", "pin", "look", "load", "drop", "pause"):
            self.assertEqual(self.client.get(self.page(name)).status_code, 405, name)


class Deciding(FeedPages):
    def setUp(self) -> None:
        super().setUp()
        self.put("counterparties.csv", cards(10))
        self.deliver()
        self.put("counterparties.csv", cards(2, first=50))
        self.look()
        self.held = self.look().batch
        self.assertEqual(self.standing(), "shrunk")
        self.client.force_login(make_staff(*MANAGER))

    def test_the_page_says_what_happened_and_offers_both_ways(self) -> None:
        page = self.client.get(self.page())
        self.assertContains(page, self.page("load"))
        self.assertContains(page, self.page("drop"))
        self.assertContains(page, "строк 2 вместо 10")
        self.assertNotContains(page, self.page("check"))

    def test_load_anyway(self) -> None:
        self.client.post(self.page("load"))
        self.held.refresh_from_db()
        self.assertEqual((self.held.state, self.standing()), ("mapped", ""))

    def test_drop(self) -> None:
        self.client.post(self.page("drop"))
        self.held.refresh_from_db()
        self.assertEqual((self.held.state, self.standing(), Card.objects.count()), ("cancelled", "", 10))
        self.client.post(self.page("drop"), follow=True)

    def test_look_now(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(self.page("look"))
        self.assertIn(f"look-feed-{self.feed.pk}-by-hand", django_rq.get_queue("imports").get_job_ids())

    def test_a_manager_changes_nothing_else(self) -> None:
        for name in ("check", "pin", "pause"):
            self.assertEqual(self.client.post(self.page(name)).status_code, 403, name)
        self.assertEqual(self.client.post(self.page(), self.posted()).status_code, 403)

    def test_who_may_only_see_decides_nothing(self) -> None:
        self.client.force_login(make_staff("segments.view_feed"))
        self.assertNotContains(self.client.get(self.page()), self.page("load"))
        for name in ("look", "load", "drop"):
            self.assertEqual(self.client.post(self.page(name)).status_code, 403, name)


class Lists(FeedPages):
    def test_each_state_has_its_word(self) -> None:
        states = (
            ({}, "ждёт первой доставки"),
            ({"is_active": False}, "приостановлена"),
            ({"problem": "late"}, "опаздывает"),
        )
        for number, (fields, _word) in enumerate(states):
            self.make_feed(name=f"Поток {number}", **fields)
        page = self.client.get(LIST)
        for _fields, word in states:
            self.assertContains(page, word)

    def test_more_feeds_cost_no_more_queries(self) -> None:
        with CaptureQueriesContext(connection) as few:
            self.client.get(LIST)
        for number in range(5):
            self.make_feed(name=f"Поток {number}")
        with CaptureQueriesContext(connection) as many:
            self.client.get(LIST)
        self.assertEqual(len(many), len(few))
        self.assertFalse([query for query in many if '"seen"' in query["sql"]])

    def test_pause_and_resume(self) -> None:
        for active in (False, True):
            self.client.post(self.page("pause"))
            self.feed.refresh_from_db()
            self.assertEqual(self.feed.is_active, active)

    def test_the_log_of_looks(self) -> None:
        FeedLook.objects.create(feed=self.feed, outcome="failed", detail="Нет связи с сервером.")
        self.assertContains(self.client.get(self.page()), "Нет связи с сервером.")


class SourcePage(FeedPages):
    def test_a_source_shows_its_feeds_and_mappings(self) -> None:
        self.client.force_login(make_staff(*ADMIN, "segments.change_source", "segments.view_mapping"))
        page = self.client.get(reverse("admin:segments_source_change", args=[self.source.pk]))
        self.assertContains(page, self.page())
        self.assertContains(page, f"{ADD}?source={self.source.pk}")
        self.assertContains(page, reverse("admin:segments_mapping_change", args=[Mapping.objects.first().pk]))
        self.assertContains(page, "как в прошлый раз")
        self.assertNotContains(page, "last used")

    def test_who_may_not_see_feeds_sees_none(self) -> None:
        self.client.force_login(make_staff("segments.view_source"))
        page = self.client.get(reverse("admin:segments_source_change", args=[self.source.pk]))
        self.assertNotContains(page, self.page())

    def test_the_list_counts_feeds(self) -> None:
        make_source("Сайт")
        page = self.client.get(reverse("admin:segments_source_changelist"))
        counts = {source.name: source.n_feeds for source in page.context["cl"].result_list}
        self.assertEqual(counts, {"Альфа-Авто": 1, "Сайт": 0})
