"""The season calendar: a line of twelve months for each brand and line of business, and what a week's wait becomes."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from campaigns.models import Season
from campaigns.models.season import LEAST, MOST
from campaigns.scenarios import season, words

WEEK = 7 * 24
FIELDS = [f"percent_{month}" for month in range(1, 13)]
ROWS = [tuple(FIELDS[at : at + 3]) for at in range(0, 12, 3)]
HOW = _(
    "Per cent of the wait that a step says, from 25 to 400: 70 makes 5 days of 7, 200 makes 14. Empty: a less particular calendar "
    "speaks, else the wait stays. The month is that in which the wait begins. Of all that fit a scenario the most particular wins: "
    "brand and line, then the brand, then the line."
)


class SeasonForm(forms.ModelForm):
    """Each month is a field of its own."""

    class Meta:
        model = Season
        fields = ["brand", "line"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, percent in zip(FIELDS, self.instance.percents, strict=True):
            self.initial[name] = percent

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and all(cleaned.get(name) is None for name in FIELDS):
            raise ValidationError(_("Fill in one month at least: an empty calendar changes nothing."))
        return cleaned

    def save(self, commit: bool = True) -> Season:
        self.instance.percents = [self.cleaned_data[name] for name in FIELDS]
        return super().save(commit)


def _month(number: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=MONTHS[number], required=False, min_value=LEAST, max_value=MOST, widget=UnfoldAdminIntegerFieldWidget
    )


FORM = type("SeasonForm", (SeasonForm,), {name: _month(number) for number, name in enumerate(FIELDS, start=1)})


def _column(number: int) -> Any:
    @display(description=MONTHS_3[number])
    def column(self: "SeasonAdmin", calendar: Season) -> str:
        percent = calendar.percents[number - 1]
        return "—" if percent is None else f"{percent} %"

    return column


class SeasonAdmin(ModelAdmin):
    form = FORM
    list_display = ("whose", *(f"month_{number}" for number in range(1, 13)))
    list_display_links = ("whose",)
    list_filter = ("brand", "line")
    list_select_related = ("brand",)
    list_fullwidth = True
    actions = None

    def get_fieldsets(self, request: HttpRequest, obj: Season | None = None) -> list[Any]:
        may = self.has_change_permission(request, obj) if obj else True
        preview = [(_("A wait of 7 days, as saved"), {"fields": ["week"]})] if obj else []
        months = [(_("Months, %"), {"fields": ROWS, "description": HOW})] if may else []
        return [(None, {"fields": [("brand", "line")]}), *months, *preview]

    def get_readonly_fields(self, request: HttpRequest, obj: Season | None = None) -> tuple[str, ...]:
        return ("week",) if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Season]:
        return super().get_queryset(request).select_related("brand")

    @display(description=_("whose"), ordering="brand__name")
    def whose(self, calendar: Season) -> str:
        return str(calendar)

    @display(description=_("by the month in which it begins"))
    def week(self, calendar: Season) -> SafeString:
        """With what less particular calendars say of the months that this one leaves empty."""
        found = season.of_months(calendar.brand_id, calendar.line)
        lines = [
            (MONTHS[month + 1], words.time_of(season.stretched(WEEK, season.percent_of(each, month))), _source(each, calendar))
            for month, each in enumerate(found)
        ]  # fmt: skip
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: <strong>{}</strong>{}</li>", lines))


for _number in range(1, 13):
    setattr(SeasonAdmin, f"month_{_number}", _column(_number))
admin.site.register(Season, SeasonAdmin)


def _source(found: Season | None, calendar: Season) -> str:
    """Whose word it is, where it is another's."""
    return f" ({found})" if found and found.pk != calendar.pk else ""
