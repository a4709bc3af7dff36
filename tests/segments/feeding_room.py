"""A watched folder, a feed on it, and looks without a worker: what the tests of feeds share."""

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_rq
from django.test import TestCase, override_settings
from django.utils import timezone

from segments.feeding import alarms, looking
from segments.importing import running
from segments.models import Feed, FeedLook, ImportBatch, Mapping
from tests.segments.builders import make_source

CARDS = "Код;ФИО;Телефон\r\n"
DOCUMENTS = "Номер;Дата;Вид операции;Код контрагента\r\n"
NAMES = ("Иванов Пётр Ильич", "Смирнова Анна Львовна", "Кузнецов Олег Юрьевич", "Попова Инна Марковна")
MAPPINGS = {
    "cards": {"code": ["Код"], "name": ["ФИО"], "phone": ["Телефон"]},
    "documents": {"number": ["Номер"], "date": ["Дата"], "kind": ["Вид операции"], "card_code": ["Код контрагента"]},
}


def cards(count: int, first: int = 1) -> str:
    rows = (f"К{n};{NAMES[n % 4]};8921{n:07d}\r\n" for n in range(first, first + count))
    return CARDS + "".join(rows)


def visits(count: int) -> str:
    return DOCUMENTS + "".join(f"В{n};08.03.2026 12:00:00;Визит;К{n}\r\n" for n in range(1, count + 1))


class FeedTestCase(TestCase):
    """`self.inbox` is a folder below the only root, `self.feed` watches it; files of the feed lie in `self.media`."""

    def setUp(self) -> None:
        room = tempfile.TemporaryDirectory()
        self.addCleanup(room.cleanup)
        self.root, self.media = Path(room.name) / "feeds", Path(room.name) / "media"
        self.inbox = self.root / "lakhta"
        self.inbox.mkdir(parents=True)
        settings = override_settings(MEDIA_ROOT=str(self.media), FEED_ROOTS=[str(self.root)], FEED_ALLOW_LOOPBACK=True)
        settings.enable()
        self.addCleanup(settings.disable)
        django_rq.get_queue("imports").empty()
        self.source = make_source()
        for kind, columns in MAPPINGS.items():
            Mapping.objects.create(source=self.source, kind=kind, name=running.LAST_USED, columns=columns)
        self.feed = self.make_feed()

    def make_feed(self, **fields: Any) -> Feed:
        given: dict[str, Any] = {"name": "1С Лахты, ночью", "transport": "folder", "address": "lakhta",
                                 "files": {"cards": "counterparties*.csv", "documents": "documents*.csv"}}  # fmt: skip
        return Feed.objects.create(source=self.source, **(given | fields))

    def put(self, name: str, text: str, *, age: int = 0) -> Path:
        path = self.inbox / name
        path.write_bytes(text.encode("cp1251"))
        if age:
            self.touch(path, age)
        return path

    def touch(self, path: Path, age: int) -> None:
        then = timezone.now().timestamp() - age
        os.utime(path, (then, then))

    def look(self, **how: Any) -> FeedLook | None:
        return looking.look(self.feed.pk, **how)

    def failure(self) -> str:
        """What a look says that fails."""
        seen = self.look()
        assert seen is not None
        self.assertEqual(seen.outcome, "failed")
        return seen.detail

    def deliver(self) -> ImportBatch:
        """Two looks, so that files have settled, and the import that they began."""
        self.look()
        seen = self.look()
        assert seen is not None
        assert seen.batch is not None, seen.detail
        return running.run(seen.batch.pk)

    def standing(self) -> str:
        self.feed.refresh_from_db()
        alarms.settle(self.feed)
        return self.feed.problem

    def a_day_passes(self) -> None:
        """For the feed: everything that it did is a day older."""
        day = timedelta(days=1)
        for feed in Feed.objects.filter(pk=self.feed.pk):
            feed.created_at -= day
            feed.last_ok_at = feed.last_ok_at and feed.last_ok_at - day
            feed.save()
        for batch in ImportBatch.objects.filter(feed=self.feed, finished_at__isnull=False):
            ImportBatch.objects.filter(pk=batch.pk).update(finished_at=batch.finished_at - day)
