"""What the builder of rules asks the server: draw the tree after an edit, list choices, count the people."""

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from segments.admin.people_rows import people_shown
from segments.admin.rule_builder_counting import Superseded, giving_way, name_of
from segments.admin.segment_page import share_of
from segments.rules.bounded import TooSlow
from segments.rules.builder import document, draw, faults, told
from segments.rules.counting import SAMPLE, count_people, population
from segments.rules.drafting import is_empty, parse
from segments.rules.outline import outline
from segments.rules.picking import choices_at
from segments.rules.starts import starting_drafts, starting_points
from segments.rules.steps import advance

LIMIT = 5  # seconds that a person waits for a count


def drawn(request: HttpRequest) -> HttpResponse:
    """One step of the builder: the tree after a button or a change of a list."""
    name = _name(request)
    step = advance(request.POST, name, starts=starting_drafts())
    context = draw(step, name=name) | {"starts": starting_points()}
    if step.focus:
        context["said"] = _("Place: %(number)s") % {"number": ".".join(str(each + 1) for each in step.focus)}
    response = render(request, "segments/rules/tree.html", context)
    response["HX-Trigger-After-Swap"] = "rule-drawn"
    return response


def chosen(request: HttpRequest) -> HttpResponse:
    """The list of values for one input of a condition (`into`: its name), those that are chosen marked."""
    name = _name(request)
    context = choices_at(parse(request.POST, name), name, request.POST.get("into", "")[:200])
    return render(request, "segments/rules/choices.html", context)


def counted(request: HttpRequest) -> HttpResponse:
    """How many people the draft holds, in words, and ten of them; or what is still missing.

    204 when a newer question of the same page has stopped this one.
    """
    name = _name(request)
    draft = parse(request.POST, name)
    words, fault = told(draft, owner=request.GET.get("owner", "")[:60])
    context: dict[str, Any] = {
        "name": name,
        "words": words,
        "fault": fault,
        "faults": json.dumps(faults(draft, name=name), ensure_ascii=False),
        "empty": is_empty(draft),
    }
    if not fault:
        try:
            context |= _numbers(request, draft)
        except TooSlow as error:
            context["too_slow"] = str(error)
        except Superseded:
            return HttpResponse(status=204)
    return render(request, "segments/rules/panel.html", context)


def retold(rule: dict) -> SafeString:
    """A stored rule for those who may only look: the sentence, and its conditions as an outline."""
    return render_to_string("segments/rules/retold.html", outline(rule))


def _name(request: HttpRequest) -> str:
    name = request.GET.get("name", "")
    return name if re.fullmatch(r"[a-z_]{1,40}", name) else "rule"


def _numbers(request: HttpRequest, draft: dict) -> dict[str, Any]:
    page = request.GET.get("page", "")
    with giving_way(name_of(request.user.pk, page if re.fullmatch(r"[0-9a-f]{1,32}", page) else ""), limit=LIMIT):
        found = count_people(document(draft), limit=LIMIT, sample=SAMPLE)
    base = population()
    return {
        "count": found.count,
        "count_shown": grouped(found.count),
        "share": share_of(found.count, base) if base else "",
        "milliseconds": grouped(round(found.seconds * 1000)),
        "sample": people_shown(request.user, found.sample) if request.user.has_perm("segments.view_customer") else [],
    }


def grouped(number: int) -> str:
    """A number for eyes: 12 345."""
    return formats.number_format(number, force_grouping=True)
