"""What keeps a game from being played as it was promised: each fault is a sentence that says what to do."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from campaigns.game import odds
from campaigns.models import Game, Prize, PromoPool
from campaigns.promo import counting


def of_odds(prizes: Sequence[Prize]) -> list[str]:
    """Of the odds and of what stands in for prizes that ran out; asked of a form too, before anything is saved."""
    found = []
    whole = odds.total(prizes)
    if whole != 100:
        told = number_format(whole, decimal_pos=2)
        found.append(_("The odds of the prizes make %s %%: they must make 100.") % told)
    instead = [prize for prize in prizes if prize.is_fallback]
    if len(instead) != 1:
        found.append(_("Mark one prize as the one that is given instead of those that ran out."))
    elif instead[0].stock is not None or instead[0].kind not in (Prize.Kind.NOTHING, Prize.Kind.POINTS):
        found.append(_("“%s” stands in for prizes that ran out: let it be nothing or points, as many as there are people.") % instead[0])  # fmt: skip
    return found


def of_game(game: Game, at: datetime) -> list[str]:
    """What forbids a campaign that starts then to lead people there."""
    if not game.is_active:
        return [_("The game “%s” is not in use: choose another one.") % game]
    prizes = list(game.prizes.select_related("pool"))
    found = of_odds(prizes)
    if game.ends_at <= at:
        found.append(_("The game “%(game)s” ends on %(when)s, the campaign starts later: make the game longer.") % {
            "game": game, "when": _moment(game.ends_at)})  # fmt: skip
    elif game.starts_at > at:
        found.append(_("The game “%(game)s” begins on %(when)s, the campaign starts earlier: people would find it shut.") % {
            "game": game, "when": _moment(game.starts_at)})  # fmt: skip
    won = [prize for prize in prizes if prize.kind != Prize.Kind.NOTHING and prize.odds]
    if not won:
        found.append(_("Nobody can win anything in the game “%s”: add a prize.") % game)
    elif all(prize.left == 0 for prize in won):
        found.append(_("All prizes of the game “%s” are given away: add some.") % game)
    return found + [sentence for prize in won if prize.pool and (sentence := _of_pool(prize, prize.pool, at))]


def _of_pool(prize: Prize, pool: PromoPool, at: datetime) -> str:
    told = {"prize": prize, "pool": pool}
    if pool.valid_to and pool.valid_to < timezone.localdate(at):
        return _("Codes of “%(pool)s” (prize “%(prize)s”) are over by then: choose another pool.") % told
    needed = 1 if prize.left is None else prize.left
    if needed and counting.left(pool, most=needed) < (needed if pool.is_personal else 1):
        return _("The pool “%(pool)s” has fewer codes than there are prizes “%(prize)s”: make more.") % told
    return ""


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j E Y, H:i")
