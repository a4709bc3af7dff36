"""manage.py rule_fields: every field and event that rules may ask about, with its operators."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from segments.rules.fields import EVENTS, FIELDS, Event, Field
from segments.rules.tree import EVENT_OPERATOR


class Command(BaseCommand):
    help = "List the fields and events of rules, their operators, choices and what a missing value means."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [described(each) for each in FIELDS.values()] + [described_event(each) for each in EVENTS.values()]
        if options["json"]:
            self.stdout.write(json.dumps({"format": 1, "fields": found}, ensure_ascii=False))
            return
        for each in found:
            self.stdout.write(f"{each['name']} ({each['type']}): {each['label']} — {', '.join(each['operators'])}")


def described(field: Field) -> dict[str, Any]:
    choices = [{"value": value, "label": label} for value, label in field.choices()] if field.choices else []
    return {
        "name": field.name,
        "label": str(field.label),
        "type": field.type,
        "operators": list(field.operators),
        "choices": choices,
        "missing": str(field.missing),
    }


def described_event(event: Event) -> dict[str, Any]:
    return {
        "name": event.name,
        "label": str(event.label),
        "type": "event",
        "operators": [EVENT_OPERATOR],
        "choices": [],
        "missing": "",
        "where": [described(each) for each in event.where.values()],
    }
