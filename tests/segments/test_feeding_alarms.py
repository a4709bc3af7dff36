"""Late, failed, suddenly shrunk: when an alarm rings, and that it ends by itself."""

from unittest import mock

import django_rq
from django.test import SimpleTestCase

from segments import jobs
from segments.feeding import alarms, holding
from segments.feeding import jobs as feeding
from segments.feeding.errors import FeedError
from segments.feeding.guard import allowed_address
from segments.feeding.sealing import seal, unseal
from segments.importing import running
from segments.models import Card, Feed, ImportBatch, Mapping
from tests.segments.feeding_room import FeedTestCase, cards, visits


class Late(FeedTestCase):
    def test_a_feed_that_brings_nothing_is_late_until_it_does(self) -> None:
        self.assertEqual(self.standing(), "")
        self.a_day_passes()
        self.assertEqual(self.standing(), "")
        self.a_day_passes()
        self.assertEqual(self.standing(), "late")
        since = self.feed.problem_since
        self.assertEqual((self.standing(), self.feed.problem_since), ("late", since))
        self.put("counterparties.csv", cards(2))
        self.deliver()
        self.assertEqual((self.standing(), self.feed.problem_since), ("", None))

    def test_a_paused_feed_is_not_late(self) -> None:
        self.a_day_passes()
        self.a_day_passes()
        self.assertEqual(self.standing(), "late")
        Feed.objects.update(is_active=False)
        self.assertEqual(self.standing(), "")
        self.assertEqual(alarms.in_trouble(), [])


class Failed(FeedTestCase):
    def test_a_failed_import_of_the_feed(self) -> None:
        self.put("counterparties.csv", cards(2))
        self.look()
        batch = self.look().batch
        ImportBatch.objects.filter(pk=batch.pk).update(state="failed", error="Нет места на диске.")
        self.assertEqual((self.standing(), self.feed.problem_detail), ("failed", "Нет места на диске."))
        batch.refresh_from_db()
        running.confirm(batch, background=False)
        self.assertEqual(self.standing(), "")
        running.run(batch.pk)
        self.assertEqual((self.standing(), self.feed.rows), ("", {"cards": 2}))

    def test_the_first_delivery_waits_for_a_person(self) -> None:
        Mapping.objects.all().delete()
        self.put("counterparties.csv", cards(2))
        self.look()
        seen = self.look()
        self.assertEqual((seen.outcome, seen.batch.state, self.standing()), ("failed", "decoded", "failed"))
        running.confirm(seen.batch, background=False)
        running.run(seen.batch.pk)
        self.assertEqual((self.standing(), self.feed.rows), ("", {"cards": 2}))
        self.put("counterparties.csv", cards(3))
        self.assertEqual(self.deliver().state, "done")

    def test_other_columns_than_those_confirmed_wait_for_a_person(self) -> None:
        self.put("counterparties.csv", cards(2).replace("Телефон", "Мобильный"))
        self.look()
        self.assertEqual((self.look().outcome, self.standing()), ("failed", "failed"))
        self.assertEqual(Card.objects.count(), 0)


