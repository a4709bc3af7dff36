"""Weigh who may be one person with whom, and put the doubtful pairs into the review queue."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from segments.identity import proposing


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, help="the import that the pairs are proposed after")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        batch_id = options["batch"]
        report = proposing.propose() if batch_id is None else proposing.propose_for(batch_id)
        if options["json"]:
            self.stdout.write(json.dumps({"format": 1, **report}))
        else:
            self.stdout.write("proposed {proposed}, dropped {dropped}, open {open}".format(**report))
