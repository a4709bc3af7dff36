"""The form of a game with its prizes: the odds must make 100, and what was promised stays as it is."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from campaigns.game import checking
from campaigns.models import Game, Prize, PromoPool

FEWEST, MOST = 2, 12  # prizes
# Of a prize that somebody has drawn.
PROMISED = ("name", "kind", "pool", "points", "points_days")


MOMENT = {"type": "datetime-local", "class": " ".join(INPUT_CLASSES)}


class GameForm(forms.ModelForm):
    class Meta:
        model = Game
        fields = (
            "name", "is_active", "kind", "boxes", "button", "starts_at", "ends_at", "title", "invitation", "terms", "brand", "colour",
        )  # fmt: skip
        widgets = {
            "invitation": UnfoldAdminTextareaWidget({"rows": 3}),
            "terms": UnfoldAdminTextareaWidget({"rows": 3}),
            "colour": UnfoldAdminTextInputWidget({"placeholder": "#0b6b7a"}),
            **{name: forms.DateTimeInput(MOMENT, format="%Y-%m-%dT%H:%M") for name in ("starts_at", "ends_at")},
        }
        field_classes = dict.fromkeys(("starts_at", "ends_at"), forms.DateTimeField)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begins, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if begins and ends and begins >= ends:
            self.add_error("ends_at", _("It ends before it begins."))
        return cleaned


class PrizeForm(forms.ModelForm):
    class Meta:
        model = Prize
        fields = (
            "name", "kind", "odds", "stock", "cost", "is_fallback", "pool", "points", "points_days", "text",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = [self.instance.pool_id] if self.instance.pool_id else []
        pool = self.fields["pool"]
        pool.queryset = PromoPool.objects.filter(is_active=True) | PromoPool.objects.filter(pk__in=used)
        pool.label_from_instance = lambda each: f"{each.name} · {each.worth}"
        self.fields["stock"].help_text = _("Empty: as many as there are people.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, pool = cleaned.get("kind"), cleaned.get("pool")
        if kind == Prize.Kind.POINTS and not cleaned.get("points") and "points" not in self.errors:
            self.add_error("points", _("Write how many points."))
        if kind in (Prize.Kind.CODE, Prize.Kind.THING) and "pool" not in self.errors:
            self._check_pool(kind, pool)
        elif kind in (Prize.Kind.NOTHING, Prize.Kind.POINTS):
            cleaned["pool"] = None
        if self.instance.given:
            self._check_promised(cleaned)
        return cleaned

    def _check_pool(self, kind: str, pool: PromoPool | None) -> None:
        if pool is None:
            self.add_error("pool", _("Choose the pool that its codes come from."))
        elif (kind == Prize.Kind.THING) != (pool.gives == PromoPool.Gives.GIFT):
            self.add_error("pool", _("A thing is handed over by a code of a pool that gives a gift; a promo code comes from any other pool."))  # fmt: skip

    def _check_promised(self, cleaned: dict[str, Any]) -> None:
        stock = cleaned.get("stock")
        if stock is not None and stock < self.instance.given:
            self.add_error("stock", _("So many are drawn already: %d.") % self.instance.given)
        for name in PROMISED:
            if name in self.changed_data and name in cleaned:
                self.add_error(name, _("Somebody has drawn this prize: make another one instead."))

    def save(self, commit: bool = True) -> Prize:
        """What is drawn meanwhile stays counted: `given` is not written."""
        if not (commit and self.instance.pk):
            return super().save(commit)
        self.instance.save(update_fields=self._meta.fields)
        return self.instance


class PrizeFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        filled = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form.instance for form in filled if not self._should_delete_form(form)]
        if len(kept) < FEWEST:
            raise ValidationError(_("A game has two prizes or more: “nothing” is one as well."))
        if wrong := checking.of_odds(kept):
            raise ValidationError(wrong)


class PrizeInline(StackedInline):
    model = Prize
    form = PrizeForm
    formset = PrizeFormSet
    extra = 0
    min_num = FEWEST
    max_num = MOST
    fields = (
        ("name", "kind"), ("odds", "stock"), ("cost", "is_fallback"), "pool", ("points", "points_days"), "text",
    )  # fmt: skip
    tab = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.view_game")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.change_game")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.add_game") or self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)
