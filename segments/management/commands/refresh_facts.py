"""Recompute the facts of all customers; segments are refreshed when any changed."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from segments.facts import refresh_facts
from segments.refreshing import ask


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        report = refresh_facts()
        if report["changed"]:
            ask()
        if options["json"]:
            self.stdout.write(json.dumps({"format": 1, **report}))
        else:
            self.stdout.write("customers {customers}, changed {changed}, {seconds} s".format(**report))
