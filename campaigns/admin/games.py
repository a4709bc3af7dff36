"""Games in the admin: the form with its prizes, a look at the page, a try of the odds, and what came of it."""

from random import SystemRandom
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.admin import ModelAdmin
from unfold.decorators import display

from campaigns.admin.game_forms import GameForm, PrizeInline
from campaigns.admin.game_words import embedding_lines, simulated, until
from campaigns.game import amp, checking, exporting, odds, results
from campaigns.game.pages import TEMPLATE, box, shown
from campaigns.game.subjects import State
from campaigns.models import Game, Play, Prize, PromoCode

TRIED = 1000  # draws of a try
SAMPLE = "KAHT7X3M9P"


@admin.register(Game)
class GameAdmin(ModelAdmin):
    form = GameForm
    list_display = ("name", "kind", "period", "drawn", "is_active")
    list_filter = ("is_active", "kind")
    search_fields = ("name",)
    list_fullwidth = True
    list_per_page = 30
    show_full_result_count = False
    actions = None
    inlines = (PrizeInline,)
    change_form_template = "campaigns/game/game.html"
    nothing_yet = _(
        "A game is a page with boxes or a wheel: everybody who gets the link {{ игра }} draws once. Make one, then choose it in a campaign."
    )
    fieldsets = (
        (None, {"fields": (("name", "is_active"), "kind", "boxes", "button", ("starts_at", "ends_at"))}),
        (_("What people see"), {"fields": ("title", "invitation", "terms", ("brand", "colour"))}),
    )

    class Media:
        js = ("campaigns/game_admin.js",)

    def has_delete_permission(self, request: HttpRequest, obj: Game | None = None) -> bool:
        # Links that people hold keep leading to it: it is taken out of use instead.
        return False

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"campaigns_game_{name}")

        return [
            own("<int:pk>/look/", self.look_view, "look"),
            own("<int:pk>/results/", require_safe(self.results_view), "results"),
            own("<int:pk>/export/", require_POST(self.export_view), "export"),
            *super().get_urls(),
        ]

    @display(description=_("period"), ordering="ends_at")
    def period(self, game: Game) -> str:
        return until(game)

    @display(description=_("draws"))
    def drawn(self, game: Game) -> int:
        return sum(prize.given for prize in game.prizes.all())

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("prizes")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Game | None:
        """Draws wait while it is being saved, so that stocks are checked as they are."""
        if connection.in_atomic_block and request.method == "POST" and str(object_id).isdecimal():
            Game.objects.select_for_update(no_key=True).filter(pk=object_id).first()
        return super().get_object(request, object_id, from_field)

    def save_model(self, request: HttpRequest, obj: Game, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        game = Game.objects.filter(pk=object_id).first() if object_id and object_id.isdecimal() else None
        more = _told(game, is_tried="try" in request.GET) if game else {}
        return super().changeform_view(request, object_id, form_url, more | (extra_context or {}))

    def look_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page as people see it, whatever the period; a draw here is none: nothing is given and nothing is written."""
        game = self._seen(request, pk)
        prizes = list(game.prizes.select_related("pool"))
        play = None
        if request.method == "POST" and odds.total(prizes) == 100:
            play = _sample(game, prizes, box(request, game))
        context = shown(game, State.OPEN, play) | {"sender": game.brand or "Krug", "csrf": get_token(request)}
        return TemplateResponse(request, TEMPLATE, context)

    def results_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        game = self._seen(request, pk)
        found = results.of_game(game)
        counted = results.of_prizes(found)
        context = {
            **self.admin_site.each_context(request),
            "title": game.name,
            "opts": self.opts,
            "original": game,
            "game": game,
            "results": found,
            "plays": sum(result.plays for result in found),
            "prizes": [(prize, *counted.get(prize.pk, (0, 0))) for prize in game.prizes.all()],
            "days": results.WINDOW.days,
            "may_export": self.has_change_permission(request, game),
        }
        return TemplateResponse(request, "campaigns/game/results.html", context)

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """By POST: that somebody took the draws is written down."""
        game = get_object_or_404(Game, pk=pk)
        if not self.has_change_permission(request, game):
            raise PermissionDenied
        file = exporting.export(game, request.user)
        return FileResponse(file, as_attachment=True, filename=f"game-{pk}.xlsx", headers={"Cache-Control": "no-store"})

    def _seen(self, request: HttpRequest, pk: int) -> Game:
        game = get_object_or_404(Game.objects.select_related("brand"), pk=pk)
        if not self.has_view_permission(request, game):
            raise PermissionDenied
        return game


def _told(game: Game, *, is_tried: bool) -> dict[str, Any]:
    prizes = list(game.prizes.select_related("pool"))
    faults = checking.of_game(game, max(game.starts_at, timezone.now()))
    is_whole = not checking.of_odds(prizes)
    return {
        "prizes": prizes,
        "faults": faults,
        "cost_of_thousand": odds.cost_of_thousand(prizes),
        "tried": simulated(prizes, odds.simulate(prizes, TRIED, SystemRandom())) if is_tried and is_whole else None,
        "embedding": embedding_lines(),
        "amp_part": amp.part(game),
    }


def _sample(game: Game, prizes: list[Prize], choice: int | None) -> Play:
    drawn = odds.drawn(prizes, SystemRandom().randrange(odds.WHOLE))
    prize = odds.fallback(prizes) if drawn.left == 0 else drawn
    code = PromoCode(code=SAMPLE) if prize.pool else None
    return Play(game=game, prize=prize, drawn=drawn, choice=choice, code=code)
