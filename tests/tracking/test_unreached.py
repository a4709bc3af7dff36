"""Who cannot be written to: counts by reason that agree with the rule behind each number, its people, and a segment of them."""

from typing import Any

from django.test import TestCase
from django.urls import reverse

from campaigns import barriers
from campaigns.contacts import CONTACTS
from segments import facts
from segments.models import ContactPoint, Segment
from segments.rules.compile import matching
from segments.rules.tree import FORMAT
from tests.segments.builders import (
    make_brand,
    make_consent,
    make_contact,
    make_customer,
    make_segment,
    make_staff,
    make_vehicle,
)
from tracking.report_pages import asking, behind, frame
from tracking.report_pages.registry import REPORTS
from tracking.summaries import reach

REPORT = REPORTS["unreached"]
BACKEND = "django.contrib.auth.backends.ModelBackend"
SEEN = ("campaigns.view_campaign", "segments.view_customer")


def found(**address: str) -> frame.Found:
    return frame.find(REPORT, asking.read_from(address))


class Unreached(TestCase):
    """Seven people; of the fifth one address is refused and one was never asked about."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.brand = make_brand("Лада")
        cls.people = [make_customer() for _ in range(7)]
        reached, dead, of_a_brand, refused, twice, shared, _none = cls.people
        cls.says(reached)
        dead_point = cls.says(dead)
        cls.says(of_a_brand, brand_id=cls.brand.pk)
        cls.says(refused, given=False)
        cls.says(twice, given=False)
        make_contact(twice, "twice@example.test")
        shared_point = cls.says(shared)
        ContactPoint.objects.filter(pk=dead_point.pk).update(reachability="unreachable")
        ContactPoint.objects.filter(pk=shared_point.pk).update(is_shared=True)
        make_vehicle(refused, brand=cls.brand, year=2020)
        cls.segment = make_segment(refused, twice, name="Тихие")
        cls.reader = make_staff(*SEEN)
        facts.refresh_facts()
        reach.refresh()

    @classmethod
    def says(cls, person: Any, *, given: bool = True, brand_id: int | None = None) -> ContactPoint:
        point = make_contact(person, f"p{person.pk}@example.test")
        make_consent(point, given=given, **({"brand_id": brand_id} if brand_id else {}))
        return point

    def row(self, report: frame.Found, key: str) -> frame.Row:
        return next(row for row in report.rows if row.key == key)

    def test_each_is_counted_for_the_reason_nearest_to_writing(self) -> None:
        report = found()
        email = self.row(report, "channel.email")
        told = {name.removeprefix("barrier_"): number for name, number in email.sums.items() if number}
        self.assertEqual(told, {
            "base": 7, "unreached": 6, "suppressed": 1, "some_brands": 1, "opted_out": 1, "never_agreed": 1, "shared": 1, "no_contact": 1,
        })  # fmt: skip
        self.assertEqual(self.row(report, "channel.").sums, email.sums)
        self.assertEqual(self.row(report, "channel.sms").sums["barrier_no_contact"], 7)
        self.assertFalse(report.adds_up)

    def test_people_behind_each_number_are_as_many(self) -> None:
        told = 0
        for by in ("channel", "segment", "brand"):
            report = found(by=by, **({} if by == "channel" else {"channel": "email"}))
            for row in report.rows:
                for figure in report.columns:
                    if REPORT.counts(figure.name):
                        there = behind.of(REPORT, report.asked, row.key, figure.name)
                        assert there is not None
                        people = behind.people(there, report.asked, self.reader)
                        self.assertEqual(len(people), row.sums[figure.name], (row.key, figure.name))
                        if there.rule:
                            rule = {"format": FORMAT, "rule": there.rule}
                            self.assertEqual({*matching(rule).values_list("pk", flat=True)}, {*people}, there.title)
                        told += row.sums[figure.name]
        self.assertEqual(told, 2 * (6 * 2 + 7 * (len(CONTACTS) - 1)) + 2 * 2 + 2 * 6)

    def test_segments_and_brands(self) -> None:
        [row] = found(by="segment", channel="email").rows
        self.assertEqual((row.title, row.sums["base"], row.sums["unreached"]), ("Тихие", 2, 2))
        rows = found(by="brand").rows
        self.assertEqual({row.title: row.sums["base"] for row in rows if row.title == "Лада"}, {"Лада": 1})
        self.assertEqual(sum(row.sums["base"] for row in rows), 7)

    def test_a_page_of_people_and_a_segment_of_them(self) -> None:
        address = reverse("admin:tracking_report_people", args=["unreached"])
        asked = {"row": "channel.email", "figure": "barrier_opted_out"}
        self.client.force_login(make_staff(*SEEN), BACKEND)
        page = self.client.get(reverse("admin:tracking_report", args=["unreached"]))
        self.assertContains(page, f"{address}?row=channel.email&amp;figure=barrier_opted_out")
        listed = self.client.get(address, asked)
        self.assertEqual([each["name"] for each in listed.context["people"]], [str(self.people[3])])
        self.assertEqual(self.client.post(f"{address}?row=channel.email&figure=barrier_opted_out").status_code, 403)
        self.assertRedirects(self.client.get(address, {"row": "channel.pigeon", "figure": "unreached"}),
                             reverse("admin:tracking_report", args=["unreached"]))  # fmt: skip
        self.client.force_login(make_staff(*SEEN, "segments.add_segment", "campaigns.add_campaign"), BACKEND)
        for _twice in range(2):
            self.client.post(f"{address}?row=channel.email&figure=barrier_opted_out")
        made = Segment.objects.exclude(pk=self.segment.pk).get()
        self.assertEqual(made.rule["rule"], {"all": [
            {"field": "email_barrier", "op": "any_of", "value": ["opted_out"]},
        ]})  # fmt: skip
        answer = self.client.post(f"{address}?row=channel.email&figure=barrier_opted_out", {"onward": "export"})
        self.assertIn(f"segments_in={made.pk}", answer["Location"])
        self.assertIn("kind=audience", answer["Location"])

    def test_who_may_not_see_people_sees_no_way_to_them(self) -> None:
        self.client.force_login(make_staff("campaigns.view_campaign"), BACKEND)
        page = self.client.get(reverse("admin:tracking_report", args=["unreached"]))
        self.assertNotContains(page, "/people/?")
        address = reverse("admin:tracking_report_people", args=["unreached"])
        self.assertEqual(self.client.get(address, {"row": "channel.", "figure": "unreached"}).status_code, 403)

    def test_reasons_are_those_of_planning(self) -> None:
        self.assertEqual(list(barriers.REASONS)[0], barriers.NOTHING)
        self.assertEqual(len({*barriers.NUMBERS.values()}), len(barriers.REASONS))
