"""Templates of WhatsApp as the Cloud API lists them
(https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates)."""

from collections.abc import Mapping
from typing import Any

from channels.providers.approved import ButtonKind, Template, TemplateButton, TemplateState

FIELDS = "name,language,status,category,rejected_reason,components"

# What is not here may not be sent: we do not know what Meta means by it.
STATES = {
    "APPROVED": TemplateState.APPROVED,
    "REINSTATED": TemplateState.APPROVED,
    "FLAGGED": TemplateState.APPROVED,  # of low quality: it may be paused soon
    "PENDING": TemplateState.PENDING,
    "IN_APPEAL": TemplateState.PENDING,
    "REJECTED": TemplateState.REJECTED,
    "PAUSED": TemplateState.PAUSED,
    "LIMIT_EXCEEDED": TemplateState.PAUSED,
    "LOCKED": TemplateState.PAUSED,
    "DISABLED": TemplateState.DISABLED,
    "ARCHIVED": TemplateState.DISABLED,
    "PENDING_DELETION": TemplateState.DISABLED,
    "DELETED": TemplateState.DISABLED,
}
KINDS = {
    "QUICK_REPLY": ButtonKind.REPLY,
    "URL": ButtonKind.LINK,
    "PHONE_NUMBER": ButtonKind.SHOWN,
    "VOICE_CALL": ButtonKind.SHOWN,
}
PICTURE = "IMAGE"
SHOWN = ("HEADER", "BODY", "FOOTER", "BUTTONS")


def listed(told: Mapping[str, Any]) -> Template:
    """Raises LookupError or TypeError for what is no template."""
    components = {str(one["type"]).upper(): one for one in told.get("components") or ()}
    buttons = components.get("BUTTONS", {}).get("buttons") or ()
    said, reason = str(told["status"]), str(told.get("rejected_reason") or "")
    return Template(
        name=str(told["name"]),
        language=str(told["language"]),
        state=STATES.get(said, TemplateState.PENDING),
        said=said,
        category=str(told.get("category", "")),
        reason="" if reason == "NONE" else reason,
        header=_words(components, "HEADER"),
        body=_words(components, "BODY"),
        footer=_words(components, "FOOTER"),
        buttons=tuple(
            TemplateButton(KINDS[str(one["type"])], str(one.get("text", "")), str(one.get("url", "")))
            for one in buttons
            if one["type"] in KINDS
        ),
        has_picture=_form(components) == PICTURE,
        unsupported=", ".join(
            [*_other_parts(components), *(str(one["type"]) for one in buttons if one["type"] not in KINDS)]
        ),
    )


def _words(components: Mapping[str, Mapping[str, Any]], kind: str) -> str:
    return str(components.get(kind, {}).get("text") or "")


def _form(components: Mapping[str, Mapping[str, Any]]) -> str:
    return str(components.get("HEADER", {}).get("format") or "TEXT")


def _other_parts(components: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A header with a film or a document, and parts that are none of the usual (a carousel)."""
    form = _form(components)
    return [*([form] if form not in ("TEXT", PICTURE) else []), *(kind for kind in components if kind not in SHOWN)]
