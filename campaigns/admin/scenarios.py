"""Scenarios: the list, the library, the page of one with its diagram and editor, and the ways of people through it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from campaigns import approval
from campaigns.admin import scenario_pages
from campaigns.models import Enrolment, Scenario, ScenarioVersion
from campaigns.refusals import Refused
from campaigns.scenarios import drafting, editing, reading, states, words
from campaigns.scenarios.library import RECIPES
from campaigns.staff import person_name

ADD, CHANGE, RUN = "campaigns.add_scenario", "campaigns.change_scenario", "campaigns.run_campaign"
COLOURS = {"draft": "info", "active": "success", "paused": "warning", "closed": "warning", "stopped": "danger"}
PAGE = "admin:campaigns_scenario_change"


def _submit(version: ScenarioVersion, request: HttpRequest) -> None:
    states.submit(version, request.user)


def _approve(version: ScenarioVersion, request: HttpRequest) -> None:
    states.approve(version, request.user, request.POST.get("seen", ""))


def _take_back(version: ScenarioVersion, request: HttpRequest) -> None:
    states.take_back(version, request.user, request.POST.get("note", ""))


def _draft(version: ScenarioVersion, request: HttpRequest) -> None:
    drafting.edit(version.scenario, request.user)


def _change(verb: str) -> Callable[[ScenarioVersion, HttpRequest], None]:
    return lambda version, request: states.change(version.scenario, verb, request.user)


# {verb: (the right to it, what does it, what is said after)}
VERBS: dict[str, tuple[str, Callable[[ScenarioVersion, HttpRequest], None], Any]] = {
    "submit": (CHANGE, _submit, _("Sent for approval: another person decides.")),
    "withdraw": (CHANGE, _take_back, _("The scenario is a draft again: it may be edited.")),
    "approve": (approval.APPROVE, _approve, _("Approved: people enter from now on.")),
    "reject": (approval.APPROVE, _take_back, _("Returned to the author with your note.")),
    "draft": (CHANGE, _draft, _("This is the next version: those inside finish the one they entered.")),
    "pause": (RUN, _change("pause"), _("Paused: everybody keeps her place.")),
    "resume": (RUN, _change("resume"), _("Resumed.")),
    "close": (RUN, _change("close"), _("Closed: nobody enters any more, those inside go on.")),
    "open": (RUN, _change("open"), _("Opened: people enter again.")),
    "stop": (RUN, _change("stop"), _("Stopped: everybody was taken out, what was not on its way is cancelled.")),
}


class ScenarioList(ChangeList):
    """With who enters, and how many are where: two queries a page, however many scenarios it shows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        names = words.names_of_segments()
        people = reading.of_scenarios([scenario.pk for scenario in self.result_list])
        for scenario in self.result_list:
            working = min(scenario.versions.all(), key=lambda version: (version.state != "active", -version.number))
            scenario.entry_words = words.occasion(working.entry, names)
            scenario.people = Counter({state: number for (pk, state), number in people.items() if pk == scenario.pk})


@admin.register(Scenario)
class ScenarioAdmin(ModelAdmin):
    list_display = ["title", "state_badge", "entry", "inside", "entered"]
    list_display_links = ["title"]
    list_filter = ["state"]
    search_fields = ["name"]
    list_per_page = 30
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("author").prefetch_related("versions")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type["ScenarioList"]:
        return ScenarioList

    @display(description=_("scenario"), ordering="name", header=True)
    def title(self, scenario: Scenario) -> list[str]:
        return [scenario.name, person_name(scenario.author)]

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_badge(self, scenario: Scenario) -> tuple[str, str]:
        return scenario.state, scenario.get_state_display()

    @display(description=_("who enters"))
    def entry(self, scenario: Scenario) -> str:
        return scenario.entry_words  # type: ignore[attr-defined]

    @display(description=_("inside now"))
    def inside(self, scenario: Scenario) -> int:
        return scenario.people[Enrolment.State.LIVE]  # type: ignore[attr-defined]

    @display(description=_("reached the goal"))
    def entered(self, scenario: Scenario) -> int:
        return scenario.people[Enrolment.State.GOAL]  # type: ignore[attr-defined]

    def has_delete_permission(self, request: HttpRequest, obj: Scenario | None = None) -> bool:
        """What people went through is history; a draft is stopped by nobody and harms nobody."""
        return False

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"campaigns_scenario_{name}")

        return [
            own("<int:pk>/edit/", require_POST(self.edit_view), "edit"),
            own("<int:pk>/person/", self.person_view, "person"),
            own("<int:pk>/dry-run/", self.dry_run_view, "dry_run"),
            own("<int:pk>/effect/", self.effect_view, "effect"),
            own("<int:pk>/do/<slug:verb>/", require_POST(self.verb_view), "verb"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The library: a click copies a scenario with its texts."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        if request.method == "POST":
            try:
                version = drafting.begin(request.user, recipe=request.POST.get("recipe", ""))
            except Refused as refusal:
                messages.error(request, refusal.sentence)
                return redirect("admin:campaigns_scenario_add")
            self.log_addition(request, version.scenario, [{"added": {}}])
            return redirect(PAGE, version.scenario_id)
        return self._show(request, "campaigns/scenarios/library.html", title=_("New scenario"), recipes=RECIPES)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        scenario = self._scenario(request, object_id)
        if request.method == "POST":
            return redirect(PAGE, scenario.pk)
        context = scenario_pages.of_scenario(scenario, request)
        return self._show(request, "campaigns/scenarios/page.html", title=scenario.name, original=scenario, **context)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        scenario = self._scenario(request, pk)
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        version = self._newest(scenario)
        try:
            editing.apply(version, request.POST)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            if not request.POST.get("act"):
                messages.success(request, _("The scenario is saved."))
        return redirect(f"{scenario_pages.address(scenario)}#steps")

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        scenario = self._scenario(request, pk)
        if verb not in VERBS:
            raise Http404
        right, act, done = VERBS[verb]
        if not request.user.has_perm(right):
            raise PermissionDenied
        try:
            act(self._newest(scenario), request)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, done)
        return redirect(PAGE, scenario.pk)

    def person_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Why did she get this: every turn of a person's way."""
        scenario = self._scenario(request, pk)
        if not request.user.has_perm("segments.view_customer"):
            raise PermissionDenied
        context = scenario_pages.of_person(scenario, request)
        return self._show(request, "campaigns/scenarios/person.html", title=scenario.name, original=scenario, **context)

    def dry_run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the shown version would have done over the last month: a part of its page, asked for by a button."""
        scenario = self._scenario(request, pk)
        if not scenario_pages.may_try(request):
            raise PermissionDenied
        return self._show(request, "campaigns/scenarios/dry_run.html", **scenario_pages.dry_run_of(scenario))

    def effect_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """People against the control group: a part of the page that it asks for once it is shown."""
        context = scenario_pages.effect_of(self._scenario(request, pk))
        return self._show(request, "campaigns/scenarios/effect.html", **context)

    def _newest(self, scenario: Scenario) -> ScenarioVersion:
        return scenario.versions.select_related("scenario").order_by("-number")[0]

    def _scenario(self, request: HttpRequest, pk: int | str) -> Scenario:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not str(pk).isdecimal():
            raise Http404
        return get_object_or_404(Scenario.objects.select_related("author", "brand"), pk=int(pk))

    def _show(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, common | context)
