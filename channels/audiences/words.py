"""Sentences that several services say."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def too_few(count: int, least: int) -> str:
    """Why a list cannot begin: it would be too small for the platform to take."""
    may_go = ngettext("%(count)d address may be given", "%(count)d addresses may be given", count) % {"count": count}
    return _(
        "The platform takes lists of %(least)d addresses or more, and only %(may_go)s to it: those with a consent for "
        "advertising platforms. Widen the segment or collect consents."
    ) % {"least": least, "may_go": may_go}
