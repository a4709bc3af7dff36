"""Undo an import as a whole: what it added goes, what it changed becomes what it was, what others changed stays."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from segments.importing import undoing
from segments.importing.watching import watched
from segments.models.imports import ImportBatch


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", type=int, help="number of the import")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = ImportBatch.objects.filter(pk=options["batch"]).first()
        if batch is None:
            raise CommandError(_("There is no import № %(number)s.") % {"number": options["batch"]})
        if batch.state != ImportBatch.State.UNDOING:  # one that was killed is taken up again
            try:
                undoing.begin(batch, background=False)
            except undoing.CannotUndo as error:
                raise CommandError(str(error)) from error
        with watched(batch.pk, sys.stderr):
            batch = undoing.undo(batch.pk)
        report = report_of(batch)
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else _sentence(report))


def report_of(batch: ImportBatch) -> dict[str, Any]:
    """The contract of `--json`; `by_kind` says which rows `removed` and `restored` count."""
    counted = batch.counters["undo"]
    return {
        "format": 1,
        "batch": batch.pk,
        "state": batch.state,
        "removed": sum(counted["removed"].values()),
        "restored": sum(counted["restored"].values()),
        "kept": undoing.kept_of(batch),
        "by_kind": {"removed": counted["removed"], "restored": counted["restored"]},
        "seconds": counted.get("seconds"),
    }


def _sentence(report: dict[str, Any]) -> str:
    lines = [f"{report['state']}  № {report['batch']}"]
    for what, by_kind in report["by_kind"].items():
        lines.append(f"{what}: " + (", ".join(f"{kind} {rows}" for kind, rows in by_kind.items()) or "0"))
    lines.append(f"kept: {len(report['kept'])}")
    lines += [f"  {row['kind']} {row['key']}: {row['reason']}" for row in report["kept"]]
    return "\n".join(lines)
