"""One pass of all that is due, or one every few seconds."""

import json
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from crmsite.schedule import tick


class Command(BaseCommand):
    help = "Do or enqueue whatever is due in PostgreSQL. Safe to run twice at once."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, metavar="S", help="again every S seconds, until told to stop")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, every: float | None, **options: Any) -> None:
        stopping = {signal.SIGINT, signal.SIGTERM}
        if every is not None:
            signal.pthread_sigmask(signal.SIG_BLOCK, stopping)  # a pass is not cut in two
        while True:
            self._report(tick(), as_json=options["json"])
            if every is None or signal.sigtimedwait(stopping, every):
                return

    def _report(self, done: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"format": 1, **done}, default=str))
            return
        for name, facts in done.items():
            if any(value for key, value in facts.items() if key != "seconds"):
                self.stdout.write(f"{name}: {json.dumps(facts, default=str, ensure_ascii=False)}")
