"""The worker of one queue: JSON, one queue, a horse that does not outlive it, an unknown job that is kept."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import django_rq
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from crmsite.supervision.worker import worker_for

QUEUE = "segments"


@pytest.fixture
def queue():
    queue = django_rq.get_queue(QUEUE)
    queue.empty()
    yield queue
    queue.empty()
    for job_id in queue.failed_job_registry.get_job_ids():
        queue.failed_job_registry.remove(job_id, delete_job=True)


def write_pid_and_wait(path: str) -> None:
    """A job that ignores everything but death."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)


def work(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "manage.py", "work", QUEUE, *arguments], cwd=settings.BASE_DIR)


def wait_for(condition, seconds: float = 20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    return pytest.fail("it did not happen in time")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_one_queue_and_json(queue):
    worker = worker_for(QUEUE)
    assert worker.queue_names() == [QUEUE]
    queue.enqueue("os.path.basename", "/a/b")
    assert b'"/a/b"' in queue.jobs[0].to_dict()["data"] or "/a/b" in queue.jobs[0].args


def test_unknown_queue_is_a_sentence():
    with pytest.raises(CommandError, match="imports, segments"):
        call_command("work", "nonsense")


@pytest.mark.crash
def test_a_job_of_an_unknown_function_is_parked(queue):
    job = queue.enqueue("segments.jobs.renamed_long_ago", 1)
    assert work("--burst").wait(60) == 0
    assert job.id in queue.failed_job_registry.get_job_ids()


@pytest.mark.crash
def test_the_horse_dies_with_its_worker(queue, tmp_path):
    worker, horse = busy_worker(queue, tmp_path)
    worker.kill()
    worker.wait()
    wait_for(lambda: not is_alive(horse), 5)


@pytest.mark.crash
def test_a_horse_that_does_not_listen_is_killed_in_time(queue, tmp_path):
    worker, horse = busy_worker(queue, tmp_path)
    worker.send_signal(signal.SIGTERM)
    worker.wait(20)
    assert not is_alive(horse)


def busy_worker(queue, tmp_path) -> tuple[subprocess.Popen, int]:
    path = tmp_path / "pid"
    queue.enqueue("tests.crmsite.test_work.write_pid_and_wait", str(path))
    worker = work()
    return worker, int(wait_for(lambda: path.exists() and path.read_text()))
