"""The trail above a page: section of the sidebar, list, object; it never says a word twice."""

from typing import Any

from django import template
from django.apps import apps
from django.http import HttpRequest
from django.utils.text import capfirst

from crmsite.navigation import MENU, address
from crmsite.templatetags.grammar import new_one

register = template.Library()

Crumb = dict[str, Any]


@register.simple_tag
def trail(request: HttpRequest, parts: list[Crumb]) -> list[Crumb]:
    """unfold's crumbs {title, link}, mended; a page that adds something is named after what it adds."""
    if len(parts) > 1:
        parts = [_section(parts[1]) or parts[0], *parts[1:]]
        if capfirst(str(parts[0]["title"])) == capfirst(str(parts[1]["title"])):
            parts = parts[1:]
    match = request.resolver_match
    if match and (match.url_name or "").endswith("_add"):
        app, _sign, model = match.url_name.removesuffix("_add").partition("_")
        parts = [*parts, {"title": new_one(apps.get_model(app, model)._meta)}]
    return parts


def _section(page: Crumb) -> Crumb | None:
    """The section of the sidebar that lists the page."""
    for section in MENU:
        if any(address(item.url) == str(page.get("link")) for item in section.items):
            return {"title": section.title}
    return None
