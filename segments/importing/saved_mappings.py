"""Mappings that a person keeps by name, for the files of a source that look the same every time."""

from typing import Any

from django.utils.translation import gettext as _

from segments.importing.errors import UnusableFile
from segments.importing.mapping import Columns
from segments.models.imports import ImportBatch, Mapping, Source

LONGEST = 80


def names(source: Source) -> list[str]:
    """The names under which this source has mappings."""
    return list(Mapping.objects.filter(source=source).order_by("name").values_list("name", flat=True).distinct())


def load(batch: ImportBatch, name: str) -> tuple[dict[str, Columns], dict[str, Any]]:
    """(columns, options) by kind of file, of the files that this mapping knows; empty when there is none."""
    saved = Mapping.objects.filter(source=batch.source, name=name, kind__in=batch.files.values("kind"))
    return {each.kind: each.columns for each in saved}, {each.kind: each.options for each in saved}


def save(batch: ImportBatch, name: str) -> None:
    """Keep the mapping of the batch's files under this name; one of that name is replaced. Raises UnusableFile."""
    name = " ".join(name.split())
    if len(name) > LONGEST:
        raise UnusableFile(_("The name of a mapping is longer than %(n)d characters.") % {"n": LONGEST})
    for file in batch.files.all():
        Mapping.objects.update_or_create(
            source=batch.source, kind=file.kind, name=name,
            defaults={"columns": file.columns, "options": file.options},
        )  # fmt: skip