class Shrunk(FeedTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.put("counterparties.csv", cards(10))
        self.put("documents.csv", visits(10))
        self.deliver()
        self.assertEqual(self.standing(), "")

    def shrink(self, count: int = 6) -> ImportBatch:
        self.put("counterparties.csv", cards(count, first=100))
        self.look()
        seen = self.look()
        self.assertEqual(seen.outcome, "held")
        self.assertEqual(seen.batch.state, "decoded")
        return seen.batch

    def test_a_little_less_is_loaded(self) -> None:
        self.put("counterparties.csv", cards(7))
        self.deliver()
        self.assertEqual((self.standing(), self.feed.rows), ("", {"cards": 7, "documents": 10}))

    def test_much_less_is_held_back_and_nothing_of_it_is_loaded(self) -> None:
        self.shrink()
        self.assertEqual(self.standing(), "shrunk")
        self.assertIn("10", self.feed.problem_detail)
        self.assertEqual(Card.objects.count(), 10)
        self.assertEqual((self.look().outcome, self.standing()), ("nothing", "shrunk"))

    def test_load_anyway(self) -> None:
        batch = self.shrink()
        with self.captureOnCommitCallbacks():
            holding.load_anyway(self.feed)
        self.assertEqual(self.standing(), "")
        running.run(batch.pk)
        self.assertEqual((self.standing(), self.feed.rows["cards"], Card.objects.count()), ("", 6, 16))

    def test_drop_it(self) -> None:
        batch = self.shrink()
        holding.drop(self.feed)
        batch.refresh_from_db()
        self.assertEqual((batch.state, self.standing()), ("cancelled", ""))
        self.assertEqual((self.look().outcome, self.look().outcome), ("nothing", "nothing"))
        self.assertEqual(Card.objects.count(), 10)
        for verb in (holding.drop, holding.load_anyway):
            with self.assertRaises(FeedError):
                verb(self.feed)

    def test_a_good_delivery_overtakes_the_held_one(self) -> None:
        held = self.shrink()
        self.put("counterparties.csv", cards(11))
        self.deliver()
        held.refresh_from_db()
        self.assertEqual((held.state, self.standing(), self.feed.rows["cards"]), ("cancelled", "", 11))

    def test_a_kind_that_did_not_come_is_not_short(self) -> None:
        self.put("counterparties.csv", cards(12))
        self.assertEqual(self.deliver().state, "done")


class Sweep(FeedTestCase):
    def test_what_is_due_is_rung_for_once(self) -> None:
        for rung in (1, 0):
            with self.captureOnCommitCallbacks(execute=True):
                self.assertEqual(feeding.sweep(), {"feeds": 1, "looks": rung})
        django_rq.get_queue("imports").empty()
        self.assertEqual(feeding.look(self.feed.pk), {"feed": self.feed.pk, "outcome": "nothing"})
        self.assertIsNone(feeding.look(self.feed.pk))  # the bell rang twice
        self.assertEqual(feeding.sweep(), {"feeds": 0, "looks": 0})
        self.assertLessEqual({"feeds", "imports", "indexes", "due", "night_works"}, set(jobs.sweep()))

    def test_by_hand_it_is_looked_at_before_its_time(self) -> None:
        feeding.look(self.feed.pk)
        for _click in range(2):
            with self.captureOnCommitCallbacks(execute=True):
                feeding.ask(self.feed)
        self.assertEqual(django_rq.get_queue("imports").count, 1)
        self.assertIsNotNone(feeding.look(self.feed.pk, by_hand=True))

    def test_a_look_that_is_killed_leaves_nothing_half(self) -> None:
        self.put("counterparties.csv", cards(2))
        self.look()
        with mock.patch("segments.feeding.looking._begin", side_effect=SystemExit), self.assertRaises(SystemExit):
            self.look()
        self.assertEqual(ImportBatch.objects.count(), 0)
        self.assertEqual(self.look().outcome, "loaded")


class Secrets(SimpleTestCase):
    def test_sealed_and_back(self) -> None:
        self.assertEqual((seal(""), unseal("")), ("", ""))
        self.assertNotIn("тайна", seal("тайна"))
        self.assertEqual(unseal(seal("тайна")), "тайна")
        sealed = seal("тайна")
        with self.settings(SECRET_KEY="новый", SECRET_KEY_FALLBACKS=[]), self.assertRaises(FeedError):
            unseal(sealed)


class Guard(SimpleTestCase):
    """Rows 45 of the fault plan: the many ways to write this machine."""

    def test_this_machine_in_every_spelling(self) -> None:
        for host in (
            "127.0.0.1",
            "127.1",
            "localhost",
            "::1",
            "::ffff:127.0.0.1",
            "2130706433",
            "0x7f000001",
            "0.0.0.0",
        ):
            with self.subTest(host), self.assertRaises(FeedError):
                allowed_address(host, 80)

    def test_the_cloud_s_own_address_and_multicast(self) -> None:
        for host in ("169.254.169.254", "fe80::1", "224.0.0.1", "::", "255.255.255.255", "::ffff:169.254.169.254"):
            with self.subTest(host), self.settings(FEED_ALLOW_LOOPBACK=True), self.assertRaises(FeedError):
                allowed_address(host, 80)

    def test_the_private_network_by_the_setting(self) -> None:
        self.assertEqual(allowed_address("192.168.1.10", 80), "192.168.1.10")
        with self.settings(FEED_ALLOW_PRIVATE=False), self.assertRaises(FeedError):
            allowed_address("192.168.1.10", 80)
        with self.settings(FEED_ALLOW_PRIVATE=False):
            self.assertEqual(allowed_address("8.8.8.8", 80), "8.8.8.8")

    def test_a_name_that_has_one_forbidden_address_is_forbidden(self) -> None:
        found = [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("127.0.0.1", 80))]
        with mock.patch("socket.getaddrinfo", return_value=found), self.assertRaises(FeedError):
            allowed_address("rebinding.example", 80)

    def test_a_name_that_is_not_there(self) -> None:
        with (
            mock.patch("socket.getaddrinfo", side_effect=OSError),
            self.assertRaisesMessage(FeedError, "nowhere.example"),
        ):
            allowed_address("nowhere.example", 80)
