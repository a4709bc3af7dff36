"""All draws of a game as an XLSX: of people it has their numbers only. Who took it stands in the log of exports."""

import tempfile
from typing import IO, Any

import xlsxwriter
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from campaigns.models import Game, Play
from segments.models import DataExport
from segments.outward import exports

MOST = 1_000_000  # rows that a sheet holds, but for some
AT_ONCE = 2_000
DRAWS = """
SELECT p.played_at AT TIME ZONE %(zone)s, prize.name, drawn.name, p.why, p.roll, COALESCE(c.merged_into_id, p.customer_id), g.name,
       code.code, r.amount::float
FROM campaigns_play AS p
JOIN campaigns_prize AS prize ON prize.id = p.prize_id JOIN campaigns_prize AS drawn ON drawn.id = p.drawn_id
LEFT JOIN segments_customer AS c ON c.id = p.customer_id
LEFT JOIN campaigns_campaign AS g ON g.id = p.campaign_id
LEFT JOIN campaigns_promocode AS code ON code.id = p.code_id
LEFT JOIN LATERAL (
    SELECT sum(x.amount) AS amount FROM campaigns_promoredemption AS x
    WHERE x.code_id = p.code_id AND x.customer_id IS NOT NULL AND x.cancelled_at IS NULL
) AS r ON true
WHERE p.game_id = %(game)s ORDER BY p.id LIMIT %(most)s
"""


def export(game: Game, user: Any) -> IO[bytes]:
    """The file, rewound; that it was taken is written down before it is made."""
    rows = min(Play.objects.filter(game=game).count(), MOST)
    exports.record(
        DataExport.Kind.GAME_DRAWS, about=game.name, recipient=_("download in the browser"), rows=rows, user=user
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115  whoever sends it closes it
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        _fill(book, game)
    file.seek(0)
    return file


def _fill(book: xlsxwriter.Workbook, game: Game) -> None:
    sheet = book.add_worksheet(_("Draws"))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 7, 18)
    sheet.write_row(0, 0, _heads(), book.add_format({"bold": True}))
    moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    words = dict(Play.Why.choices)
    with connection.chunked_cursor() as cursor:
        cursor.execute(DRAWS, {"game": game.pk, "zone": settings.TIME_ZONE, "most": MOST})
        line = 0
        while rows := cursor.fetchmany(AT_ONCE):
            for at, prize, drawn, why, *rest in rows:
                line += 1
                sheet.write_datetime(line, 0, at, moment)
                sheet.write_row(line, 1, [prize, drawn, str(words.get(why, "")), *rest])


def _heads() -> list[str]:
    return [
        _("When"), _("Prize"), _("The roll fell on"), _("Why another one"), _("Roll"), _("Customer №"), _("Campaign"),
        _("Promo code"), _("Bought with it, ₽"),
    ]  # fmt: skip
