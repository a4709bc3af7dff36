"""The page of jobs over a real Redis: real jobs fail in a real worker, are repeated, are forgotten."""

import datetime as dt
import re
from collections.abc import Iterator
from inspect import isfunction
from pathlib import Path
from unittest import mock

import django_rq
from django.conf import settings
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from crmsite import heartbeat, schedule
from crmsite.jobs_page import errors, failures, names, periodic, state
from crmsite.jobs_page.failures import Key
from crmsite.redis_client import redis
from segments.models import NightWork
from tests.crmsite.builders import make_staff

FAILS = "segments.importing.jobs.run_batch"  # without such a batch: ImportBatch.DoesNotExist
UNKNOWN = "campaigns.jobs.renamed_long_ago"
NOWHERE = "redis://127.0.0.1:1/0"
APPS = ("segments", "channels", "campaigns", "tracking")
DOTTED = re.compile(rf'"((?:{"|".join(APPS)})(?:\.\w+){{2,}})"')


def empty_queues() -> None:
    """Ours alone: the keys of the queues of this process's Redis database."""
    client = redis()
    for pattern in ("rq:*", heartbeat.KEY):
        for key in client.scan_iter(pattern):
            client.delete(key)


def work(queue: str) -> None:
    """A worker of RQ, in this process, so that it sees this test's transaction, until the queue is empty."""
    listened = django_rq.get_queue(queue)
    SimpleWorker([listened], connection=listened.connection, serializer=JSONSerializer).work(
        burst=True, logging_level="CRITICAL"
    )


def fail(queue: str = "imports", function: str = FAILS, *arguments: object) -> Key:
    """A job that went through a worker and failed there. Its moment is that of the worker."""
    job = django_rq.get_queue(queue).enqueue(function, *(arguments or (987_654,)))
    work(queue)
    return Key(queue, job.id)


class OverRedis(TestCase):
    def setUp(self) -> None:
        empty_queues()
        self.addCleanup(empty_queues)
        self.enterContext(override_settings(RQ={"COMMIT_MODE": "auto"}))

    def as_role(self, role: str) -> None:
        self.client.force_login(make_staff(role))

    def page(self, query: str = "") -> str:
        return self.client.get(reverse("admin:jobs") + query).content.decode()

    def post(self, verb: str, **fields: object) -> str:
        answer = self.client.post(reverse(f"admin:jobs_{verb}"), fields, follow=True)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()


