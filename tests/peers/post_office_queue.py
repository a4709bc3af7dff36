"""django-post-office in a process of its own: its app and its tables are no part of ours.

    python -m tests.peers.post_office_queue < TASK

TASK is one JSON object: `database` (the parts of an empty one, as Django's DATABASES takes them), `port` of a mail server,
`letters`, `subject`, `plain` and `html` (Django templates), `people` (a context for each, in turn), and what it may be tuned by:
`batch`, `threads`, `processes`. It queues the letters, then drains the queue, and prints {"seconds", "cpu", "sent"} of the draining.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

SENDER = "news@alfa.example"


def set_up(task: dict[str, Any]) -> None:
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **task["database"]}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "post_office"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=task["port"],
        POST_OFFICE={"BATCH_SIZE": task["batch"], "THREADS_PER_PROCESS": task["threads"], "LOG_LEVEL": 0},
    )
    django.setup()
    call_command("migrate", verbosity=0)


def queue(task: dict[str, Any]) -> None:
    """As it is told to: many at a time, rendered as they go."""
    from post_office import mail  # after the settings: it has models
    from post_office.models import EmailTemplate

    template = EmailTemplate.objects.create(
        name="offer", subject=task["subject"], content=task["plain"], html_content=task["html"]
    )
    people = task["people"]
    for start in range(0, task["letters"], task["batch"]):
        numbers = range(start, min(start + task["batch"], task["letters"]))
        mail.send_many(
            [
                {
                    "recipients": [f"reader{n}@example.test"], "sender": SENDER, "template": template,
                    "context": people[n % len(people)], "render_on_delivery": True,
                }
                for n in numbers
            ]
        )  # fmt: skip


def cpu_seconds() -> float:
    """Of this process, and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def drain(task: dict[str, Any]) -> dict[str, float]:
    from post_office.mail import send_queued_mail_until_done
    from post_office.models import STATUS, Email

    with tempfile.TemporaryDirectory() as folder:
        began, used = time.perf_counter(), cpu_seconds()
        send_queued_mail_until_done(str(Path(folder) / "lock"), processes=task["processes"])
        taken, used = time.perf_counter() - began, cpu_seconds() - used
    return {"seconds": taken, "cpu": used, "sent": Email.objects.filter(status=STATUS.sent).count()}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    set_up(asked)
    queue(asked)
    json.dump(drain(asked), sys.stdout)
