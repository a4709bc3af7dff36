"""Sentences that several services say."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def too_few(count: int, least: int) -> str:
    """Why a list cannot begin: it would be too small for the platform to take."""
    may_go = ngettext("%(count)d address may be given", "%(count)d addresses may be given", count) % {"count": count}
    return _(
        "The platform takes lists of %(least)s addresses or more, and only %(may_go)s to it: those with a consent for "
        "advertising platforms. Widen the segment or collect consents."
    ) % {"least": grouped(least), "may_go": may_go}


def grouped(number: object) -> str:
    """A count for people; "—" for what is no number."""
    return number_format(number, force_grouping=True) if isinstance(number, int) else "—"
