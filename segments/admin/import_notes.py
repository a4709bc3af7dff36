"""What the page of an import says in sentences beside its figures."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segments.models import Mapping


def notes(counters: dict[str, Any]) -> list[str]:
    """Sentences on the kinds of files that have more to say than rows: cars in stock, stop-lists."""
    said = []
    stock, stops = counters.get(Mapping.Kind.STOCK, {}), counters.get(Mapping.Kind.STOP_LIST, {})
    if gone := stock.get("gone"):
        said.append(
            _counted(
                ngettext(
                    "%(n)d car is no longer in the file: it has left the stock.",
                    "%(n)d cars are no longer in the file: they have left the stock.",
                    gone,
                ),
                gone,
            )
        )
    if kept := stock.get("kept"):
        said.append(
            _counted(
                ngettext(
                    "The file has shrunk by more than half, so the %(n)d car that is missing from it was not taken for sold. Check the export.",
                    "The file has shrunk by more than half, so the %(n)d cars that are missing from it were not taken for sold. Check the export.",
                    kept,
                ),
                kept,
            )
        )
    if "addresses" in stops:
        addresses = _counted(
            ngettext("%(n)d address stopped", "%(n)d addresses stopped", stops["addresses"]), stops["addresses"]
        )
        said.append(
            _("Stop-list: %(addresses)s, %(known)d of them belong to people in the base.")
            % {"addresses": addresses, "known": stops["known"]}
        )
    return said


def _counted(sentence: str, count: int) -> str:
    return sentence % {"n": count}
