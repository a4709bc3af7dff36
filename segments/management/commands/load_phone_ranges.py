"""manage.py load_phone_ranges FILE…: which region each mobile number was issued in, by the register of numbering."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from segments.phone_ranges import BadRegister, load
from segments.time_zones import refresh_zones


class Command(BaseCommand):
    help = "Load files of the register of numbering (DEF-9xx.csv, ABC-…xx.csv); time zones of customers follow."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            try:
                loaded = load(path)
            except (BadRegister, OSError, UnicodeDecodeError) as error:
                raise CommandError(f"{path}: {error}") from error
            self.stdout.write(f"{path.name}: {loaded.ranges} ranges")
            for region, ranges in sorted(loaded.unknown.items()):
                self.stdout.write(f"  left out, no time zone is known for «{region}»: {ranges}")
        self.stdout.write(f"time zones of customers: {refresh_zones()} changed")
