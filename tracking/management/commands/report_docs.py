"""manage.py report_docs: what the figures of reports mean, in docs/reports*.md, made anew."""

from segments.generated_docs import GeneratedDocs
from tracking.money.reference import reference


class Command(GeneratedDocs):
    help = "Write the definitions of figures into docs/reports.md and its Russian twin."
    name = "report_docs"
    documents = {"en": "docs/reports.md", "ru": "docs/reports.ru.md"}
    part = reference
