"""Background work that stands still, on the start page."""

import datetime as dt

import django_rq
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from crmsite import heartbeat, job_alarms
from crmsite.redis_client import redis
from tests.crmsite.builders import make_staff
from tests.crmsite.test_jobs_page import OverRedis, fail


class JobAlarmsTest(OverRedis):
    def setUp(self) -> None:
        super().setUp()
        self.manager, self.administrator = make_staff("manager"), make_staff("administrator")
        heartbeat.ended("segments", {"seconds": 1})

    def texts(self, user: object) -> list[str]:
        tasks = job_alarms.tasks_for(user)
        self.assertEqual({task.tone for task in tasks} - {"danger"}, set())
        return [f"{task.text}. {task.detail}" for task in tasks]

    def test_all_is_well(self) -> None:
        self.assertEqual(self.texts(self.administrator), [])

    def test_no_scheduler(self) -> None:
        redis().delete(heartbeat.KEY)
        [text] = self.texts(self.manager)
        self.assertIn("Планировщик не работает. О нём ничего не слышно", text)
        self.assertEqual(self.texts(make_staff("analyst")), [])
        self.client.force_login(self.manager)
        self.assertContains(self.client.get(reverse("admin:index")), "Планировщик не работает")

    def test_a_silent_and_a_stuck_scheduler(self) -> None:
        past = (timezone.now() - dt.timedelta(hours=1)).timestamp()
        redis().hset(heartbeat.KEY, mapping={"beat": past, "since": past})
        self.assertIn("Последний сигнал был", self.texts(self.manager)[0])
        redis().hset(heartbeat.KEY, "doing", "campaigns")
        self.assertIn("занят одной и той же работой", self.texts(self.manager)[0])

    def test_a_sweep_that_breaks_off(self) -> None:
        heartbeat.ended("campaigns", {"seconds": 1, "error": "ProgrammingError: no such column"})
        [text] = self.texts(self.manager)
        self.assertIn("Планировщик справляется не со всей работой. Кампании:", text)
        heartbeat.ended("campaigns", {"seconds": 1})
        self.assertEqual(self.texts(self.manager), [])

    def test_a_queue_that_does_not_move(self) -> None:
        job = django_rq.get_queue("sending-email").enqueue("campaigns.jobs.pump", "email")
        self.assertEqual(self.texts(self.manager), [])
        redis().hset(f"rq:job:{job.id}", "enqueued_at", "2026-01-01T10:00:00.000000Z")
        [text] = self.texts(self.manager)
        self.assertIn("Очередь «Отправка: письма» не движется", text)
        self.assertIn("её никто не обслуживает", text)

    def test_jobs_that_failed_in_the_last_day_are_for_who_can_repeat_them(self) -> None:
        key = fail()
        self.assertIn("1 задание не выполнено", self.texts(self.administrator)[0])
        self.assertEqual(self.texts(self.manager), [])
        redis().hset(f"rq:job:{key.job}", "ended_at", "2026-01-01T10:00:00.000000Z")
        self.assertEqual(self.texts(self.administrator), [])

    @override_settings(REDIS_URL="redis://127.0.0.1:1/0")
    def test_no_redis(self) -> None:
        self.assertIn("Очередь заданий не отвечает", self.texts(self.manager)[0])
