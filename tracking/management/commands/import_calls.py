"""Load calls from a CSV file of the call-tracking provider."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tracking.calls import UnusableFile, load_calls


class Command(BaseCommand):
    help = "Loads calls from a CSV whose headers are the field names of the CoMagic/UIS Data API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="count, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_calls(options["file"].read_bytes(), dry_run=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except UnusableFile as error:
            raise CommandError(" ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps(loaded.as_json(), ensure_ascii=False))
            return
        for name, value in loaded.as_json().items():
            if name not in ("format", "rejected_rows"):
                self.stdout.write(f"{name}: {value}")
        for refusal in loaded.refused:
            self.stdout.write(f"{options['file'].name}:{refusal.line} {refusal.column}: {refusal.reason}")
