"""Words and numbers of the campaign pages."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin import words
from campaigns.calls_to_make import words as calls_words
from campaigns.staff import person_name
from segments.time_zones import ZONES

register = template.Library()
register.filter(person_name)


@register.filter
def verb_label(verb: str) -> str:
    return words.verb_label(verb)


@register.filter
def call_verb(verb: str) -> str:
    return calls_words.of(verb)


@register.filter
def channel_icon(channel: str) -> str:
    return words.CHANNEL_ICONS.get(channel, "chat")


@register.filter
def zone_label(time_zone: str) -> str:
    return str(ZONES.get(time_zone, time_zone))


@register.filter
def percent(share: float) -> str:
    return f"{number_format(round(100 * share, 1), decimal_pos=1)}\u00a0%"


@register.filter
def time_left(seconds: int) -> str:
    """Seconds as a person says them: «ещё около 5 минут»."""
    if seconds < 60:
        return _("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 120:
        return ngettext("about %d minute left", "about %d minutes left", minutes) % minutes
    hours = round(seconds / 3600)
    return ngettext("about %d hour left", "about %d hours left", hours) % hours


@register.simple_tag(takes_context=True)
def render_panel(context: RequestContext, panel: Any, filled: dict[str, Any]) -> SafeString:
    """A panel of an upper app, with its own context and the campaign."""
    return render_to_string(panel.template, {**filled, "campaign": context["campaign"]}, context["request"])


@register.filter
def hundredths(share: float) -> str:
    """Per cent of a share, to the hundredth: differences of variants are of this size."""
    return number_format(round(100 * share, 2), decimal_pos=2)


@register.filter
def points(difference: float) -> str:
    """Percentage points with their sign."""
    return f"{'+' if difference >= 0 else '−'}{hundredths(abs(difference))}"


@register.filter
def hundredths_of_one(p: float) -> str:
    return number_format(round(p, 2), decimal_pos=2)
