"""Pools of promo codes: what they give, how many there are, and what became of them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from campaigns.admin import promo_words
from campaigns.admin.promo_forms import TERMS, FileForm, PoolForm
from campaigns.admin.promo_pictures import PictureInline
from campaigns.models import PromoPool
from campaigns.promo import bringing, counting, exporting, filling, trouble
from campaigns.refusals import Refused


class PoolList(ChangeList):
    """With the figures of the pools of a page, in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        figures = counting.of_pools(self.result_list)
        for pool in self.result_list:
            pool.counted = figures[pool.pk]


@admin.register(PromoPool)
class PromoPoolAdmin(ModelAdmin):
    form = PoolForm
    list_display = ("name", "worth_shown", "kind", "until", "figures", "is_active")
    list_filter = ("is_active", "gives")
    search_fields = ("name",)
    list_fullwidth = True
    list_per_page = 30
    show_full_result_count = False
    actions = None
    inlines = (PictureInline,)
    change_form_template = "campaigns/promo/pool.html"
    nothing_yet = _(
        "A pool says what its codes give and until when. A campaign then prints a code of it for everybody."
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PoolList]:
        return PoolList

    def get_fieldsets(self, request: HttpRequest, obj: PromoPool | None = None) -> Any:
        return promo_words.fieldsets(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: PromoPool | None = None) -> tuple[str, ...]:
        return TERMS if obj and counting.is_used(obj) else ()

    def has_delete_permission(self, request: HttpRequest, obj: PromoPool | None = None) -> bool:
        # Codes that people hold keep pointing at their pool: it is taken out of use instead.
        return False

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(require_POST(view)), name=f"campaigns_promopool_{name}")

        return [
            own("<int:pk>/make/", self.make_view, "make"),
            own("<int:pk>/stop/", self.stop_view, "stop"),
            own("<int:pk>/bring/", self.bring_view, "bring"),
            own("<int:pk>/export/", self.export_view, "export"),
            *super().get_urls(),
        ]

    @display(description=_("what it gives"))
    def worth_shown(self, pool: PromoPool) -> str:
        return pool.worth

    @display(description=_("valid to"), ordering="valid_to")
    def until(self, pool: PromoPool) -> str:
        return promo_words.period(pool)

    @display(description=_("issued · redeemed · left"))
    def figures(self, pool: PromoPool) -> str:
        return promo_words.line(pool.counted)  # type: ignore[attr-defined]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        pool = PromoPool.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        more = (
            {
                "figures": counting.of_pool(pool),
                "troubles": trouble.counted(pool),
                "file_form": FileForm(),
                "files": promo_words.files(pool),
            }
            if pool
            else {}
        )
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: PromoPool, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)
        if obj.is_personal and form.cleaned_data.get("number"):
            filling.order(obj, form.cleaned_data["number"])
        elif not obj.is_personal and form.cleaned_data.get("word"):
            filling.share(obj, form.cleaned_data["word"])

    def make_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        number = request.POST.get("number", "")
        return self._done(request, pk, lambda pool: filling.order(pool, int(number) if number.isdecimal() else 0))

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._done(request, pk, filling.stop)

    def bring_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A job takes the file in: the page tells what became of it."""
        form = FileForm(request.POST, request.FILES)

        def bring(pool: PromoPool) -> None:
            if not form.is_valid():
                raise Refused(" ".join(form.errors["file"]))
            file = bringing.receive(pool, form.cleaned_data["file"], request.user)
            self.log_change(request, pool, _("A file of codes was uploaded: %s.") % file.name)

        return self._done(request, pk, bring)

    def export_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """By POST: that somebody took the codes is written down."""
        pool = get_object_or_404(PromoPool, pk=pk)
        if not self.has_change_permission(request, pool):
            raise PermissionDenied
        headers = {"Content-Disposition": f'attachment; filename="promo-codes-{pk}.csv"', "Cache-Control": "no-store"}
        pieces = exporting.export(pool, request.user)
        return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)

    def _done(self, request: HttpRequest, pk: int, verb: Any) -> HttpResponse:
        pool = get_object_or_404(PromoPool, pk=pk)
        if not self.has_change_permission(request, pool):
            raise PermissionDenied
        try:
            verb(pool)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        return redirect("admin:campaigns_promopool_change", pk)
