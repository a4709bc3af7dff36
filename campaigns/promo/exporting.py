"""All codes of a pool as a CSV: for a till that cannot call us, and for whoever counts elsewhere. No person stands in it."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from campaigns.models import PromoPool
from campaigns.promo import counting
from segments.models import DataExport
from segments.outward import exports

# The pool is a number of ours: COPY takes no parameters.
CODES = """
COPY (
    SELECT c.code, to_char(c.issued_at AT TIME ZONE '{zone}', 'DD.MM.YYYY'),
           to_char(COALESCE(c.valid_until, p.valid_to), 'DD.MM.YYYY'), CASE WHEN c.is_withdrawn THEN 1 END,
           to_char(r.happened_at AT TIME ZONE '{zone}', 'DD.MM.YYYY HH24:MI'), r.amount, r.discount, r.receipt
    FROM campaigns_promocode AS c JOIN campaigns_promopool AS p ON p.id = c.pool_id
    LEFT JOIN campaigns_promoredemption AS r ON r.code_id = c.id AND r.cancelled_at IS NULL
    WHERE c.pool_id = {pool:d} ORDER BY c.id, r.id
) TO STDOUT (FORMAT csv, DELIMITER ';')
"""


def export(pool: PromoPool, user: Any) -> Iterator[bytes]:
    """The file, piece by piece; that it was taken is written down before the first leaves."""
    figures = counting.of_pool(pool)
    rows = (figures.issued or 0) + (figures.left or 0) or figures.redeemed
    recipient = _("download in the browser")
    exports.record(DataExport.Kind.PROMO_CODES, about=pool.name, recipient=recipient, rows=rows, user=user)
    return _pieces(pool.pk)


def _pieces(pool_id: int) -> Iterator[bytes]:
    heads = (
        _("Promo code"),
        _("Issued"),
        _("Valid to"),
        _("Withdrawn"),
        _("Redeemed"),
        _("Sum, ₽"),
        _("Discount, ₽"),
        _("Receipt"),
    )
    yield ("\ufeff" + ";".join(heads) + "\n").encode()
    with connection.cursor() as cursor, cursor.copy(CODES.format(pool=pool_id, zone=settings.TIME_ZONE)) as copy:
        for piece in copy:
            yield bytes(piece)
