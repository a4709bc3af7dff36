"""An external list follows its segment: opt-outs first, removals, additions; every address that leaves is logged."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from unittest.mock import Mock, patch

import django_rq
from django.test import TestCase
from django.utils import timezone

from segments import erasing, usage
from segments.consents import record_consent
from segments.models import ConsentState, DataExport, ExternalAddress, ExternalList, ListSync, Segment
from segments.outward import permits, providers, syncing
from segments.outward.providers import ListError
from tests.segments.builders import make_consent, make_contact, make_customer, make_segment

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}


class Shelf:
    """A provider that keeps its lists in memory, and refuses what it is told to."""

    name, label, kind, channel = "shelf", "Полка", "email", "email"
    batch, audience_help = 5000, "Номер полки."

    def __init__(self) -> None:
        self.lists: dict[str, set[str]] = {}
        self.left: set[str] = set()
        self.refuses: dict[str, str] = {}
        self.calls: list[str] = []
        self.fault: ListError | None = None
        self.too_few = ""

    def opt_outs(self, audience: str) -> set[str]:
        self.calls.append("opt_outs")
        return self.left

    def held_back(self, audience: str, count: int) -> str:
        return self.too_few

    def pack(self, values: Sequence[str]) -> bytes:
        return "\n".join(values).encode()

    def add(self, audience: str, values: Sequence[str]) -> Mapping[str, str]:
        self.calls.append("add")
        if self.fault:
            raise self.fault
        self.lists.setdefault(audience, set()).update(value for value in values if value not in self.refuses)
        return {value: self.refuses[value] for value in values if value in self.refuses}

    def remove(self, audience: str, values: Sequence[str]) -> None:
        self.calls.append("remove")
        self.lists.setdefault(audience, set()).difference_update(values)

    def told(self, audience: str) -> str:
        return f"На полке {len(self.lists.get(audience, ()))}."


class SyncCase(TestCase):
    def setUp(self) -> None:
        self.shelf = Shelf()
        self.enterContext(patch.dict(providers._providers, {"shelf": self.shelf}))
        self.permit = Mock(return_value=True)
        self.enterContext(patch.object(permits, "_permits", [self.permit]))
        self.people = [make_customer(name) for name in ("Анна", "Борис", "Вера")]
        self.points = [make_contact(each, f"{i}@example.test") for i, each in enumerate(self.people)]
        for point in self.points:
            make_consent(point)
        self.segment = make_segment(*self.people, rule=BUYERS, name="Покупатели")
        self.external = ExternalList.objects.create(
            name="Похожие", segment=self.segment, provider="shelf", audience="a1"
        )

    def sync(self) -> dict[str, int] | None:
        ExternalList.objects.update(due_at=timezone.now())
        return syncing.sync_due(self.external.pk)

    def there(self) -> set[str]:
        return self.shelf.lists.get("a1", set())


class InStep(SyncCase):
    def test_first_all_then_only_what_changed(self) -> None:
        self.assertEqual(self.sync(), {"opted_out": 0, "added": 3, "removed": 0, "size": 3})
        self.assertEqual(self.there(), {"0@example.test", "1@example.test", "2@example.test"})
        self.segment.memberships.filter(customer=self.people[0]).delete()
        self.assertEqual(self.sync(), {"opted_out": 0, "added": 0, "removed": 1, "size": 2})
        self.assertEqual(self.there(), {"1@example.test", "2@example.test"})
        self.shelf.calls.clear()
        self.sync()
        self.assertEqual(self.shelf.calls, ["opt_outs"])

    def test_only_addresses_that_may_be_written_to(self) -> None:
        make_contact(self.people[0], "+79123456789")
        make_contact(self.people[0], "silent@example.test")
        bad = make_contact(self.people[1], "bad@example.test", validity="invalid")
        make_consent(bad)
        self.assertEqual(self.sync()["added"], 3)

    def test_a_withdrawal_here_takes_the_address_off_there(self) -> None:
        self.sync()
        make_consent(self.points[0], given=False, origin="person")
        self.assertEqual(self.sync()["removed"], 1)
        self.assertNotIn("0@example.test", self.there())

    def test_opt_outs_there_come_first_and_bind_here(self) -> None:
        self.sync()
        self.shelf.left, self.shelf.calls = {"1@example.test", "stranger@example.test"}, []
        done = self.sync()
        self.assertEqual((done["opted_out"], done["removed"]), (1, 1))
        self.assertEqual(self.shelf.calls, ["opt_outs", "remove"])
        state = ConsentState.objects.get(contact_point=self.points[1], channel="email")
        self.assertEqual((state.given, state.origin), (False, "person"))

    def test_who_left_there_before_we_came_is_never_added(self) -> None:
        self.shelf.left = {"1@example.test"}
        self.assertEqual(self.sync(), {"opted_out": 1, "added": 2, "removed": 0, "size": 2})
        self.assertNotIn("1@example.test", self.there())
        self.assertEqual(self.sync()["opted_out"], 0)  # said once, not every hour

    def test_what_is_held_back_waits_and_leaves_no_line_in_the_log(self) -> None:
        self.shelf.too_few = "меньше 25"
        self.assertEqual(self.sync()["added"], 0)
        self.assertEqual(ListSync.objects.get().refused, {"меньше 25": 3})
        self.assertFalse(DataExport.objects.exists())
        self.shelf.too_few = ""
        self.assertEqual(self.sync()["added"], 3)

    def test_what_the_provider_says_stands_on_the_list(self) -> None:
        self.sync()
        self.external.refresh_from_db()
        self.assertEqual(self.external.told, "На полке 3.")

    def test_what_is_refused_is_told_and_offered_again(self) -> None:
        self.shelf.refuses = {"0@example.test": "не найден"}
        self.assertEqual(self.sync()["added"], 2)
        self.assertEqual(ListSync.objects.get().refused, {"не найден": 1})
        self.shelf.refuses = {}
        self.assertEqual(self.sync()["added"], 1)

    def test_the_list_of_an_archived_segment_is_emptied(self) -> None:
        self.sync()
        Segment.objects.update(is_archived=True)
        self.assertEqual(self.sync()["size"], 0)
        self.assertEqual(self.there(), set())

    def test_in_batches(self) -> None:
        with patch.object(self.shelf, "batch", 2):
            self.sync()
        self.assertEqual(self.shelf.calls.count("add"), 2)


class Permitted(SyncCase):
    def test_an_installation_that_may_not_send_exchanges_nothing_and_says_so(self) -> None:
        self.permit.return_value = False
        self.assertEqual(self.sync()["added"], 0)
        self.assertEqual(self.there(), set())
        self.assertFalse(DataExport.objects.exists())
        self.external.refresh_from_db()
        self.assertIn("выключена", self.external.error)
        self.permit.return_value = True
        self.assertEqual(self.sync()["added"], 3)


class Logged(SyncCase):
    def test_the_journal_and_the_log_of_exports_know_whose(self) -> None:
        self.sync()
        ids = [point.pk for point in self.points]
        self.assertEqual(ListSync.objects.get().added_ids, ids)
        export = DataExport.objects.get()
        self.assertEqual((export.kind, export.about, export.recipient), ("external_list", "Покупатели", "Полка: a1"))
        self.assertEqual((export.rows, export.contact_ids), (3, ids))
        left = b"0@example.test\n1@example.test\n2@example.test"
        self.assertEqual(export.digest, hashlib.sha256(left).hexdigest())

    def test_it_is_logged_before_it_leaves_also_when_it_then_fails(self) -> None:
        self.shelf.fault = ListError("Сервис недоступен")
        self.sync()
        self.assertEqual(DataExport.objects.get().rows, 3)
        self.assertFalse(ExternalAddress.objects.exists())
        self.external.refresh_from_db()
        self.assertEqual((self.external.error, self.external.synced_at), ("Сервис недоступен", None))
        self.assertLess(self.external.due_at, timezone.now() + syncing.EVERY)
        self.shelf.fault = None
        self.sync()
        self.external.refresh_from_db()
        self.assertEqual((self.external.error, self.external.size), ("", 3))

    def test_a_provider_that_is_not_connected(self) -> None:
        ExternalList.objects.update(provider="gone")
        self.sync()
        self.assertIn("«gone»", ListSync.objects.get().error)


class Due(SyncCase):
    def test_a_killed_one_is_not_under_way_for_ever(self) -> None:
        killed, living = (ListSync.objects.create(external_list=self.external) for _ in range(2))
        self.assertEqual(
            [(each.pk, each.broke_off) for each in syncing.journal(self.external.pk, 5)],
            [(living.pk, False), (killed.pk, True)],
        )
        ListSync.objects.update(started_at=timezone.now() - timedelta(seconds=syncing.LONGEST + 1))
        self.assertTrue(all(each.broke_off for each in syncing.journal(self.external.pk, 5)))
        ListSync.objects.update(finished_at=timezone.now())
        self.assertFalse(any(each.broke_off for each in syncing.journal(self.external.pk, 5)))

    def test_the_sweep_rings_for_active_lists_that_are_due(self) -> None:
        queue = django_rq.get_queue(syncing.QUEUE)
        queue.empty()
        self.addCleanup(queue.empty)
        ExternalList.objects.create(name="x", segment=self.segment, provider="shelf", audience="2", is_active=False)
        later = timezone.now() + timedelta(hours=1)
        ExternalList.objects.create(name="y", segment=self.segment, provider="shelf", audience="3", due_at=later)
        for rung in (1, 0):
            with self.captureOnCommitCallbacks(execute=True):
                self.assertEqual(syncing.sweep(), {"external_lists": rung})

    def test_a_list_that_is_not_due_is_left(self) -> None:
        self.sync()
        self.assertIsNone(syncing.sync_due(self.external.pk))
        syncing.ask(self.segment.pk)
        self.assertIsNotNone(syncing.sync_due(self.external.pk))

    def test_asked_anew_meanwhile_it_stays_due(self) -> None:
        asked = timezone.now()

        def opt_outs(audience: str) -> list[str]:
            ExternalList.objects.update(due_at=asked)
            return []

        with patch.object(self.shelf, "opt_outs", opt_outs):
            self.sync()
        self.external.refresh_from_db()
        self.assertEqual(self.external.due_at, asked)


class Leaving(SyncCase):
    def test_an_erased_person_is_dropped_by_the_provider_and_then_forgotten(self) -> None:
        self.sync()
        erasing.erase([self.people[0].pk])
        self.assertEqual(ExternalAddress.objects.exclude(farewell="").get().farewell, "0@example.test")
        self.assertEqual(self.sync()["removed"], 1)
        self.assertNotIn("0@example.test", self.there())
        self.assertFalse(ExternalAddress.objects.exclude(farewell="").exists())

    def test_a_segment_with_a_list_is_not_deleted(self) -> None:
        with self.assertRaises(usage.InUse) as refused:
            usage.delete(self.segment)
        self.assertIn("Похожие", str(refused.exception))


class Consent(SyncCase):
    def test_who_never_said_yes_is_not_sent(self) -> None:
        record_consent(
            contact_point_ids=[self.points[2].pk],
            channels=["email"],
            given=False,
            origin="staff",
            purpose="advertising",
        )
        self.assertEqual(self.sync()["added"], 2)
