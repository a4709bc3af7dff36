"""The definitions of figures as Markdown, in the language that is active, with the worked example of the holding's case."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from segments.generated_docs import heading, row, table
from tracking.attribution.definitions import DEAL, DEFINITIONS, HELD_OUT, INCREMENTAL, PURPOSES, WINDOW, WINDOWS
from tracking.models import AttributionWindow
from tracking.money import formulas
from tracking.money.figures import BASES, COMPUTED, COST_BASES, COUNT, FIGURES, MONEY, SHARE, SUMS, value

CASE_ROI = Decimal("17.51")  # 1,751 %
CASE_SUM = Decimal(5_500_000)


def reference() -> str:
    return "\n".join([*_sums(), *_figures(), *_models(), *_case()])


def cost_if_after() -> Decimal:
    """Cost of the case where its sum is what was left after the cost: ROI = sum / cost."""
    return CASE_SUM / CASE_ROI


def cost_if_before() -> Decimal:
    """Cost of the case where its sum is the income before the cost: ROI = (sum − cost) / cost."""
    return CASE_SUM / (CASE_ROI + 1)


def _sums() -> Iterator[str]:
    yield from heading(_("What is counted"))
    yield from table((_("Name"), _("What it is")))
    for each in SUMS:
        yield row(str(each.label), str(each.sentence))
    yield ""
    yield _("Bases of income: %(bases)s. Bases of cost: %(costs)s.") % {
        "bases": ", ".join(map(str, BASES.values())), "costs": ", ".join(map(str, COST_BASES.values())),
    }  # fmt: skip
    yield ""


def _figures() -> Iterator[str]:
    words = {name: f"*{each.label}*" for name, each in FIGURES.items()}
    units = {COUNT: pgettext("figures", "number"), MONEY: "₽", SHARE: "%"}
    yield from heading(_("What is computed"))
    yield from table((_("Figure"), _("Formula"), _("Unit"), _("What it says")))
    for each in COMPUTED:
        yield row(str(each.label), formulas.spelled(each.formula, words), units[each.unit], str(each.sentence))
    yield ""


def _models() -> Iterator[str]:
    """Windows are those that an installation begins with: people change them."""
    yield from heading(_("Which deal counts for which campaign"))
    yield from table((_("Model"), _("What it says"), _("What is looked at")))
    for each in (*DEFINITIONS.values(), INCREMENTAL):
        yield row(str(each.name), str(each.sentence), str(each.rule))
    yield ""
    for rule in (DEAL, WINDOW, PURPOSES, HELD_OUT):
        yield f"- {rule}"
    yield ""
    lines = dict(AttributionWindow._meta.get_field("line").flatchoices)
    yield from table((_("Line of business"), _("Window, days")))
    for line, days in WINDOWS.items():
        yield row(str(lines[line]), str(days))
    yield ""


def _case() -> Iterator[str]:
    """Computed by the formulas above: the cost is what they are solved for, the rest is checked against them."""
    yield from heading(_("A worked example: the first quarter of 2022"))
    yield _(
        "The holding told of its first quarter: %(sum)s roubles of net profit, ROI %(roi)s %%. The cost was not told, and "
        "its formula is lost. It can be read in two ways; both are assumptions, and the cost base is one as well: messages and "
        "production, without wages and SMS, as the holding said."
    ) % {"sum": _whole(CASE_SUM), "roi": _whole(CASE_ROI * 100)}  # fmt: skip
    yield ""
    yield from table(
        (pgettext("figures", "Reading"), _("income"), pgettext("figures", "cost"), _("net profit"), _("ROI"))
    )
    after, before = (cost.quantize(Decimal(1), ROUND_HALF_UP) for cost in (cost_if_after(), cost_if_before()))
    yield _reading(_("the sum is what was left after the cost"), CASE_SUM + after, after)
    yield _reading(_("the sum is the income, the cost is still to be taken off"), CASE_SUM, before)
    yield ""
    yield _(
        "Krug computes by the second formula, ROI = (income − cost) / cost: both rows of the table are made with it. They differ by "
        "what the income was."
    )
    yield ""


def _reading(name: str, income: Decimal, cost: Decimal) -> str:
    sums = {"income": income, "cost": cost}
    roi = value("roi", sums) or Decimal(0)
    profit = value("profit", sums) or Decimal(0)
    return row(name, _whole(income), _whole(cost), _whole(profit), f"{_whole(roi * 100)} %")


def _whole(number: Decimal) -> str:
    return str(number_format(number.quantize(Decimal(1), ROUND_HALF_UP), force_grouping=True))
