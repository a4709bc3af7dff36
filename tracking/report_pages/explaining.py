"""Every number can be asked how it was made: the definitions of the columns of a report."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.functional import Promise

from tracking.attribution.definitions import DEFINITIONS
from tracking.money import formulas
from tracking.money.figures import FIGURES
from tracking.report_pages.frame import Found


class Explained(NamedTuple):
    """`formula` in words, '' of what is counted."""

    label: str | Promise
    formula: str
    sentence: str | Promise


def of(found: Found) -> Iterator[Explained]:
    """The attribution that was chosen, then the columns that mean something."""
    if "model" in found.report.filters:
        model = DEFINITIONS[found.asked.model]
        yield Explained(model.name, "", model.sentence)
    words = {name: str(each.label) for name, each in FIGURES.items()}
    for figure in found.columns:
        if figure.sentence:
            formula = formulas.spelled(figure.formula, words) if figure.formula else ""
            yield Explained(figure.label, formula, figure.sentence)
