"""The RQ worker of one queue.

A worker on two queues that is killed between pop and registration loses the job; a work-horse that outlives
its worker goes on sending. Hence exactly one queue, and a horse on a leash.
"""

import os
import signal
import threading

import django_rq
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from crmsite.supervision.leash import die_with_parent

STOP_SECONDS = 10  # a horse that was asked to stop may finish its batch
WORKER_TTL = 60  # a worker that is silent for so long is gone (RQ's default is 420)
MAINTENANCE_SECONDS = 60  # how often jobs of killed workers are looked for (RQ's default is 600)
MONITORING_SECONDS = 10  # heartbeat of a running job


class QueueWorker(Worker):
    """A job may install a handler of SIGTERM to end early; one that ignores it is killed after STOP_SECONDS."""

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        self._parent = os.getpid()
        super().fork_work_horse(job, queue)

    def setup_work_horse_signals(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        die_with_parent(self._parent, signal.SIGKILL)

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()
        if self.horse_pid:
            self.kill_horse(signal.SIGTERM)
            last = threading.Timer(STOP_SECONDS, self.kill_horse)
            last.daemon = True
            last.start()


def worker_for(queue: str) -> QueueWorker:
    """A worker on `queue` alone. A job of an unknown function fails and stays in the failed registry for its time."""
    listened = django_rq.get_queue(queue)
    return QueueWorker(
        [listened],
        connection=listened.connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
    )
