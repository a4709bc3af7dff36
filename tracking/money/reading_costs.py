"""Lines of a file of costs."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import Campaign
from tracking.models import Cost
from tracking.money import months, wrong_month
from tracking.money_models import MOST_MONTHS

# Our name: (what the headline may be, whether it must be there).
COLUMNS = {
    "campaign": (("кампания", "рассылка", "номер кампании", "campaign"), False),
    "kind": (("вид", "статья", "вид затрат", "статья расходов", "kind"), True),
    "month": (("месяц", "период", "дата", "month"), True),
    "amount": (("сумма", "стоимость", "расход", "сумма, руб", "amount"), True),
    "months": (("на сколько месяцев", "месяцев", "months"), False),
    "note": (("примечание", "комментарий", "note"), False),
}
# Beginnings of words.
KINDS = {
    "произв": Cost.Kind.PRODUCTION, "дизайн": Cost.Kind.PRODUCTION, "верст": Cost.Kind.PRODUCTION,
    "вёрст": Cost.Kind.PRODUCTION, "текст": Cost.Kind.PRODUCTION, "подготов": Cost.Kind.PRODUCTION,
    "доля зарпл": Cost.Kind.WAGES,     "зарпл": Cost.Kind.WAGES, "фот": Cost.Kind.WAGES, "оплата труда": Cost.Kind.WAGES,
    "платф": Cost.Kind.PLATFORM, "лиценз": Cost.Kind.PLATFORM, "сервер": Cost.Kind.PLATFORM,
    "коллтрекинг": Cost.Kind.PLATFORM, "подар": Cost.Kind.GIFTS, "скидк": Cost.Kind.GIFTS,
    "проч": Cost.Kind.OTHER, "друг": Cost.Kind.OTHER, "ино": Cost.Kind.OTHER,
}  # fmt: skip
Key = tuple[int | None, str, date, Decimal, str]


def reader() -> Callable[[dict[str, Any]], tuple[Cost | None, str]]:
    """Reads one line after another: (a cost that is not saved, a doubt) or (None, why not)."""
    by_name = _campaigns()
    known: Counter[Key] = Counter(Cost.objects.values_list("campaign_id", "kind", "month", "amount", "note").order_by())

    def read(line: dict[str, Any]) -> tuple[Cost | None, str]:
        cost = Cost(note=(line.get("note") or "").strip()[:200])
        if why := _fill(cost, line) or _choose(cost, (line.get("campaign") or "").strip(), by_name):
            return None, why
        key = (cost.campaign_id, str(cost.kind), cost.month, cost.amount, cost.note)
        if known[key]:
            return None, _("The same cost is there already. If it was paid twice, tell them apart by a note.")
        known[key] += 1
        return cost, wrong_month.doubt(cost.campaign, cost.month, cost.months)

    return read


def _fill(cost: Cost, line: dict[str, Any]) -> str:
    """Everything but the campaign; a sentence where it cannot be."""
    kind = (line.get("kind") or "").strip().lower()
    cost.kind = next((value for word, value in KINDS.items() if kind.startswith(word)), kind)
    if cost.kind not in Cost.Kind.values:
        return _("“%(word)s” is no kind of cost. Write one of: %(kinds)s.") % {
            "word": kind, "kinds": ", ".join(str(label) for label in Cost.Kind.labels),
        }  # fmt: skip
    month, amount = months.read(line.get("month") or ""), line["sum"]
    if month is None:
        return _("The month is not readable: write it as 05.2026.")
    if amount is None or amount <= 0:
        return _("The sum is not readable: write roubles, more than nothing.")
    spread = (line.get("months") or "1").strip().removesuffix(".0")
    if not spread.isdecimal() or not 1 <= int(spread) <= MOST_MONTHS:
        return _("A sum is spread over 1 to %(most)d months.") % {"most": MOST_MONTHS}
    cost.month, cost.amount, cost.months = month, amount, int(spread)
    return ""


def _choose(cost: Cost, said: str, by_name: dict[str, list[Campaign]]) -> str:
    """Set the campaign; a sentence where it cannot be told."""
    if not said:
        return ""
    found = by_name.get(said.lstrip("№# ").removesuffix(".0").lower(), [])
    if not found:
        return _("There is no campaign “%(name)s”. Write its number or its whole name; empty means all campaigns.") % {
            "name": said
        }
    if len(found) > 1:
        numbers = ", ".join(str(campaign.pk) for campaign in found[:5])
        return _("Several campaigns are called “%(name)s” (%(numbers)s): write the number.") % {
            "name": said, "numbers": numbers,
        }  # fmt: skip
    cost.campaign = found[0]
    return ""


def _campaigns() -> dict[str, list[Campaign]]:
    """By number and by name; a campaign that is called by another's number gives way to it."""
    campaigns = list(Campaign.objects.only("name", "starts_at", "started_at", "finished_at").order_by("-pk"))
    found: dict[str, list[Campaign]] = {}
    for campaign in campaigns:
        found.setdefault(" ".join(campaign.name.lower().split()), []).append(campaign)
    return found | {str(campaign.pk): [campaign] for campaign in campaigns}
