"""The gallery of ready-made cuts: what can be cut, what for, and one click that makes the segment."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from segments.models import Segment
from segments.ready_made import Cut, Names, cut_of, cuts, made_from, make
from segments.rules.tree import RuleError
from segments.rules.words import sentence


class Answers(forms.Form):
    """What a cut asks: one input a question."""

    def __init__(self, cut: Cut, data: Any = None) -> None:
        super().__init__(data, prefix=cut.key)
        self.cut = cut
        for question in cut.questions:
            field = question.form_field()
            field.widget = _widget(question, field)
            self.fields[question.name] = field

    @property
    def values(self) -> dict[str, Any]:
        return {each.name: each.value(self.cleaned_data[each.name]) for each in self.cut.questions}


def _widget(question: Any, field: forms.Field) -> forms.Widget:
    if isinstance(question, Names):
        return forms.CheckboxSelectMultiple(choices=field.choices)
    field.widget.attrs |= {"class": "kb-input kb-input--short"}
    return field.widget


@dataclass
class Tile:
    """A cut as the gallery shows it; `rule` is its sentence with the usual answers, empty while one is needed."""

    cut: Cut
    form: Answers
    made: list[Segment]
    rule: str = ""

    @property
    def asks_names(self) -> bool:
        """A list must be chosen first, so that its form is open."""
        return any(isinstance(each, Names) and not self.form[each.name].initial for each in self.cut.questions)


def urls(admin: ModelAdmin) -> list[URLPattern]:
    """The pages of the gallery, for the admin of segments."""
    site = admin.admin_site
    return [
        path("ready/", site.admin_view(partial(_gallery, admin)), name="segments_segment_ready"),
        path("ready/make/", site.admin_view(require_POST(partial(_make, admin))), name="segments_segment_make"),
    ]


def _gallery(admin: ModelAdmin, request: HttpRequest, refused: Answers | None = None) -> HttpResponse:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": gettext("Ready-made segments"),
        "groups": list(_groups(refused)),
        "may_make": admin.has_add_permission(request),
        "refused": refused.cut.key if refused else "",
    }
    return TemplateResponse(request, "segments/ready_made.html", context)


def _groups(refused: Answers | None) -> Iterator[tuple[str, list[Tile]]]:
    known = cuts()
    made = made_from(each.key for each in known)
    for title, members in groupby(known, key=lambda each: str(each.group)):
        yield title, [_tile(each, made.get(each.key, []), refused) for each in members]


def _tile(cut: Cut, made: list[Segment], refused: Answers | None) -> Tile:
    form = refused if refused and refused.cut is cut else Answers(cut)
    try:
        return Tile(cut, form, made, sentence(cut.document(cut.defaults())))
    except RuleError:
        return Tile(cut, form, made)


def _make(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    if not admin.has_add_permission(request):
        raise PermissionDenied
    cut = cut_of(request.POST.get("cut", ""))
    if cut is None:  # a page from before an update
        messages.warning(request, gettext("There is no such ready-made segment. Choose another one."))
        return redirect("admin:segments_segment_ready")
    form = Answers(cut, request.POST)
    try:
        segment = make(cut, form.values, owner=request.user) if form.is_valid() else None
    except RuleError as error:
        form.add_error(None, str(error))
        segment = None
    if segment is None:
        return _gallery(admin, request, form)
    messages.success(request, gettext("The segment is made and is being counted. All of it can be changed."))
    return redirect("admin:segments_segment_change", segment.pk)
