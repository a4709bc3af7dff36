"""The season calendar: by how much waits of scenarios are shorter or longer in each month, by brand and line of business."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segments.models import Brand, Interaction

LEAST, MOST, USUAL = 25, 400, 100  # per cent of the wait that a scenario says


def nothing_said() -> list[int | None]:
    return [None] * 12


class Season(models.Model):
    """`percents`: of each month, from January on; None where a less particular calendar speaks, or nobody. Of those that fit a
    scenario the most particular one wins: brand and line, the brand alone, the line alone, all."""

    brand = models.ForeignKey(
        Brand, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("brand"),
        help_text=_("Empty: of all brands."),
    )  # fmt: skip
    line = models.CharField(
        _("line of business"), max_length=12, choices=Interaction.Line, blank=True, help_text=_("Empty: of all lines.")
    )
    percents = ArrayField(
        models.PositiveSmallIntegerField(null=True, validators=[MinValueValidator(LEAST), MaxValueValidator(MOST)]),
        size=12, default=nothing_said, editable=False,
    )  # fmt: skip

    class Meta:
        ordering = ["brand__name", "line"]
        verbose_name = _("season calendar")
        verbose_name_plural = _("season calendars")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "line"], name="season_once", nulls_distinct=False,
                violation_error_message=_("There is a calendar of this brand and line already: change that one."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return ", ".join(filter(None, self.whose)) or gettext("all brands and lines")

    @property
    def whose(self) -> tuple[str, str]:
        """Brand and line in words; '' of any."""
        return (self.brand.name if self.brand else "", str(self.get_line_display()) if self.line else "")
