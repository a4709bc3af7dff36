"""Templates of providers: read from them, and watched over while campaigns use them."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import versions
from campaigns.models import Campaign, Content, MessageTemplate
from campaigns.refusals import Refused
from campaigns.transitions import attempt
from channels.models import Account
from channels.providers import capabilities_of, provider_class
from channels.providers.approved import Template
from channels.providers.base import ProviderError

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)  # so old a list may be; whoever cannot wait presses the button
COLUMNS = (
    "state",
    "said",
    "category",
    "reason",
    "header",
    "body",
    "footer",
    "buttons",
    "unsupported",
    "has_picture",
    "synced_at",
    "asked_at",
)
State = MessageTemplate.State


def accounts() -> list[Account]:
    """Those in use whose providers list their templates."""
    used = Account.objects.filter(is_active=True).order_by("pk")
    return [account for account in used if capabilities_of(account).lists_templates]


def sync(account: Account) -> int:
    """Keep the templates as the provider lists them now; returns how many. Those not listed any more are gone, and running
    campaigns whose template may not be sent any more wait for a person. Raises ProviderError.

    Nothing is sent, so that the mode of the account does not matter.
    """
    now, told = timezone.now(), provider_class(account.provider)(account).templates()
    with transaction.atomic():
        MessageTemplate.objects.bulk_create(
            [_row(account, template, now) for template in told],
            update_conflicts=True,
            unique_fields=["account", "name", "language"],
            update_fields=COLUMNS,
        )
        gone = MessageTemplate.objects.filter(account=account, synced_at__lt=now)
        gone.exclude(state=State.GONE).update(state=State.GONE, said="", reason="", synced_at=now)
    pause_campaigns(account)
    return len(told)


def sync_all() -> dict[str, Any]:
    """The hourly pass. An account that does not answer is asked again in an hour, and its templates stay as they were."""
    done: dict[str, Any] = {"templates": 0, "failed": 0}
    for account in accounts():
        try:
            done["templates"] += sync(account)
        except ProviderError as error:
            log.warning("templates of account %s: %s", account.pk, error)
            MessageTemplate.objects.filter(account=account).update(asked_at=timezone.now())
            done["failed"] += 1
    return done


def is_due() -> bool:
    """Whether a list is older than `EVERY`. The first one of an account is fetched by a person's button."""
    asked = MessageTemplate.objects.filter(account__is_active=True).values("account").annotate(last=Max("asked_at"))
    return asked.filter(last__lt=timezone.now() - EVERY).exists()


def template_of(content: Content) -> MessageTemplate | None:
    """The one that a content was written for."""
    extras = content.extras
    return MessageTemplate.objects.filter(
        account=content.campaign.account_id, name=extras.get("template"), language=extras.get("language")
    ).first()


def filled_in(account: Account, told: dict[str, Any]) -> dict[str, Any]:
    """{"template": name, "language", "values": {place: text}} as the texts of a content. Raises Refused."""
    name, language = told.get("template", ""), told.get("language", "ru")
    template = MessageTemplate.objects.filter(account=account, name=name, language=language).first()
    if template is None:
        sentence = _("The account has no template “%(name)s” in the language “%(language)s”.")
        raise Refused(sentence % {"name": name, "language": language})
    text = template.text()
    return text | {"extras": text["extras"] | {"values": told.get("values", {})}}


def obstacle(content: Content) -> str:
    """Why the template of a content may not be sent now; '' when it may, or when it has none."""
    if not content.extras.get("template"):
        return ""
    name = {"name": content.extras["template"]}
    template = template_of(content)
    if template is None:
        return _("The account does not have the template “%(name)s”: choose another one.") % name
    if template.unsupported:
        return _("The template “%(name)s” has parts that cannot be filled here: choose another one.") % name
    if not template.may_be_sent:
        sentence = _("The template “%(name)s” may not be sent: %(state)s. Choose another one.")
        return sentence % (name | {"state": _state(template)})
    text = template.text()
    if content.body != text["body"] or any(content.extras.get(key) != value for key, value in text["extras"].items()):
        return _("The template “%(name)s” was changed at the provider: choose it anew and look at the preview.") % name
    return ""


def _state(template: MessageTemplate) -> str:
    label = str(template.get_state_display())
    return f"{label} ({template.reason})" if template.reason else label


def _row(account: Account, template: Template, now: datetime) -> MessageTemplate:
    buttons = [{"kind": str(one.kind), "text": one.text, "url": one.url} for one in template.buttons]
    return MessageTemplate(
        account=account,
        name=template.name,
        language=template.language,
        state=template.state,
        said=template.said,
        category=template.category,
        reason=template.reason[:200],
        header=template.header[:200],
        body=template.body,
        footer=template.footer[:200],
        buttons=buttons,
        unsupported=template.unsupported[:200],
        has_picture=template.has_picture,
        synced_at=now,
        asked_at=now,
    )


def pause_campaigns(account: Account) -> None:
    """Those that run under a template which may not be sent any more wait for a person, with the reason."""
    for campaign in Campaign.objects.filter(account=account, state=Campaign.State.RUNNING):
        sentence = next(filter(None, map(obstacle, versions.every(campaign))), "")
        if sentence:
            attempt(campaign, "pause", note=sentence)
