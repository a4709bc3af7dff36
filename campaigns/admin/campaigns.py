"""Campaigns: the list, the form of a draft, the review, the page after launch, and the buttons."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from campaigns import beginning, cloning, local_clock, panels, permission, samples, slots
from campaigns.admin import (
    ad_audience_pages,
    behind,
    brand_versions,
    deleting,
    follow_ups,
    letters,
    person,
    rationale,
    reading,
    reviewing,
    variants,
    versions,
)
from campaigns.admin.ad_audience_form import AudienceForm
from campaigns.admin.changelist import CampaignList, Columns
from campaigns.admin.forms import CampaignForm
from campaigns.admin.verbs import perform
from campaigns.models import Campaign, Run, Snippet

CHANGE = "campaigns.change_campaign"
LAUNCHED = (Campaign.State.RUNNING, Campaign.State.PAUSED, Campaign.State.FINISHED, Campaign.State.STOPPED)


@admin.register(Campaign)
class CampaignAdmin(Columns, ModelAdmin):
    list_filter = ["state"]
    search_fields = ["name"]
    search_help_text = _("Part of the name")
    list_per_page = 30
    show_full_result_count = False
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CampaignList]:
        return CampaignList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        runs = Prefetch("runs", Run.objects.order_by("id"), to_attr="launched")
        related = super().get_queryset(request).select_related("author", "account", "follow_up__run__campaign")
        return related.prefetch_related("segments_in", runs)

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        """Only what was never sent may go; the rest is history."""
        if obj and (obj.state != Campaign.State.DRAFT or obj.is_step):
            return False
        return super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple:
        return deleting.told(super().get_deleted_objects(objs, request))

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"campaigns_campaign_{name}")

        return [
            own("preview/", self._of_form(letters.preview_of_form), "preview"),
            own("test/", self._of_form(letters.send_test), "test"),
            own("audience/", self._of_form(letters.audience_of_form), "audience"),
            own("places/", self._of_form(letters.places_of_form), "places"),
            own("counter/", self._of_form(letters.counter_of_form), "counter"),
            own("<int:pk>/letter/", self.letter_view, "letter"),
            own("<int:pk>/review/", self.review_view, "review"),
            own("<int:pk>/counted/", self._of_campaign(self.counted_view), "counted"),
            own("<int:pk>/page/", self.page_view, "page"),
            own("<int:pk>/progress/", self.progress_view, "progress"),
            own("<int:pk>/panels/", self._of_campaign(self.panels_view), "panels"),
            own("<int:pk>/clone/", require_POST(self.clone_view), "clone"),
            own("<int:pk>/correct/", self._of_campaign(follow_ups.correct), "correct"),
            own("<int:pk>/missed/", self._of_campaign(follow_ups.missed), "missed"),
            own("<int:pk>/spent/", self._of_campaign(ad_audience_pages.spent), "spent"),
            own("<int:pk>/person/", self._of_campaign(person.answer), "person"),
            own("<int:pk>/people/", self._of_campaign(behind.people), "people"),
            own("<int:pk>/versions/", self._of_campaign(versions.history), "versions"),
            own("<int:pk>/restore/", self._of_campaign(versions.restore), "restore"),
            own("<int:pk>/versions/<int:brand>/", self._of_campaign(brand_versions.edit), "version"),
            own("<int:pk>/versions/<int:brand>/remove/", self._of_campaign(brand_versions.remove), "remove_version"),
            own("sizing/", self._of_form(variants.sizing_of_form), "sizing"),
            own("<int:pk>/variants/<str:letter>/", self._of_campaign(variants.edit), "variant"),
            own("<int:pk>/variants/<str:letter>/remove/", self._of_campaign(variants.remove), "remove_variant"),
            own("<int:pk>/variants/<str:letter>/<int:brand>/", self._of_campaign(variants.edit), "variant_brand"),
            own(
                "<int:pk>/variants/<str:letter>/<int:brand>/remove/",
                self._of_campaign(variants.remove),
                "remove_variant_brand",
            ),
            own("<int:pk>/do/<slug:verb>/", self.verb_view, "verb"),
            *super().get_urls(),
        ]

    # The form of a draft

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._edit(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form while it is a draft and may be changed; else the page that fits its state."""
        campaign = self._campaign(request, object_id)
        if campaign.state == Campaign.State.DRAFT and request.user.has_perm(CHANGE):
            return self._edit(request, campaign)
        if request.method == "POST":
            messages.error(request, _("The campaign is no longer a draft: take it back to the draft to edit it."))
        return redirect(self._home(campaign), campaign.pk)

    def _edit(self, request: HttpRequest, campaign: Campaign | None) -> HttpResponse:
        begun = None if campaign else beginning.initial(request.GET)
        kind = campaign.kind if campaign else request.GET.get("kind", "")
        is_audience = kind == Campaign.Kind.AUDIENCE
        form = (AudienceForm if is_audience else CampaignForm)(request.POST or None, instance=campaign, initial=begun)
        if request.method == "POST" and form.is_valid():
            try:
                saved = form.keep(request.user)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                log = self.log_change if campaign else self.log_addition
                log(request, saved, self.construct_change_message(request, form, None, not campaign))
                messages.success(request, _("The campaign “%(name)s” is saved.") % {"name": saved.name})
                if brand := brand_versions.asked(request, saved) if "_version" in request.POST else None:
                    return redirect("admin:campaigns_campaign_version", saved.pk, brand.pk)
                if letter := variants.asked(request, saved) if "_variant" in request.POST else "":
                    return redirect("admin:campaigns_campaign_variant", saved.pk, letter)
                onward = "review" if "_review" in request.POST else "change"
                return redirect(f"admin:campaigns_campaign_{onward}", saved.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": campaign.name if campaign else _("New campaign"),
            "campaign": campaign,
            "whom": campaign and follow_ups.described(campaign),
            "step": getattr(campaign, "scenario_step", None),
            "form": form,
            "kinds": None if campaign else ad_audience_pages.kinds(request, kind),
            "sending": permission.status(),
            "may_delete": campaign and self.has_delete_permission(request, campaign),
        }
        if is_audience:
            return TemplateResponse(request, "campaigns/ad_audience/form.html", context)
        context |= brand_versions.of_form(form) | variants.of_form(form)
        context |= {"slots": slots.every(), "snippets": Snippet.objects.defer("text"), "people": samples.KINDS}
        return TemplateResponse(request, "campaigns/form.html", context)

    def _of_form(self, view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
        """What the form asks while it is filled in: by POST, by whoever may write campaigns."""

        @require_POST
        def checked(request: HttpRequest) -> HttpResponse:
            if not (request.user.has_perm(CHANGE) or request.user.has_perm("campaigns.add_campaign")):
                raise PermissionDenied
            return view(request)

        return checked

    # The other pages

    def _of_campaign(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return lambda request, pk, **of_it: view(request, self._campaign(request, pk), **of_it)

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        campaign = self._campaign(request, pk)
        if campaign.state in LAUNCHED and campaign.runs.exists():
            return redirect("admin:campaigns_campaign_page", pk)
        found = reviewing.review(campaign, request.user) | ad_audience_pages.of_plan(campaign)
        is_counted = reviewing.is_counted_at_once(campaign)
        found |= self._counted(campaign, found) if is_counted else {"is_counting": True}
        return self._show(request, "campaigns/review.html", found)

    def counted_view(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """The part of the review that is counted over all of a large audience: the page asks for it once it is shown."""
        found = reviewing.review(campaign, request.user)
        template = "ad_audience/counted" if campaign.is_audience else "counted"
        return self._show(
            request, f"campaigns/{template}.html", found | self._counted(campaign, found) | {"is_late": True}
        )

    @staticmethod
    def _counted(campaign: Campaign, review: dict[str, Any]) -> dict[str, Any]:
        found = ad_audience_pages.counted(campaign) if campaign.is_audience else reviewing.counted(campaign, review)
        return found | rationale.shown(campaign, found)

    def page_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        campaign = self._campaign(request, pk)
        if not campaign.runs.exists():
            return redirect("admin:campaigns_campaign_review", pk)
        if campaign.is_audience:
            return self._show(
                request, "campaigns/ad_audience/page.html", ad_audience_pages.results(campaign, request.user)
            )
        return self._show(
            request,
            "campaigns/page.html",
            {**reading.results(campaign, request.user), **follow_ups.offered(campaign, request.user)},
        )

    @staticmethod
    def panels_view(request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """What upper apps say of it: counted over all of its people, so that the page does not wait for them."""
        chosen = [panel for panel in panels.every() if panel.of_audiences or not campaign.is_audience]
        filled = [(panel, says) for panel in chosen if (says := panel.context(request, campaign))]
        context = {"campaign": campaign, "panels": filled, "versions": brand_versions.of_results(campaign)}
        context["departures"] = local_clock.of_last_run(campaign)
        context |= variants.of_results(campaign)
        return TemplateResponse(request, "campaigns/panels.html", context)

    def letter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return letters.preview_of_campaign(request, self._campaign(request, pk))

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A piece of the page, asked for every two seconds; the whole page again when the state has changed."""
        campaign = self._campaign(request, pk)
        if request.GET.get("state") != campaign.state:
            return HttpResponse(headers={"HX-Refresh": "true"})
        runs = list(campaign.runs.order_by("id"))
        if not runs:  # approved, and waiting for its time
            return HttpResponse(status=204)
        if campaign.is_audience:
            context = {"campaign": campaign, **ad_audience_pages.progress(campaign)}
            return TemplateResponse(request, "campaigns/ad_audience/progress.html", context)
        context = {"campaign": campaign, "progress": reading.progress(runs)}
        return TemplateResponse(request, "campaigns/progress.html", context)

    def clone_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        campaign = self._campaign(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        draft = cloning.clone(campaign, request.user)
        messages.success(request, _("This is a copy of “%(name)s”: choose its time.") % {"name": campaign.name})
        return redirect("admin:campaigns_campaign_change", draft.pk)

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """One of the buttons of the pages; `Refused` comes back as a message."""
        campaign = self._campaign(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        perform(campaign, request, verb)
        campaign.refresh_from_db(fields=["state"])
        return redirect(self._home(campaign), pk)

    def _home(self, campaign: Campaign) -> str:
        launched = campaign.state in LAUNCHED and campaign.runs.exists()
        return f"admin:campaigns_campaign_{'page' if launched else 'review'}"

    def _show(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        campaign = context["campaign"]
        common = {
            "opts": self.opts,
            "title": campaign.name,
            "original": campaign,
            "whom": follow_ups.described(campaign),
        }
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **common, **context})

    def _campaign(self, request: HttpRequest, pk: int | str) -> Campaign:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not str(pk).isdecimal():
            raise Http404
        related = Campaign.objects.select_related(
            "account", "author", "brand", "follow_up__run__campaign", "rationale", "experiment", "ad_audience__account"
        )
        return get_object_or_404(related, pk=int(pk))
