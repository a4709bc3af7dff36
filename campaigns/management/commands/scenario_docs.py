"""manage.py scenario_docs: the pages of the library in docs/scenarios*.md, made anew from the code."""

from campaigns.scenarios.library.reference import reference
from segments.generated_docs import GeneratedDocs


class Command(GeneratedDocs):
    help = "Write the page of each scenario of the library into docs/scenarios.md and its Russian twin."
    name = "scenario_docs"
    documents = {"en": "docs/scenarios.md", "ru": "docs/scenarios.ru.md"}
    part = reference
