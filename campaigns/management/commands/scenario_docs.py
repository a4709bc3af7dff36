"""manage.py scenario_docs: the pages of the library in docs/scenarios*.md, made anew from the code."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from campaigns.scenarios.library.reference import renewed

DOCUMENTS = {"en": "docs/scenarios.md", "ru": "docs/scenarios.ru.md"}


class Command(BaseCommand):
    help = "Write the page of each scenario of the library into docs/scenarios.md and its Russian twin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Write nothing; fail when a document is stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        for language, name in DOCUMENTS.items():
            path = settings.BASE_DIR / name
            before = path.read_text(encoding="utf-8")
            with translation.override(language):
                after = renewed(before)
            if after != before:
                stale.append(name)
                if not options["check"]:
                    path.write_text(after, encoding="utf-8")
        if stale and options["check"]:
            raise CommandError(f"stale, run manage.py scenario_docs: {', '.join(stale)}")
        self.stdout.write(f"written: {', '.join(stale)}" if stale else "fresh")