class FailuresTest(OverRedis):
    def setUp(self) -> None:
        super().setUp()
        self.as_role("administrator")

    def test_a_failed_job_is_told_in_words_with_its_traceback(self) -> None:
        fail()
        shown = self.page()
        self.assertIn("Импорт файла №\u00a0987654", shown)
        self.assertIn("Того, с чем работало задание, больше нет.", shown)
        self.assertIn("Traceback (most recent call last)", shown)

    def test_a_manager_sees_what_failed_but_neither_traceback_nor_buttons(self) -> None:
        key = fail()
        self.as_role("manager")
        shown = self.page()
        self.assertIn("Импорт файла №\u00a0987654", shown)
        self.assertNotIn("Traceback", shown)
        self.assertNotIn(reverse("admin:jobs_retry"), shown)
        self.assertEqual(self.client.post(reverse("admin:jobs_retry"), {"one": str(key)}).status_code, 403)
        self.assertEqual(self.client.post(reverse("admin:jobs_forget"), {"one": str(key)}).status_code, 403)

    def test_repeating_asks_first(self) -> None:
        key = fail()
        asked = self.post("retry", one=str(key))
        self.assertIn("Повторится 1 задание", asked)
        self.assertEqual(len(failures.found()), 1)
        self.assertFalse(LogEntry.objects.exists())

    def test_a_repeated_job_is_in_its_queue_once_and_the_log_says_who(self) -> None:
        key = fail()
        for _click in range(2):
            shown = self.post("retry", job=str(key), confirmed="1")
        self.assertIn("уже снова ждёт", shown)
        self.assertEqual(django_rq.get_queue("imports").get_job_ids(), [key.job])
        self.assertEqual(failures.found(), [])
        entry = LogEntry.objects.get()
        self.assertEqual((entry.action_flag, entry.object_id), (CHANGE, str(key)))
        self.assertIn("Импорт файла", entry.object_repr)
        work("imports")
        self.assertEqual([found for _when, found in failures.found()], [key])

    def test_all_that_are_chosen(self) -> None:
        keys = [fail(), fail("imports", FAILS, 3), fail("segments", "segments.facts_registry.catch_up", "no-such")]
        shown = self.post("retry", job=[str(key) for key in keys], confirmed="1")
        self.assertIn("3 задания снова в очереди", shown)
        self.assertEqual(LogEntry.objects.count(), 3)

    def test_what_is_not_in_the_list_is_never_repeated(self) -> None:
        key = fail("campaigns", UNKNOWN, 5)
        self.assertIn("Оно от другой версии программы", self.page())
        self.assertIn(UNKNOWN, self.post("retry", job=str(key)))
        shown = self.post("retry", job=str(key), confirmed="1")
        self.assertIn("нельзя повторить вручную", shown)
        self.assertEqual(django_rq.get_queue("campaigns").get_job_ids(), [])
        self.assertEqual(len(failures.found()), 1)
        self.assertFalse(LogEntry.objects.exists())

    def test_forgetting_leaves_nothing_and_is_logged(self) -> None:
        key = fail()
        self.assertIn("Забудется 1 задание", self.post("forget", one=str(key)))
        self.post("forget", job=str(key), confirmed="1")
        self.assertEqual(failures.found(), [])
        self.assertFalse(redis().exists(f"rq:job:{key.job}"))
        self.assertEqual(LogEntry.objects.get().action_flag, DELETION)
        self.assertIn("Забыто задание с ошибкой", self.page())
        self.assertIn("Задания больше нет", self.post("forget", job=str(key), confirmed="1"))

    def test_what_waits_is_not_forgotten(self) -> None:
        job = django_rq.get_queue("imports").enqueue(FAILS, 1)
        shown = self.post("forget", job=f"imports:{job.id}", confirmed="1")
        self.assertIn("оставлено как есть", shown)
        self.assertEqual(django_rq.get_queue("imports").get_job_ids(), [job.id])

    def test_a_key_of_no_queue_and_an_empty_choice_do_nothing(self) -> None:
        for fields in ({}, {"job": "elsewhere:x"}, {"job": "imports"}, {"one": ""}):
            self.assertIn("Ничего не выбрано", self.post("retry", confirmed="1", **fields))

    def test_newest_first_over_all_queues_whatever_they_are_kept_for(self) -> None:
        keys = [fail("campaigns", UNKNOWN, 1), fail(), fail("campaigns", UNKNOWN, 2)]
        found = failures.found()
        self.assertEqual([key for _when, key in found], keys[::-1])
        for when, _key in found:
            self.assertLess(timezone.now() - when, dt.timedelta(minutes=10))

    def test_pages(self) -> None:
        with mock.patch.object(failures, "PER_PAGE", 2):
            for number in range(3):
                fail("imports", FAILS, 100 + number)
            self.assertIn("№\u00a0102", self.page())
            older = self.page("?page=2")
            self.assertIn("№\u00a0100", older)
            self.assertNotIn("№\u00a0102", older)
            self.assertIn("№\u00a0100", self.page("?page=99"))
        with mock.patch.object(failures, "MOST", 2):
            self.assertEqual(len(failures.found()), 2)

    def test_one_whose_process_was_killed_has_no_end_but_a_moment(self) -> None:
        key = fail()
        redis().hdel(f"rq:job:{key.job}", "ended_at")
        [(when, found)] = failures.found()
        self.assertEqual(found, key)
        self.assertLess(abs(timezone.now() - when), dt.timedelta(minutes=10))

    def test_what_was_rung_for_again_under_its_id_has_not_failed(self) -> None:
        for _time in range(2):
            django_rq.get_queue("imports").enqueue(FAILS, 7, job_id="import-7")
            work("imports")
        self.assertEqual(len(failures.found()), 1)
        django_rq.get_queue("imports").enqueue(FAILS, 7, job_id="import-7")
        self.assertEqual(failures.found(), [])


