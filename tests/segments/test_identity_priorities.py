"""Another priority of a source: the people whose cards disagree become another record, nobody else is touched."""

from datetime import date
from unittest import mock

import django_rq
from django.db import connection
from django.test import TestCase
from django.urls import reverse

from segments import jobs
from segments.admin.dictionary_files import SourceResource
from segments.identity import priorities
from segments.identity.golden import refresh_golden
from segments.identity.merging import LOCK
from segments.models import Customer, CustomerFacts, Segment, Source
from tests.segments.builders import make_card, make_city, make_customer, make_segment, make_source, make_staff


class Priorities(TestCase):
    def setUp(self) -> None:
        django_rq.get_queue("segments").empty()
        self.addCleanup(django_rq.get_queue("segments").empty)
        self.centre, self.website = make_source("1С Лахты"), make_source("Сайт")
        self.disputed = self.person(self.centre, self.website)
        self.agreed = self.person(self.centre, self.centre)
        self.segment = make_segment()
        Segment.objects.update(refresh_due_at=None)

    def person(self, *sources: Source) -> Customer:
        """Her second card is older, of another city and another birthday."""
        customer = make_customer()
        for year, source in zip((2024, 2018), sources, strict=True):
            make_card(
                customer, source=source, last_name="Иванова", first_name="Анна", created_on=date(year, 1, 1),
                birth_date=date(year - 40, 1, 1), city=make_city(f"Город {year}"),
            )  # fmt: skip
        refresh_golden([customer.pk])
        return customer

    def believe(self, source: Source, priority: int) -> None:
        Source.objects.filter(pk=source.pk).update(priority=priority)

    def city(self, customer: Customer) -> str:
        return Customer.objects.get(pk=customer.pk).city.name

    def test_who_has_cards_of_both_is_told_by_the_one_that_is_believed_now(self) -> None:
        before = Customer.objects.get(pk=self.agreed.pk)
        self.assertEqual(self.city(self.disputed), "Город 2024")
        self.believe(self.website, 5)
        self.assertEqual(priorities.settle(), {"customers": 1})
        self.assertEqual(self.city(self.disputed), "Город 2018")
        self.assertEqual(CustomerFacts.objects.get(customer=self.disputed).city.name, "Город 2018")
        self.assertEqual(Customer.objects.get(pk=self.agreed.pk).updated_at, before.updated_at)
        self.segment.refresh_from_db()
        self.assertIsNotNone(self.segment.refresh_due_at)
        self.believe(self.website, -1)
        self.assertEqual(priorities.settle(), {"customers": 1})
        self.assertEqual(self.city(self.disputed), "Город 2024")

    def test_a_priority_that_changes_nobody_refreshes_no_segment(self) -> None:
        self.believe(make_source("Выставка"), 3)
        self.assertEqual(priorities.settle(), {"customers": 0})
        self.segment.refresh_from_db()
        self.assertIsNone(self.segment.refresh_due_at)
        self.assertFalse(priorities.changed().exists())

    def test_many_people_go_part_by_part(self) -> None:
        others = [self.person(self.centre, self.website) for _ in range(4)]
        self.believe(self.website, 5)
        with mock.patch.object(priorities, "PART", 2):
            self.assertEqual(priorities.settle(), {"customers": 5})
        self.assertEqual({self.city(each) for each in others}, {"Город 2018"})

    def test_beside_an_import_it_waits_for_the_next_tick(self) -> None:
        self.believe(self.website, 5)
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            self.assertEqual(priorities.settle(), {"customers": 0})
            cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))  # a closed connection lets go of it a moment later
        self.assertEqual(self.city(self.disputed), "Город 2024")
        self.assertEqual(priorities.settle(), {"customers": 1})

    def test_the_sweep_rings_once_while_a_priority_waits(self) -> None:
        self.assertEqual(priorities.sweep(), {"priorities": 0})
        self.believe(self.website, 5)
        for rung in (1, 0):
            with self.captureOnCommitCallbacks(execute=True):
                self.assertEqual(jobs.sweep()["priorities"], rung)
        (job,) = (job for job in django_rq.get_queue("segments").get_jobs() if job.func_name == priorities.JOB)
        self.assertEqual(job.perform(), {"customers": 1})
        django_rq.get_queue("segments").empty()
        self.assertEqual(priorities.sweep(), {"priorities": 0})

    def test_a_priority_that_is_changed_meanwhile_comes_again(self) -> None:
        self.believe(self.website, 5)

        def changed_meanwhile(part: list[int]) -> int:
            self.believe(self.website, -5)
            return refresh_golden(part)

        with mock.patch.object(priorities, "refresh_golden", changed_meanwhile):
            priorities.settle()
        self.assertTrue(priorities.changed().exists())

    def test_whoever_changes_it_is_told_what_happens(self) -> None:
        self.client.force_login(make_staff("segments.view_source", "segments.change_source"))
        page = reverse("admin:segments_source_change", args=[self.website.pk])
        fields = {"name": "Сайт", "kind": "website", "time_zone": "Europe/Moscow"}
        for priority, told in ((5, 1), (5, 0)):
            answer = self.client.post(page, {**fields, "priority": priority}, follow=True)
            self.assertEqual(len(answer.context["messages"]), 1 + told)
        self.assertEqual(priorities.settle(), {"customers": 1})


class File(TestCase):
    """Sources as a file carry all that the page shows."""

    def test_what_is_saved_loads_again(self) -> None:
        Source.objects.filter(pk=make_source("Сайт").pk).update(kind="website", priority=-3, time_zone="Asia/Omsk")
        saved = SourceResource().export()
        Source.objects.all().delete()
        SourceResource().import_data(saved, raise_errors=True)
        source = Source.objects.get()
        self.assertEqual(
            (source.name, source.kind, source.priority, source.time_zone), ("Сайт", "website", -3, "Asia/Omsk")
        )

    def test_a_file_of_before_leaves_what_it_does_not_name(self) -> None:
        Source.objects.filter(pk=make_source("Сайт").pk).update(kind="website", priority=7)
        saved = SourceResource().export()
        for column in saved.headers[2:]:
            del saved[column]
        SourceResource().import_data(saved, raise_errors=True)
        self.assertEqual(Source.objects.values_list("kind", "priority").get(), ("website", 7))

    def test_a_priority_is_a_number_of_the_table(self) -> None:
        for priority in ("высокий", "1,5", "", "70000"):
            saved = SourceResource().export(Source.objects.none())
            saved.append(["Сайт", "Europe/Moscow", "website", priority])
            result = SourceResource().import_data(saved)
            self.assertTrue(result.has_validation_errors(), priority)
        self.assertFalse(Source.objects.exists())
