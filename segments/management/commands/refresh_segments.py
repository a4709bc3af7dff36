"""manage.py refresh_segments [SLUG …]: the nightly refresh by hand."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from segments.models import Segment
from segments.refreshing import in_order, refresh
from segments.rules.bounded import TooSlow
from segments.rules.tree import RuleError


class Command(BaseCommand):
    help = "Bring the membership of these segments (default: of all) in step with their rules."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        done, failed = [], []
        for segment in in_order(chosen(options["slugs"])):
            try:
                done.append(refresh(segment))
            except (RuleError, TooSlow) as error:
                failed.append(f"{segment.slug}: {error}")
        answer = {"format": 1, "segments": done, "seconds": round(time.perf_counter() - started, 3)}
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            for each in done:
                self.stdout.write("{slug}: {size} (+{added} −{removed}), {seconds} s".format(**each))
        if failed:
            raise CommandError("\n".join(failed))


def chosen(slugs: list[str]) -> list[Segment]:
    """The named segments, or all that are not archived; raises `CommandError` for a name that is not there."""
    if not slugs:
        return list(Segment.objects.filter(is_archived=False))
    found = list(Segment.objects.filter(slug__in=slugs))
    missing = sorted(set(slugs) - {each.slug for each in found})
    if missing:
        raise CommandError(_("There is no such segment: %(slugs)s.") % {"slugs": ", ".join(missing)})
    return found
