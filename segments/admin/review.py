"""The review queue: the list of doubtful pairs, one pair after another by keyboard, many at once above a probability."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from segments.admin import review_page
from segments.admin.big_lists import ReadOnlyList
from segments.admin.merging import MERGE
from segments.identity import accepting, reopening, review
from segments.identity.merging import Refused
from segments.models import ReviewPair
from segments.paging import EstimatedPaginator

State = ReviewPair.State
VERDICTS: dict[str, Callable[[int, int], object]] = {
    "accept": review.accept,
    "refuse": review.refuse,
    "reopen": reopening.reopen,
}
MINE_FOR = timedelta(days=1)  # how long "take back the last" remembers what one decided


class StateFilter(DropdownFilter):
    """Open pairs unless something else is asked for."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [(state.value, state.label) for state in State]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(state=self.value() if self.value() in State.values else State.OPEN)


class BulkForm(forms.Form):
    """From which probability on; `count` is what the confirmation said, so that nobody confirms another number."""

    percent = forms.IntegerField(label=_("Probability from, %"), min_value=50, max_value=100, initial=95)
    count = forms.IntegerField(required=False, widget=forms.HiddenInput)


@admin.register(ReviewPair)
class ReviewPairAdmin(ReadOnlyList, ModelAdmin):
    list_display = ["probability", "one", "other", "because", "decision"]
    list_filter = [StateFilter]
    list_per_page = 50
    list_fullwidth = True
    ordering = ["-score", "id"]
    change_list_template = "segments/review_list.html"
    list_before_template = "segments/review_start.html"

    def has_view_permission(self, request: HttpRequest, obj: ReviewPair | None = None) -> bool:
        return request.user.has_perm(MERGE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewPair]:
        return ReviewPair.objects.select_related("card_a__customer", "card_b__customer", "decided_by")

    @display(description=_("probability"), ordering="score")
    def probability(self, pair: ReviewPair) -> str:
        return f"{review_page.percent(pair.score)}\u00a0%"

    @display(description=_("one"))
    def one(self, pair: ReviewPair) -> str:
        return str(pair.card_a.customer)

    @display(description=_("the other"))
    def other(self, pair: ReviewPair) -> str:
        return str(pair.card_b.customer)

    @display(description=_("why they may be one"))
    def because(self, pair: ReviewPair) -> str:
        agreed: dict[str, list[str]] = {}
        for word, feature, how in review.explain(pair.evidence):
            if word != "other":
                agreed.setdefault(how, []).append(feature)
        return "; ".join(f"{how}: {', '.join(features)}" for how, features in agreed.items())

    @display(description=_("decision"))
    def decision(self, pair: ReviewPair) -> str | None:
        if pair.state == State.OPEN:
            return None
        return f"{pair.get_state_display()} · {pair.decided_by}" if pair.decided_by else pair.get_state_display()

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"segments_reviewpair_{name}")

        return [
            own("queue/", self.queue_view, "queue"),
            own("bulk/", self.bulk_view, "bulk"),
            *(own(f"<int:pk>/{verdict}/", partial(self.decide_view, verdict=verdict), verdict) for verdict in VERDICTS),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._check(request)
        known = str(object_id).isdecimal() and self.get_queryset(request).filter(pk=int(object_id)).first()
        return self._shown(request, known) if known else redirect("admin:segments_reviewpair_queue")

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """The likeliest open pair, or with `?after=ID` the next one after that pair."""
        self._check(request)
        after = request.GET.get("after", "")
        last = ReviewPair.objects.filter(pk=int(after)).first() if after.isdecimal() else None
        return self._shown(request, self._next(request, last))

    def decide_view(self, request: HttpRequest, pk: int, *, verdict: str) -> HttpResponse:
        """One of `VERDICTS`; then the next pair (after "reopen" the pair itself)."""
        self._check(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        pair = get_object_or_404(ReviewPair, pk=pk)
        refusal = ""
        try:
            VERDICTS[verdict](pair.pk, request.user.pk)
        except Refused as refused:
            refusal = str(refused)
        stays = bool(refusal) or verdict == "reopen"
        shown = self.get_queryset(request).filter(pk=pk).first() if stays else self._next(request, pair)
        return self._shown(request, shown, refusal)

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the probability, show how many pairs that is, and accept exactly them."""
        self._check(request)
        asked = "percent" in request.GET or request.method == "POST"
        form = BulkForm(request.POST or request.GET) if asked else BulkForm()
        count = None
        if asked and form.is_valid():
            score = form.cleaned_data["percent"] / 100
            count = accepting.waiting_above(score)
            if request.method == "POST" and form.cleaned_data["count"] == count:
                return self._accepted(request, score)
        context = self._page(request) | {"form": form, "count": count, "title": gettext("Accept many at once")}
        return TemplateResponse(request, "segments/review_bulk.html", context)

    def _accepted(self, request: HttpRequest, score: float) -> HttpResponse:
        try:
            merged = accepting.accept_above(score, request.user.pk)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            said = ngettext("%(count)s customer was merged.", "%(count)s customers were merged.", merged)
            messages.success(request, said % {"count": merged})
        return redirect("admin:segments_reviewpair_changelist")

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}

    def _next(self, request: HttpRequest, after: ReviewPair | None) -> ReviewPair | None:
        waiting = self.get_queryset(request).filter(state=State.OPEN).order_by("-score", "pk")
        following = waiting.filter(review_page.neighbours(after)).first() if after else None
        return following or waiting.exclude(pk=after.pk if after else None).first() or waiting.first()

    def _shown(self, request: HttpRequest, pair: ReviewPair | None, refusal: str = "") -> HttpResponse:
        """The pair, or that there is none; for htmx only the part that changes."""
        waiting = EstimatedPaginator(ReviewPair.objects.filter(state=State.OPEN).order_by("pk"), 1).count
        mine = ReviewPair.objects.exclude(state=State.OPEN).exclude(evidence={"by": "hand"})
        mine = mine.filter(decided_by=request.user.pk, decided_at__gte=timezone.now() - MINE_FOR)
        context = {"waiting": waiting, "refusal": refusal, "last": mine.order_by("-decided_at").first()}
        if pair is not None:
            context |= review_page.read(request.user, pair)
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, "segments/review_pair.html", context)
        title = gettext("Are they one person?")
        context |= self._page(request) | {"title": title, "original": pair}
        return TemplateResponse(request, "segments/review.html", context)
