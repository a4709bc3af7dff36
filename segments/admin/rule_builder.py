"""What the builder of rules asks the server: draw the tree after an edit, count the people."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats

from segments.admin.people_rows import people_shown
from segments.admin.segment_page import share_of
from segments.rules.bounded import TooSlow
from segments.rules.builder import document, draw, told
from segments.rules.counting import SAMPLE, count_people, population
from segments.rules.drafting import parse
from segments.rules.editing import advance


def drawn(request: HttpRequest) -> HttpResponse:
    """One step of the builder: the tree after a button or a change of a list."""
    name = _name(request)
    draft, undo, focus = advance(request.POST, name)
    context = draw(draft, undo, name=name, focus=focus) | {"draw_url": reverse("admin:segments_segment_draw")}
    response = render(request, "segments/rules/tree.html", context)
    response["HX-Trigger-After-Swap"] = "rule-drawn"
    return response


def counted(request: HttpRequest) -> HttpResponse:
    """How many people the draft holds, in words, and ten of them; or what is still missing."""
    name = _name(request)
    draft = parse(request.POST, name)
    words, fault = told(draft, owner=request.GET.get("owner", "")[:60])
    context: dict[str, Any] = {"name": name, "words": words, "fault": fault}
    if not fault:
        try:
            context |= _numbers(request, draft)
        except TooSlow as error:
            context["too_slow"] = str(error)
    return render(request, "segments/rules/panel.html", context)


def _name(request: HttpRequest) -> str:
    name = request.GET.get("name", "")
    return name if re.fullmatch(r"[a-z_]{1,40}", name) else "rule"


def _numbers(request: HttpRequest, draft: dict) -> dict[str, Any]:
    found = count_people(document(draft), sample=SAMPLE)
    return {
        "count": found.count,
        "count_shown": grouped(found.count),
        "share": share_of(found.count, population()),
        "milliseconds": grouped(round(found.seconds * 1000)),
        "sample": people_shown(request.user, found.sample) if request.user.has_perm("segments.view_customer") else [],
    }


def grouped(number: int) -> str:
    """A number for eyes: 12 345."""
    return formats.number_format(number, force_grouping=True)
