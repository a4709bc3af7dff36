"""How pools of promo codes are told."""

from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.models import PromoFile, PromoPool
from campaigns.promo.bringing import Brought
from campaigns.promo.counting import Figures

FILES = 5  # of a pool that are told
GIVES = (gettext_lazy("What it gives"), ("gives", "amount", "gift", "points_days", "minimum_sum"))
WHERE = (gettext_lazy("Where and until when"), ("brand", "centres", "valid_from", "valid_to", "valid_days"))


def fieldsets(pool: PromoPool | None) -> list[tuple[Any, dict[str, Any]]]:
    """What is asked of a new pool, and of one that is there."""
    codes: tuple[str, ...] = ("per_person", "prefix", "length")
    if pool is None:
        codes = ("kind", "word", "total_limit", "number", *codes)
    elif not pool.is_personal:
        codes = ("kind", "word", "total_limit")
    sections = (
        GIVES,
        WHERE,
        (gettext_lazy("Codes"), codes),
        (gettext_lazy("“The promo code does not work”"), ("instruction",)),
    )
    return [(None, {"fields": ("name", "is_active")}), *((title, {"fields": names}) for title, names in sections)]


def period(pool: PromoPool) -> str:
    """Until when its codes are good."""
    parts = [_("until %s") % date_format(pool.valid_to, "j E Y")] if pool.valid_to else []
    if pool.valid_days:
        days = ngettext("%(days)d day after it was issued", "%(days)d days after it was issued", pool.valid_days)
        parts.append(days % {"days": pool.valid_days})
    return ", ".join(parts) or _("without end")


def line(figures: Figures) -> str:
    told = (figures.issued, figures.redeemed, figures.left)
    return " · ".join("—" if each is None else _n(each) for each in told)


def files(pool: PromoPool) -> list[tuple[PromoFile, list[str]]]:
    """The latest files of codes, each with what became of it."""
    return [(file, _became(file)) for file in pool.files.select_related("author")[:FILES]]


def _became(file: PromoFile) -> list[str]:
    match file.state:
        case PromoFile.State.DONE:
            return brought(Brought(**file.told))
        case PromoFile.State.REFUSED:
            return [file.told["why"]]
    return []


def brought(told: Brought) -> list[str]:
    """What became of the lines of a file; the first names how many codes there are."""
    said = [
        ngettext("%(codes)s code is brought in.", "%(codes)s codes are brought in.", told.added)
        % {"codes": _n(told.added)}
    ]
    if told.known:
        sentence = ngettext(
            "%(codes)s was there already, or stands in the file twice.",
            "%(codes)s were there already, or stand in the file twice.",
            told.known,
        )
        said.append(sentence % {"codes": _n(told.known)})
    if told.unusable:
        sentence = ngettext(
            "%(lines)s line can be no code: %(which)s.", "%(lines)s lines can be no codes: %(which)s.", told.unusable
        )
        which = "; ".join(f"№ {number} «{text}»" for number, text in told.refused[:3])
        said.append(sentence % {"lines": _n(told.unusable), "which": which})
    return said


def _n(number: int) -> str:
    return number_format(number, force_grouping=True)
