"""Which processes make up Krug on one machine, and what they are told."""

import os
import sys

from django.conf import settings

from crmsite.embedded.ports import LOOPBACK, free_port
from crmsite.supervision.child import Program

USUAL_INBOX_PORT = 2525


def manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "manage.py", *arguments)


def web(port: int) -> Program:
    return Program(
        "web",
        (
            *(sys.executable, "-m", "gunicorn", "crmsite.wsgi", "--bind", f"{LOOPBACK}:{port}"),
            *("--workers", "2", "--threads", "4", "--preload", "--no-control-socket", "--timeout", "120"),
            *("--graceful-timeout", "5", "--max-requests", "10000", "--max-requests-jitter", "1000"),
        ),
    )


def background() -> list[Program]:
    """Started when the web server answers: a person waits for that one."""
    return [
        Program("inbox", manage("inbox")),
        Program("scheduler", manage("tick", "--every", "5")),
        Program("listen-smpp", manage("listen_smpp")),
        Program("read-mail", manage("read_mail", "--every", "120")),
        *(Program(f"work-{queue}", manage("work", queue)) for queue in settings.QUEUES),
    ]


def environment(urls: dict[str, str], port: int) -> dict[str, str]:
    """Ours, with the servers' addresses; what the person set stays as it is."""
    chosen = {
        "PUBLIC_URL": f"http://{LOOPBACK}:{port}",
        "INBOX_PORT": str(free_port(USUAL_INBOX_PORT)),
        "VAR_DIR": str(settings.VAR_DIR),
        "PYTHONUNBUFFERED": "1",
    }
    return chosen | dict(os.environ) | urls
