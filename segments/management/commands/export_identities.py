"""Write which card is which customer, and why, as CSV."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from segments.identity.identities import write_identities
from segments.models import DataExport
from segments.outward import exports


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with options["file"].open("w", encoding="utf-8", newline="") as file:
            cards = write_identities(file)
        exports.record(DataExport.Kind.IDENTITIES, about="", recipient=str(options["file"]), rows=cards)
        report = {"format": 1, "cards": cards, "file": str(options["file"])}
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else f"{cards} cards")
