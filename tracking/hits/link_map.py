"""A sent letter with the number of people beside each of its links, as a page for a frame: nothing of a person is in it."""

import re

from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.translation import gettext as _

from campaigns import links, trying
from campaigns.models import Content

_ANCHOR = re.compile(r'(<(?:a|area)\b[^>]*?\shref=)"[^"]*/l/([\w-])[\w-]{18}"([^>]*>)', re.IGNORECASE)
_ENDING = re.compile(r"""<div style="display:none[^>]*><a [^>]*></a></div><img src="[^"]*/o/[^>]*>""")
_BADGE = (
    '<span style="position:relative;display:inline-block;width:0;height:0;line-height:0;overflow:visible">'
    '<span title="{title}" style="position:absolute;z-index:9;left:-10px;top:-38px;padding:0 7px;border-radius:9px;'
    'font:700 12px/18px Arial,sans-serif;white-space:nowrap;color:{colour};background:{ground};border:1px solid #fff">'
    "{people} · {share}%</span></span>"
)
# From nobody to the most: how much of the heat a badge shows.
_HEAT = (("#374151", "#e5e7eb"), ("#7c2d12", "#fed7aa"), ("#fff", "#c2410c"), ("#fff", "#b91c1c"))


def page(content: Content, people: dict[int, int]) -> str:
    """`people` = {number of a link: how many followed it}. Links lead nowhere. Raises BadContent."""
    html = _ENDING.sub("", trying.show(content, None, tracked=True).html)
    most, total = max(people.values(), default=0), sum(people.values())

    def marked(match: re.Match[str]) -> str:
        number = links.ALPHABET.index(match[2])
        return f'{match[1]}"#"{match[3]}{_badge(people.get(number, 0), most, total)}' if number else match[0]

    return _ANCHOR.sub(marked, html)


def _badge(people: int, most: int, total: int) -> str:
    colour, ground = _HEAT[-(-people * (len(_HEAT) - 1) // most) if people else 0]
    return format_html(
        _BADGE,
        title=_("people who followed this link, and their share of all who followed a link"),
        people=localize(people),
        share=localize(round(100 * people / total) if total else 0),
        colour=colour,
        ground=ground,
    )
