"""Import the files of a source, as the admin does, but at once and here."""

import json
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from segments.identity import review
from segments.importing import running
from segments.importing.errors import UnusableFile
from segments.importing.watching import watched
from segments.models.imports import ImportBatch, Mapping

KINDS = (Mapping.Kind.CARDS, Mapping.Kind.DOCUMENTS)
EXTRA = (Mapping.Kind.STOCK, Mapping.Kind.TRAFFIC, Mapping.Kind.STOP_LIST)  # in the report only when there is a file


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", required=True, help="name of the source; a missing one is made")
        parser.add_argument("--cards", type=Path)
        parser.add_argument("--documents", type=Path)
        parser.add_argument("--stock", type=Path, help="cars in stock: a file is the whole stock of the source")
        parser.add_argument("--traffic", type=Path, help="visitor counters")
        parser.add_argument("--stop-list", type=Path, help="addresses that get no advertising")
        parser.add_argument("--mapping", help="name of a saved mapping; without it one is proposed")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = self._received(options)
        try:
            running.confirm(
                batch, dry_run=options["dry_run"], background=False, **_saved_mapping(batch, options["mapping"])
            )
        except UnusableFile as error:
            running.discard(batch)
            raise CommandError(str(error)) from error
        with watched(batch.pk, sys.stderr):
            batch = running.run(batch.pk)
        if batch.state == ImportBatch.State.FAILED:
            raise CommandError(batch.error)
        if batch.state == ImportBatch.State.DONE and not batch.dry_run:
            review.propose_apart(batch.pk)
            batch.refresh_from_db()
        report = report_of(batch)
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else _sentence(report))

    def _received(self, options: dict[str, Any]) -> ImportBatch:
        with ExitStack() as files:
            try:
                opened = {k: files.enter_context(options[k].open("rb")) for k in (*KINDS, *EXTRA) if options[k]}
                return running.receive(options["source"], **opened)
            except (UnusableFile, OSError) as error:
                raise CommandError(str(error)) from error


def report_of(batch: ImportBatch) -> dict[str, Any]:
    """The contract of `--json`."""
    counters = batch.counters
    return {
        "format": 1,
        "batch": batch.pk,
        "source": batch.source.name,
        "state": batch.state,
        "dry_run": batch.dry_run,
        **{kind: counters.get(kind) for kind in KINDS},
        **{kind: counters[kind] for kind in EXTRA if kind in counters},
        "customers": counters.get("customers"),
        "review_pairs": counters.get("review_pairs", 0),
        "rejected_file": counters.get("rejected_file"),
        "seconds": counters.get("seconds"),
        "peak_rss_mb": counters.get("peak_rss_mb"),
    }


def _saved_mapping(batch: ImportBatch, name: str | None) -> dict[str, Any]:
    if not name:
        return {}
    saved = Mapping.objects.filter(source=batch.source, name=name)
    if not saved:
        raise UnusableFile(_("This source has no mapping with the name “%(name)s”.") % {"name": name})
    return {
        "columns": {mapping.kind: mapping.columns for mapping in saved},
        "options": {mapping.kind: mapping.options for mapping in saved},
    }


def _sentence(report: dict[str, Any]) -> str:
    lines = [f"{report['state']}  № {report['batch']}  {report['source']}"]
    for kind in (*KINDS, *EXTRA):
        if report.get(kind):
            lines.append(f"{kind}: " + ", ".join(f"{name} {count}" for name, count in report[kind].items()))
    lines.append("customers: " + ", ".join(f"{name} {count}" for name, count in (report["customers"] or {}).items()))
    return "\n".join(lines)
