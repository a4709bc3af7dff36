"""Sums as the cells of RFM show them."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()
NBSP = "\u00a0"


@register.filter("short_money")
def short(money: Decimal | None) -> str:
    """ "12,4 млн ₽": three digits say enough in a cell; "—" of nothing to show."""
    if money is None:
        return "—"
    for size, words in ((10**9, _("%(n)s bn ₽")), (10**6, _("%(n)s m ₽")), (10**3, _("%(n)s k ₽"))):
        if abs(money) >= size:
            number = Decimal(money) / size
            shown = number_format(round(number, 1 if abs(number) < 100 else 0), force_grouping=True)
            return (words % {"n": shown}).replace(" ", NBSP)
    return f"{number_format(round(money), force_grouping=True)}{NBSP}₽"
