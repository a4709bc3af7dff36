"""Lines of a file of advertising: what a source took in a month, and how many visitors it brought."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from segments.models import Brand, BrandSpelling, Centre
from tracking.models import AdSpend
from tracking.money import months

COLUMNS = {
    "source": (("источник", "площадка", "канал", "источник рекламы", "source"), True),
    "month": (("месяц", "период", "дата", "month"), True),
    "amount": (("сумма", "расход", "затраты", "стоимость", "amount"), True),
    "visitors": (("посетители", "визиты", "посетителей", "visitors"), False),
    "centre": (("салон", "центр", "дилерский центр", "centre"), False),
    "brand": (("марка", "бренд", "brand"), False),
}
MOST_VISITORS = 10_000_000
Key = tuple[str, date, int | None, int | None]


def reader() -> Callable[[dict[str, Any]], tuple[AdSpend | None, str]]:
    """As `reading_costs.reader`."""
    centres = {centre.name.lower(): centre for centre in Centre.objects.all()}
    brands = {each.spelling: each.brand for each in BrandSpelling.objects.select_related("brand")}
    brands |= {brand.name.lower(): brand for brand in Brand.objects.all()}
    known = {
        (source.lower(), *rest): amount
        for source, *rest, amount in AdSpend.objects.values_list("source", "month", "centre", "brand", "amount").order_by()
    }  # fmt: skip

    def read(line: dict[str, Any]) -> tuple[AdSpend | None, str]:
        spend = AdSpend(source=" ".join((line.get("source") or "").split())[:80])
        if why := _fill(spend, line) or _place(spend, line, centres, brands):
            return None, why
        key: Key = (spend.source.lower(), spend.month, spend.centre_id, spend.brand_id)
        if key in known:
            return None, _("This source has a sum for that month already: %(sum)s ₽. Change that one, or undo its file.") % {
                "sum": number_format(known[key], force_grouping=True)
            }  # fmt: skip
        known[key] = spend.amount
        return spend, ""

    return read


def _fill(spend: AdSpend, line: dict[str, Any]) -> str:
    month, amount = months.read(line.get("month") or ""), line["sum"]
    if not spend.source:
        return _("The source is missing.")
    if month is None:
        return _("The month is not readable: write it as 05.2026.")
    if amount is None or amount < 0:
        return _("The sum is not readable: write roubles.")
    said = "".join((line.get("visitors") or "").split()).removesuffix(".0")
    if said and (not said.isdecimal() or int(said) > MOST_VISITORS):
        return _("The number of visitors is not readable: write a whole number, or nothing.")
    spend.month, spend.amount, spend.visitors = month, amount, int(said) if said else None
    return ""


def _place(spend: AdSpend, line: dict[str, Any], centres: dict[str, Centre], brands: dict[str, Brand]) -> str:
    for name, known in (("centre", centres), ("brand", brands)):
        said = " ".join((line.get(name) or "").lower().split())
        if said and said not in known:
            return _("“%(name)s” is in no dictionary: write it as there, or leave it empty.") % {"name": said}
        setattr(spend, name, known.get(said))
    return ""
