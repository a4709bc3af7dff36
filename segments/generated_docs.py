"""Parts of documents that are made from the code, between two marks, in English and in Russian."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

END = "<!-- /generated -->"


def begin(command: str) -> str:
    return f"<!-- generated: manage.py {command} -->"


def renewed(document: str, command: str, part: str) -> str:
    """The document with its generated part made anew. Raises `ValueError` when it has no place for one."""
    before, mark, rest = document.partition(begin(command))
    _old, end, after = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"the document lacks {begin(command)} … {END}")
    return f"{before}{mark}\n\n{part}\n{END}{after}"


def heading(words: str) -> tuple[str, str]:
    return f"### {words}", ""


def table(titles: tuple[str, ...]) -> tuple[str, str]:
    """Its head."""
    return row(*titles), row(*("---" for _each in titles))


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


class GeneratedDocs(BaseCommand):
    """`name` of the command; the `part` is made in the language that is active; `documents`: language → path."""

    name: ClassVar[str]
    documents: ClassVar[dict[str, str]]
    part: ClassVar[Callable[[], str]]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Write nothing; fail when a document is stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        for language, name in self.documents.items():
            path = settings.BASE_DIR / name
            before = path.read_text(encoding="utf-8")
            with translation.override(language):
                after = renewed(before, self.name, type(self).part())
            if after != before:
                stale.append(name)
                if not options["check"]:
                    path.write_text(after, encoding="utf-8")
        if stale and options["check"]:
            raise CommandError(f"stale, run manage.py {self.name}: {', '.join(stale)}")
        self.stdout.write(f"written: {', '.join(stale)}" if stale else "fresh")
