"""A watched folder: what is taken, when, how often, and what lies outside."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import django_rq
from django.test import SimpleTestCase

from segments import jobs
from segments.feeding.errors import FeedError
from segments.feeding.names import Found, groups, kind_of
from segments.feeding.transports import transport_class, transport_for
from segments.feeding.transports.folder import Folder as FolderTransport
from segments.feeding.transports.folder import folder_at
from segments.models import Card, FeedLook, ImportBatch, Interaction
from tests.segments.feeding_room import FeedTestCase, cards, visits

PATTERNS = {"cards": "counterparties*.csv", "documents": "documents*.csv"}


class Names(SimpleTestCase):
    def test_a_name_tells_the_kind_and_the_delivery(self) -> None:
        self.assertEqual(kind_of("Counterparties_2026-11-21.CSV", PATTERNS), ("cards", ("_2026-11-21",)))
        self.assertEqual(kind_of("documents.csv", PATTERNS), ("documents", ("",)))
        self.assertIsNone(kind_of("prices.csv", PATTERNS))

    def test_unfinished_and_hidden_files_are_nothing(self) -> None:
        every = {"cards": "*"}
        for name in (".a.csv", "~$a.xlsx", "a.csv.part", "a.csv.TMP", "a.csv.filepart", "a.csv~", "a.csv.ready"):
            self.assertIsNone(kind_of(name, every), name)

    def test_a_pattern_is_no_regular_expression(self) -> None:
        self.assertIsNone(kind_of("aXcsv", {"cards": "a.csv"}))
        self.assertIsNone(kind_of("a" * 60 + ".txt", {"cards": "*a*****a*a.csv"}))

    def test_deliveries_come_oldest_first_with_their_parts_together(self) -> None:
        files = [Found("documents_2.csv", 1, 40), Found("counterparties_2.csv", 1, 30),
                 Found("counterparties_1.csv", 1, 10), Found("prices.csv", 1, 5)]  # fmt: skip
        found = [(group.key, sorted(group.files)) for group in groups(files, PATTERNS)]
        self.assertEqual(found, [(("_1",), ["cards"]), (("_2",), ["cards", "documents"])])


class Folder(FeedTestCase):
    def test_a_file_goes_by_sweep_and_job_into_the_base(self) -> None:
        self.put("counterparties.csv", cards(3))
        self.put("documents.csv", visits(2))
        for _round in range(3):  # seen, settled and received, loaded
            with self.captureOnCommitCallbacks(execute=True):
                jobs.sweep()
            self.work()
            type(self.feed).objects.update(due_at="2026-01-01T00:00Z")
        batch = ImportBatch.objects.get()
        self.assertEqual((batch.state, batch.feed, batch.author), ("done", self.feed, None), batch.error)
        self.assertEqual((Card.objects.count(), Interaction.objects.filter(customer__isnull=False).count()), (3, 2))
        jobs.sweep()
        self.feed.refresh_from_db()
        self.assertEqual((self.feed.problem, self.feed.rows), ("", {"cards": 3, "documents": 2}))
        self.assertIsNotNone(self.feed.last_ok_at)

    def work(self) -> None:
        """What the worker of the queue would do, with what the job would enqueue."""
        queue = django_rq.get_queue("imports")
        while job := queue.dequeue() if hasattr(queue, "dequeue") else self.pop(queue):
            with self.captureOnCommitCallbacks(execute=True):
                job.func(*job.args)

    def pop(self, queue: object) -> object:
        ids = queue.get_job_ids()
        if not ids:
            return None
        job = queue.fetch_job(ids[0])
        queue.remove(ids[0])
        return job

    def test_what_is_still_written_is_not_taken(self) -> None:
        self.put("counterparties.csv", cards(1))
        self.assertEqual(self.look().outcome, "nothing")
        self.put("counterparties.csv", cards(2))
        self.assertEqual(self.look().outcome, "nothing")
        seen = self.look()
        self.assertEqual((seen.outcome, seen.rows), ("loaded", {"cards": 2}))

    def test_a_delivery_waits_for_its_second_half(self) -> None:
        self.put("counterparties.csv", cards(2))
        self.look()
        documents = self.put("documents.csv", visits(1))
        self.assertEqual(self.look().outcome, "nothing")
        batch = self.look().batch
        self.assertEqual(sorted(batch.files.values_list("kind", flat=True)), ["cards", "documents"])
        self.assertEqual(batch.files.get(kind="documents").name, documents.name)

    def test_a_ready_mark_saves_the_second_look(self) -> None:
        self.put("counterparties.csv", cards(1))
        self.put("counterparties.csv.ready", "")
        self.assertEqual(self.look().outcome, "loaded")

    def test_the_same_content_is_not_loaded_twice(self) -> None:
        path = self.put("counterparties.csv", cards(2))
        self.deliver()
        self.touch(path, 3600)
        self.look()
        before = self.feed.last_ok_at
        self.assertEqual(self.look().outcome, "nothing")
        self.feed.refresh_from_db()
        self.assertNotEqual(self.feed.last_ok_at, before)  # the source is alive
        self.assertEqual(ImportBatch.objects.count(), 1)
        self.put("counterparties.csv", cards(3))
        self.deliver()
        self.assertEqual(Card.objects.count(), 3)

    def test_while_an_import_is_under_way_nothing_more_is_taken(self) -> None:
        self.put("counterparties_1.csv", cards(2), age=100)
        self.put("counterparties_2.csv", cards(3))
        self.look()
        first = self.look().batch
        self.assertIsNone(self.look())
        ImportBatch.objects.filter(pk=first.pk).update(state="done")
        self.assertEqual(self.look().batch.files.get().name, "counterparties_2.csv")

    def test_loaded_files_stay_or_move_by_choice(self) -> None:
        path = self.put("counterparties.csv", cards(2))
        self.deliver()
        self.look()
        self.assertTrue(path.exists())
        type(self.feed).objects.update(moves_taken=True)
        self.look()
        self.assertEqual([each.name for each in self.inbox.iterdir()], ["done"])
        self.assertEqual(len(list((self.inbox / "done").glob("counterparties.*.csv"))), 1)

    def test_a_file_written_anew_is_not_moved_away(self) -> None:
        type(self.feed).objects.update(moves_taken=True)
        path = self.put("counterparties.csv", cards(2))
        self.deliver()
        self.put("counterparties.csv", cards(9))
        self.look()
        self.assertTrue(path.exists())

    def test_a_bad_file_is_refused_once_and_a_good_one_ends_it(self) -> None:
        self.put("counterparties_1.csv", "nothing here", age=100)
        self.look()
        seen = self.look()
        self.assertEqual(seen.outcome, "failed")
        self.assertEqual(self.standing(), "failed")
        self.assertEqual(self.look().outcome, "failed")
        self.assertIn("counterparties_1.csv", self.look().detail)
        self.put("counterparties_2.csv", cards(2))
        self.deliver()
        self.assertEqual(self.standing(), "")
        self.assertEqual(self.look().outcome, "nothing")

    def test_looks_that_say_the_same_are_one_line(self) -> None:
        for _look in range(5):
            self.look()
        self.assertEqual(FeedLook.objects.count(), 1)

    def test_an_unknown_or_paused_feed_is_not_looked_at(self) -> None:
        type(self.feed).objects.update(is_active=False)
        self.assertIsNone(self.look())
        self.assertIsNotNone(self.look(by_hand=True))

    def test_check_lists_what_is_there_and_takes_nothing(self) -> None:
        self.put("counterparties.csv", cards(1))
        self.put("prices.csv", "a")
        lines = transport_for(self.feed).check()
        self.assertEqual(len(lines), 2)
        self.assertTrue(
            any("prices.csv" in line and "prices.csv" in line and line != "“prices.csv”, 1 KB" for line in lines), lines
        )
        self.assertEqual(ImportBatch.objects.count(), 0)


class Interrupted(FeedTestCase):
    """Whatever a look broke off at, the next one takes the delivery whole."""

    def setUp(self) -> None:
        super().setUp()
        self.put("counterparties.csv", cards(3))
        self.put("documents.csv", visits(2))
        self.look()

    def assert_whole(self) -> None:
        seen = self.look()
        self.assertEqual((seen.outcome, seen.rows), ("loaded", {"cards": 3, "documents": 2}), seen.detail)

    def fetching(self, of_documents: Callable[[FolderTransport, Found, Path], Found]) -> Any:
        """Fetch as ever, but the file of documents by `of_documents`."""
        fetch = FolderTransport.fetch

        def fetched(transport: FolderTransport, found: Found, target: Path) -> Found:
            return (of_documents if found.name == "documents.csv" else fetch)(transport, found, target)

        return mock.patch.object(FolderTransport, "fetch", fetched)

    def test_the_second_file_cannot_be_read(self) -> None:
        def broken(transport: FolderTransport, found: Found, target: Path) -> Found:
            raise FeedError("Обрыв.")

        with self.fetching(broken):
            self.assertEqual(self.failure(), "Обрыв.")
        self.assert_whole()

    def test_the_second_file_grows_while_it_is_fetched(self) -> None:
        def growing(transport: FolderTransport, found: Found, target: Path) -> Found:
            target.write_text(visits(1))
            return found._replace(size=found.size + 1)

        with self.fetching(growing):
            self.assertEqual(self.look().outcome, "nothing")
        self.look()  # the file that changed settles
        self.assert_whole()

    def test_this_server_cannot_keep_it(self) -> None:
        for place in ("spool", "imports"):
            shutil.rmtree(self.media, ignore_errors=True)
            self.media.mkdir()
            (self.media / place).write_text("a file where the folder should be")
            with self.subTest(place):
                self.assertIn("сервер", self.failure())
                self.assertEqual((self.standing(), ImportBatch.objects.count()), ("failed", 0))
        (self.media / "imports").unlink()
        self.assert_whole()
        self.assertEqual(self.standing(), "")

    def test_a_header_without_rows_is_refused(self) -> None:
        self.put("counterparties.csv", cards(0))
        self.look()
        self.assertIn("counterparties.csv", self.failure() and self.failure())
        self.assertEqual(self.standing(), "failed")


class Walls(FeedTestCase):
    """Nothing outside the allowed roots can be watched or read."""

    def test_folders_outside_the_roots_are_refused(self) -> None:
        outside = self.media.parent
        (self.root / "link").symlink_to(outside)
        for address in ("..", "../..", "/etc", str(outside), "lakhta/../../..", "link", "lakhta/../../feeds-evil"):
            with self.subTest(address), self.assertRaisesMessage(FeedError, str(self.root)):
                folder_at(address)
        self.assertEqual(folder_at("lakhta"), self.inbox.resolve())

    def test_a_missing_folder_says_what_to_do(self) -> None:
        type(self.feed).objects.update(address="prospekt")
        seen = self.look()
        self.assertEqual(seen.outcome, "failed")
        self.assertIn("prospekt", seen.detail)

    def test_links_pipes_and_folders_are_no_files(self) -> None:
        secret = self.media.parent / "secret.csv"
        secret.write_text(cards(3))
        (self.inbox / "counterparties.csv").symlink_to(secret)
        os.mkfifo(self.inbox / "counterparties_2.csv")
        (self.inbox / "counterparties_3.csv").mkdir()
        with transport_for(self.feed) as transport:
            self.assertEqual(transport.listed(), [])
            with self.assertRaises(FeedError):
                transport.fetch(Found("counterparties.csv", 1, 1), self.media.parent / "stolen")

    def test_a_file_that_may_not_be_moved_is_loaded_all_the_same(self) -> None:
        type(self.feed).objects.update(moves_taken=True)
        (self.inbox / "done").write_text("a file where the folder should be")
        self.put("counterparties.csv", cards(2))
        batch = self.deliver()
        self.assertEqual(batch.state, "done")
        self.assertIn("done", self.look().detail)

    def test_the_form_is_told_what_is_wrong(self) -> None:
        mistakes = transport_class("folder").mistakes
        self.assertEqual(set(mistakes("..", {})), {"address", "files"})
        self.assertEqual(mistakes("lakhta", PATTERNS), {})
        self.assertIn("files", mistakes("lakhta", {"cards": "a/*.csv"}))
        self.assertIn("files", mistakes("lakhta", {"cards": "*.csv", "documents": "*.CSV"}))

    def test_the_spool_is_emptied(self) -> None:
        self.put("counterparties.csv", cards(2))
        self.deliver()
        self.assertFalse(
            [path for path in (self.media / "spool").rglob("*") if stat.S_ISREG(Path(path).stat().st_mode)]
        )
