"""Print one hash of what the base says, to compare two states."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from segments.base_hash import base_hash


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        digest, counts = base_hash()
        self.stdout.write(json.dumps({"format": 1, "hash": digest, "rows": counts}) if options["json"] else digest)
