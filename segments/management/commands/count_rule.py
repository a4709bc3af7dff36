"""manage.py count_rule FILE: how many people a rule holds, and the rule in words."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from segments.rules.bounded import TooSlow
from segments.rules.counting import count_people, facts_at
from segments.rules.tree import RuleError
from segments.rules.words import sentence

LIMIT = 60  # seconds


class Command(BaseCommand):
    help = 'Count the people of a rule ({"format": 1, "rule": …}) read from a JSON file.'

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        rule = read_rule(options["file"])
        try:
            words, counted, computed = sentence(rule), count_people(rule, limit=LIMIT), facts_at()
        except (RuleError, TooSlow) as error:
            raise CommandError(str(error)) from error
        answer = {
            "format": 1,
            "count": counted.count,
            "seconds": round(counted.seconds, 4),
            "sentence": words,
            "facts_at": computed.isoformat().replace("+00:00", "Z") if computed else None,
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["json"] else f"{counted.count}\n{words}")


def read_rule(path: Path) -> Any:
    """The JSON of a file; raises `CommandError` with a sentence for a file that cannot be read or parsed."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(_("Cannot read %(path)s: %(why)s.") % {"path": path, "why": error.strerror}) from error
    except (ValueError, RecursionError) as error:
        raise CommandError(_("%(path)s is not JSON in UTF-8.") % {"path": path}) from error
