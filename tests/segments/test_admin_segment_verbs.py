"""Buttons of a segment: clone, freeze, delete; each for those who may, each said in words."""

from unittest.mock import patch

from django.contrib.admin.models import LogEntry
from django.test import TestCase
from django.urls import reverse

from segments import usage
from segments.models import Segment
from tests.segments.builders import make_customer, make_segment, make_staff

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}
UPON = {"format": 1, "rule": {"field": "segment", "op": "any_of", "value": ["buyers"]}}
MANAGER = (
    "segments.view_segment", "segments.add_segment", "segments.change_segment", "segments.delete_segment",
    "segments.view_customer",
)  # fmt: skip


class VerbCase(TestCase):
    def setUp(self) -> None:
        self.manager = make_staff(*MANAGER)
        self.client.force_login(self.manager)
        self.segment = make_segment(make_customer(), rule=BUYERS, name="Покупатели", slug="buyers")

    def url(self, verb: str) -> str:
        return reverse(f"admin:segments_segment_{verb}", args=[self.segment.pk])


class Copies(VerbCase):
    def test_clone_and_freeze_lead_to_the_new_one(self) -> None:
        for verb, name in (("clone", "Покупатели (копия)"), ("freeze", "Покупатели, список от")):
            with self.subTest(verb):
                answer = self.client.post(self.url(verb))
                made = Segment.objects.latest("pk")
                self.assertIn(name, made.name)
                self.assertEqual(made.owner, self.manager)
                self.assertRedirects(answer, reverse("admin:segments_segment_change", args=[made.pk]))

    def test_one_that_is_being_counted_is_not_frozen(self) -> None:
        Segment.objects.update(refreshed_at=None)
        answer = self.client.post(self.url("freeze"), follow=True)
        self.assertContains(answer, "заморозьте его, когда подсчёт закончится")
        self.assertEqual(Segment.objects.count(), 1)

    def test_only_by_post_and_by_those_who_may_add(self) -> None:
        for verb in ("clone", "freeze"):
            self.assertEqual(self.client.get(self.url(verb)).status_code, 405)
        self.client.force_login(make_staff("segments.view_segment", "segments.change_segment"))
        for verb in ("clone", "freeze"):
            self.assertEqual(self.client.post(self.url(verb)).status_code, 403)
        self.assertEqual(Segment.objects.count(), 1)


class Deleting(VerbCase):
    def test_two_clicks(self) -> None:
        self.assertContains(self.client.get(self.url("delete")), "Удалить «Покупатели» навсегда?")
        self.client.post(self.url("delete"), {"post": "yes"})
        self.assertFalse(Segment.objects.exists())
        self.assertEqual(LogEntry.objects.get().object_repr, "Покупатели")

    def test_a_used_one_stays_and_the_page_says_where(self) -> None:
        make_segment(rule=UPON, name="Поверх")
        for answer in (self.client.get(self.url("delete")), self.client.post(self.url("delete"), {"post": "yes"})):
            self.assertContains(answer, "«Покупатели» используется, поэтому остаётся")
            self.assertContains(answer, "Поверх</a> — правило сегмента")
        self.assertEqual(Segment.objects.count(), 2)

    def test_used_between_the_two_clicks(self) -> None:
        refused = usage.InUse([usage.Use("кампания", "Осень", "/x/")])
        with patch.object(usage, "delete", side_effect=refused):
            answer = self.client.post(self.url("delete"), {"post": "yes"}, follow=True)
        self.assertContains(answer, "стали использовать: Осень")
        self.assertTrue(Segment.objects.filter(pk=self.segment.pk).exists())
        self.assertFalse(LogEntry.objects.exists())

    def test_not_without_the_right(self) -> None:
        self.client.force_login(make_staff("segments.view_segment", "segments.change_segment"))
        self.assertEqual(self.client.post(self.url("delete"), {"post": "yes"}).status_code, 403)
