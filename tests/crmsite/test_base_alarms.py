"""The start page tells of feeds in trouble and of nights that went wrong, with what to do about it."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from crmsite import base_alarms
from crmsite.models import User
from segments import nightly
from segments.models import Feed, ImportBatch, NightWork
from tests.crmsite.builders import make_staff
from tests.segments.builders import make_source


class Alarms(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager, cls.administrator, cls.analyst = map(make_staff, ("manager", "administrator", "analyst"))

    def make_feed(self, problem: str, **fields: object) -> Feed:
        return Feed.objects.create(
            source=make_source(), name=f"Лахта {problem}", transport="folder", address="lakhta", files={"cards": "*.csv"},
            problem=problem, problem_since=timezone.now(), **fields,
        )  # fmt: skip

    def page(self, user: User) -> str:
        self.client.force_login(user)
        return self.client.get("/admin/").content.decode()

    def test_a_feed_in_trouble_is_said_with_a_link_and_what_to_do(self) -> None:
        late = self.make_feed("late", last_ok_at=timezone.now() - timedelta(days=2))
        self.make_feed("shrunk", problem_detail="Карточки: строк 2 вместо 10")
        self.make_feed("failed", problem_detail="Нет места на диске.")
        page = self.page(self.manager)
        self.assertIn(f"/admin/segments/feed/{late.pk}/change/", page)
        for sentence in (
            "давно ничего не приходило",
            "Последняя доставка:",
            "строк 2 вместо 10",
            "Нет места на диске.",
        ):
            self.assertIn(sentence, page)
        self.assertNotIn("Лахта", self.page(self.analyst))

    def test_the_gravest_come_first(self) -> None:
        self.make_feed("late")
        self.make_feed("failed", problem_detail="Нет связи.")
        tones = [task.tone for task in base_alarms.tasks_for(self.administrator)]
        self.assertEqual(tones, ["danger", "warning"])

    def test_a_paused_or_healthy_feed_is_silent(self) -> None:
        self.make_feed("")
        self.make_feed("late", is_active=False)
        self.assertEqual(base_alarms.tasks_for(self.administrator), [])

    def test_an_import_of_a_feed_is_told_once(self) -> None:
        feed = self.make_feed("failed", problem_detail="Нет столбца «Код».")
        ImportBatch.objects.create(source=feed.source, feed=feed, state="failed", error="Нет столбца «Код».")
        self.assertEqual(self.page(self.manager).count("Нет столбца «Код»."), 1)

    def test_loose_keys_are_told_to_administrators_until_they_are_gone(self) -> None:
        row = NightWork.objects.create(
            name="orphans", result={"orphans": {"card.customer": {"rows": 3, "examples": ["17", "18"]}}}
        )
        page = self.page(self.administrator)
        self.assertIn("3 строки базы ссылаются в никуда", page)
        self.assertIn("17, 18", page)
        self.assertNotIn("ссылаются в никуда", self.page(self.manager))
        NightWork.objects.filter(pk=row.pk).update(result={"orphans": {}})
        self.assertNotIn("ссылаются в никуда", self.page(self.administrator))

    def test_a_night_that_failed(self) -> None:
        NightWork.objects.create(name="facts", error="OperationalError: нет места.")
        page = self.page(self.administrator)
        self.assertIn("факты о клиентах", page)
        self.assertIn("нет места. Попытка", page)

    def test_every_work_of_the_night_has_a_name(self) -> None:
        self.assertEqual(set(base_alarms.NIGHT_WORKS), set(nightly.WORKS))
