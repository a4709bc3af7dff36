"""manage.py segment_docs: the lists of fields, operators and ready-made cuts in docs/segments*.md, made anew."""

from segments.generated_docs import GeneratedDocs
from segments.rules.reference import reference


class Command(GeneratedDocs):
    help = "Write the lists of fields, operators and ready-made segments into docs/segments.md and its Russian twin."
    name = "segment_docs"
    documents = {"en": "docs/segments.md", "ru": "docs/segments.ru.md"}
    part = reference