class StateTest(OverRedis):
    def queue(self, name: str) -> state.QueueNow:
        return next(queue for queue in state.queues(state.workers(), []) if queue.name == name)

    def test_a_queue_tells_its_length_and_since_when_the_first_waits(self) -> None:
        rq = django_rq.get_queue("sending-email")
        first, second = (rq.enqueue("campaigns.jobs.pump", "email") for _time in range(2))
        redis().hset(f"rq:job:{first.id}", "enqueued_at", "2026-01-01T10:00:00.000000Z")
        told = self.queue("sending-email")
        self.assertEqual((told.waiting, told.running, told.later, told.failed, told.workers), (2, 0, 0, 0, 0))
        self.assertEqual(told.oldest, dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC))
        self.assertTrue(told.is_late and told.is_unheard)
        redis().hset(f"rq:job:{first.id}", "enqueued_at", second.to_dict()["enqueued_at"])
        self.assertFalse(self.queue("sending-email").is_late)
        self.assertEqual(self.queue("sending-email").waits, "меньше минуты")

    def test_behind_a_worker_of_imports_one_may_wait_for_an_hour(self) -> None:
        hour_ago = timezone.now() - dt.timedelta(hours=1)
        of = {name: state.QueueNow(name, 1, 1, 0, 0, hour_ago, workers=1) for name in ("imports", "campaigns")}
        self.assertEqual((of["imports"].is_late, of["campaigns"].is_late), (False, True))

    def test_a_worker_and_what_it_does(self) -> None:
        listened = django_rq.get_queue("imports")
        worker = SimpleWorker([listened], connection=listened.connection, serializer=JSONSerializer)
        worker.register_birth()
        self.addCleanup(worker.register_death)
        job = listened.enqueue(FAILS, 5)
        worker.heartbeat()
        [idle] = state.workers()
        self.assertEqual((idle.queue, idle.job, idle.is_silent), ("imports", "", False))
        worker.prepare_execution(job)
        worker.prepare_job_execution(job)
        [busy] = state.workers()
        self.assertEqual(busy.job, "Импорт файла №\u00a05")
        self.assertIsNotNone(busy.since)
        self.assertEqual((self.queue("imports").running, self.queue("imports").workers), (1, 1))

    def test_the_part_that_is_asked_for_again_and_again(self) -> None:
        self.as_role("analyst")
        answer = self.client.get(reverse("admin:jobs_state"))
        self.assertContains(answer, 'hx-trigger="every 5s"')
        self.assertContains(answer, "о нём ничего не слышно")
        schedule.tick()
        self.assertNotContains(self.client.get(reverse("admin:jobs_state")), "о нём ничего не слышно")

    @override_settings(REDIS_URL=NOWHERE)
    def test_without_redis_there_is_a_sentence(self) -> None:
        self.as_role("administrator")
        for page in ("jobs", "jobs_state"):
            self.assertContains(self.client.get(reverse(f"admin:{page}")), "Redis не отвечает")
        for fields in ({"job": "imports:x"}, {"job": "imports:x", "confirmed": "1"}):
            self.assertIn("Очередь не отвечает", self.post("retry", **fields))


class PeriodicTest(OverRedis):
    def test_sweeps_and_nights(self) -> None:
        now = timezone.now()
        NightWork.objects.all().delete()
        NightWork.objects.create(name="facts", due_at=now - dt.timedelta(hours=3), done_at=now, result={"seconds": 4})
        NightWork.objects.create(name="orphans", due_at=now + dt.timedelta(hours=3), error="x: anna.lark@example.test")
        sweeps = len(names.SWEEPS)
        unheard = periodic.lines(None)
        self.assertEqual([line.is_late for line in unheard], [True] * sweeps + [True, False])
        heartbeat.ended("campaigns", {"seconds": 1.5, "error": "ValueError: +79161234567"})
        lines = {line.name: line for line in periodic.lines(heartbeat.read())}
        campaigns = lines[str(names.SWEEPS["campaigns"])]
        self.assertEqual((campaigns.is_late, campaigns.seconds), (False, 1.5))
        self.assertEqual(campaigns.problem, "ValueError: +7 *** ***-45-67")
        nights = [line for line in lines.values() if line.next_at]
        self.assertEqual([line.seconds for line in nights], [4, None])
        self.assertEqual(nights[1].problem, "x: a***@example.test")


