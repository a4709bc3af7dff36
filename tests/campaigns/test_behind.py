from unittest import mock

import pytest
from django.test import TestCase

from campaigns import behind, planning, whom
from campaigns.models import Message, Outcome, Resolution
from segments.models import Customer
from tests.campaigns.builders import make_account, make_campaign, make_reader
from tests.campaigns.launches import became, launched
from tests.segments.builders import make_customer, make_segment


def people(found: list[behind.Person]) -> list[int]:
    return [person.customer_id for person in found]


class OfPlanTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_account()
        cls.written = [make_reader() for _ in range(3)]
        cls.silent, cls.bare, cls.out = make_reader(consent=None), make_customer(), make_reader()
        everybody = [*cls.written, cls.silent, cls.bare, cls.out]
        cls.campaign = make_campaign(make_segment(*everybody), except_segments=(make_segment(cls.out),))

    def test_every_number_of_the_waterfall_has_its_people(self) -> None:
        for step in planning.waterfall(self.campaign):
            with self.subTest(step.key):
                self.assertEqual(len(behind.of_plan(self.campaign, step.key)), step.people)
        self.assertEqual(people(behind.of_plan(self.campaign, "no_consent")), [self.silent.pk])
        self.assertEqual(people(behind.of_plan(self.campaign, "excluded")), [self.out.pk])
        bare = behind.of_plan(self.campaign, "no_contact")
        self.assertEqual([(person.customer_id, person.contact_point_id) for person in bare], [(self.bare.pk, None)])

    def test_pages_go_on_where_they_ended(self) -> None:
        with mock.patch.object(behind, "PAGE", 1):
            first = behind.of_plan(self.campaign, "to_send")
            second = behind.of_plan(self.campaign, "to_send", first[0].key)
        self.assertEqual(people(first), [customer.pk for customer in self.written[:2]])
        self.assertEqual(people(second), [customer.pk for customer in self.written[1:]])


@pytest.mark.usefixtures("permitted")
def test_every_number_of_a_run_has_its_people(db: None) -> None:
    names = ("accepted", "rejected", "unknown", "resolved", "late", "waiting")
    who = {name: make_reader() for name in names}
    silent = make_reader(consent=None)
    run = launched(*who.values(), silent)
    told = {"accepted": ("accepted", ""), "rejected": ("rejected", "550"), "unknown": ("unknown", ""),
            "resolved": ("unknown", ""), "late": ("suppressed", "expired")}  # fmt: skip
    with mock.patch("tests.campaigns.launches.ended", lambda run: run):
        became(run, {who[name]: fate for name, fate in told.items()})
    resolved = Outcome.objects.get(message_id=_message(run.pk, who["resolved"]))
    Resolution.objects.create(
        message_id=resolved.pk, run_id=run.pk, kind="accepted", evidence="", resolved_at=run.started_at
    )

    def behind_of(why: str) -> list[int]:
        return people(behind.of_runs([run.pk], why))

    assert behind_of("accepted") == [who["accepted"].pk, who["resolved"].pk]
    assert behind_of("rejected") == [who["rejected"].pk]
    assert behind_of("unknown") == [who["unknown"].pk]
    assert behind_of("expired") == [who["late"].pk]
    assert behind_of(whom.PENDING) == [who["waiting"].pk]
    assert behind_of("no_consent") == [silent.pk]
    assert behind_of("control") == behind_of("held_out") == behind_of("cancelled") == []
    sums = behind.of_runs([run.pk], "left_out")
    assert {(person.customer_id, person.fate) for person in sums} == {
        (silent.pk, "no_consent"),
        (who["late"].pk, "expired"),
    }
    with mock.patch.object(behind, "PAGE", 1):
        assert len(behind_of("left_out")) == 2
        assert people(behind.of_runs([run.pk], "left_out", sums[0].key)) == [sums[1].customer_id]


def _message(run_id: int, customer: Customer) -> int:
    return Message.objects.get(run_id=run_id, customer_id=customer.pk).pk
