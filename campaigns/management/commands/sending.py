"""Whether this installation may send."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from campaigns import permission


class Command(BaseCommand):
    help = "on | off | status: permit this installation, and only it, to send; forbid it; tell."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["on", "off", "status"])
        parser.add_argument("--json", action="store_true")

    def handle(self, *, verb: str, **options: Any) -> None:
        if verb == "on":
            permission.turn_on(None)
        elif verb == "off":
            permission.turn_off(None)
        status = permission.status()
        if options["json"]:
            changed_at = status["changed_at"]
            facts = {"is_on": status["is_on"], "reason": status["reason"]}
            facts["changed_at"] = changed_at.isoformat() if changed_at else None
            self.stdout.write(json.dumps({"format": 1, **facts}, ensure_ascii=False))
        else:
            self.stdout.write(_("Sending is on.") if status["is_on"] else status["reason"])