class ErrorsTest(SimpleTestCase):
    def test_contacts_and_rows_are_masked_and_the_rest_stays(self) -> None:
        for told, shown in (
            ("to anna.lark@example.test now", "to a***@example.test now"),
            ("to +7 (911) 987-65-43", "to +7 *** ***-65-43"),
            ("to 89119876543,", "to +*** *** ***-65-43,"),
            ("DETAIL:  Key (value)=(Ларк, Анна) already exists.", "DETAIL:  Key (value)=(***) already exists."),
            ("Failing row contains (1, Ларк, null).", "Failing row contains (***)."),
            ("line 1234, in f at 0x7f12345678901234", "line 1234, in f at 0x7f12345678901234"),
            ("2026-11-22 10:00", "2026-11-22 10:00"),
            ("batch 987654", "batch 987654"),
        ):
            self.assertEqual(errors.masked(told), shown)

    def test_the_line_that_names_the_error_is_found_before_its_details(self) -> None:
        trace = (
            f'{errors.HEAD}\n  File "a", line 1\n    x()\nKeyError: 1\n\nDuring handling:\n\n{errors.HEAD}\n'
            '  File "b", line 2\n    y()\ndjango.db.utils.IntegrityError: duplicate\nDETAIL:  Key (x)=(y) already exists.\n'
        )
        self.assertEqual(errors.last_line(trace), "django.db.utils.IntegrityError: duplicate")
        self.assertIn("противоречит", errors.cause(trace))

    def test_a_killed_process_leaves_no_traceback(self) -> None:
        self.assertEqual(errors.last_line("Work-horse terminated unexpectedly"), "")
        self.assertIn("прервался", errors.cause("Work-horse terminated unexpectedly"))

    def test_an_error_nobody_named_is_the_programs(self) -> None:
        self.assertIn("разработчикам", errors.cause(f"{errors.HEAD}\n  f\nZeroDivisionError: division by zero"))

    def test_a_long_traceback_is_cut_from_its_beginning(self) -> None:
        self.assertEqual(len(errors.masked("x" * 3 * errors.LONGEST)), errors.LONGEST)


class NamesTest(SimpleTestCase):
    def test_every_queue_has_a_name(self) -> None:
        self.assertEqual(set(names.QUEUES), set(settings.QUEUES))
        self.assertEqual(set(names.SWEEPS), set(schedule.SWEEPS))

    def test_every_name_is_of_a_job_that_exists(self) -> None:
        for function in names.JOBS:
            self.assertTrue(callable(import_string(function)), function)

    def test_every_job_of_the_code_has_a_name(self) -> None:
        """Whoever adds a job says in `names.JOBS` what people call it, and so that it may be repeated."""
        self.assertEqual({text for text in dotted() if text not in names.JOBS}, set())
        self.assertGreater(len(set(dotted())), 10)

    def test_what_a_job_is_about(self) -> None:
        for arguments, shown in (
            ([5], "№\u00a05"),
            (["email"], "E-mail"),
            ([], ""),
            (["+79161234567"], ""),
            ([{}], ""),
        ):
            self.assertEqual(names.subject_of(arguments).lower(), shown.lower())


def dotted() -> Iterator[str]:
    """Texts in the code of the apps that are the dotted path of a function of theirs: jobs are rung for by such."""
    for app in APPS:
        for path in Path(settings.BASE_DIR, app).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            yield from filter(is_function, DOTTED.findall(path.read_text(encoding="utf-8")))


def is_function(text: str) -> bool:
    try:
        return isfunction(import_string(text))
    except ImportError:
        return False
