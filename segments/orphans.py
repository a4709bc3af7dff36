"""Rows whose loose reference points nowhere. The database does not check these keys (`segments.models.loose`), so
this does, once a night; in a healthy base every count is zero."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models

from segments.models import NightWork

APP = "segments"
EXAMPLES = 5
COUNT = """
SELECT count(*), (array_agg(child.{key} ORDER BY child.{key}))[1:{examples}]
FROM {table} AS child
WHERE child.{column} IS NOT NULL
  AND NOT EXISTS (SELECT FROM {target} AS parent WHERE parent.{target_key} = child.{column})
"""


class Reference(NamedTuple):
    """A key that the database does not check: `name` is "card.customer"."""

    name: str
    model: type[models.Model]
    field: Any

    @property
    def label(self) -> str:
        """As people read it: «карточка → клиент»."""
        return f"{self.model._meta.verbose_name} → {self.field.related_model._meta.verbose_name}"


def references() -> Iterator[Reference]:
    """All of the customer base, found in its models: a new one needs no line here."""
    for model in apps.get_app_config(APP).get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and not field.db_constraint:
                yield Reference(f"{model._meta.model_name}.{field.name}", model, field)


def check() -> dict[str, Any]:
    """Count them, one statement a key: {"orphans": {"card.customer": {"rows", "examples": [id, …]}}, "checked"}."""
    found, checked = {}, 0
    with connection.cursor() as cursor:
        for reference in references():
            checked += 1
            cursor.execute(_statement(reference))
            rows, examples = cursor.fetchone()
            if rows:
                found[reference.name] = {"rows": rows, "examples": [str(example) for example in examples]}
    return {"orphans": found, "checked": checked}


def _statement(reference: Reference) -> str:
    """Every name in it comes from the models, none from outside."""
    meta, target = reference.model._meta, reference.field.related_model._meta
    quote = connection.ops.quote_name
    return COUNT.format(
        table=quote(meta.db_table),
        key=quote(meta.pk.column),
        column=quote(reference.field.column),
        target=quote(target.db_table),
        target_key=quote(reference.field.target_field.column),
        examples=EXAMPLES,
    )


def last_found() -> list[tuple[str, int, list[str]]]:
    """What the last check found: (which reference in words, rows, ids of some)."""
    row = NightWork.objects.filter(name="orphans").first()
    found = row.result.get("orphans", {}) if row else {}
    labels = {reference.name: reference.label for reference in references()}
    return [(labels.get(name, name), entry["rows"], entry["examples"]) for name, entry in found.items()]
