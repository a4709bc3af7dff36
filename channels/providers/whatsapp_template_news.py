"""What Meta tells of templates by itself: `message_template_status_update`, quality, category and components
(https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update).

These are of a business account, not of a number: the account that names its id takes them.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from channels.providers.approved import TemplateNews
from channels.providers.messenger import moment
from channels.providers.whatsapp_templates import STATES

STATUS, QUALITY = "message_template_status_update", "message_template_quality_update"
OTHERS = ("message_template_components_update", "template_category_update", "message_template_category_update")


def news_of(told: Mapping[str, Any], *, waba: str, received_at: datetime) -> Iterator[TemplateNews]:
    """Raises LookupError, TypeError or AttributeError for another shape."""
    for entry in told.get("entry") or ():
        if not waba or str(entry.get("id", "")) != waba:
            continue
        at = moment(entry.get("time"), received_at)
        for change in entry.get("changes") or ():
            if change.get("field") in (STATUS, QUALITY, *OTHERS):
                yield _news(change["field"], change["value"], at)


def _news(field: str, value: Mapping[str, Any], at: datetime) -> TemplateNews:
    """The language comes with a hyphen here, and with "_" in the list."""
    name, language = str(value["message_template_name"]), str(value["message_template_language"]).replace("-", "_")
    if field == QUALITY:
        return TemplateNews(name, language, at, quality=str(value.get("new_quality_score") or ""))
    if field != STATUS:
        return TemplateNews(name, language, at)
    said = str(value["event"])
    return TemplateNews(name, language, at, STATES.get(said), said, _reason(value))


def _reason(value: Mapping[str, Any]) -> str:
    """Why it was rejected, paused or disabled; a word of Meta where it has one."""
    reason = str(value.get("reason") or "NONE")
    if reason != "NONE":
        return reason
    more = value.get("other_info") or value.get("rejection_info") or {}
    return str(more.get("title") or more.get("reason") or "")
