"""The e-mail services that `channels.providers.anymail` speaks to, as django-anymail 15.2 names their settings.

Amazon SES (which signs its calls) and Unisender Go have providers of their own.
Not verified: the methods that only try a key (`probe`), from the services' own documentation; the account's option
`check_path` stands in for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

BASIC = "webhook_secret"  # name:password by HTTP Basic, where a service signs nothing


@dataclass(frozen=True, slots=True)
class Service:
    """`key`, `second` and `hook` are anymail's names for the account's secrets "key", "second" and "hook"; `settings`
    are options that it takes, `own_url`: everybody has one of his own; `signs_address`: the webhook's address is part
    of what is signed. `view` parses its webhook; "": it has none. `hard`
    says which field of an event (by its path) names a bounce that is the address' fault, and by which words: anymail
    itself does not tell a full mailbox from a dead one. `success` is the status of an accepted call, where the body
    says nothing."""

    title: str
    key: str = "api_key"
    second: str = ""
    hook: str = BASIC
    settings: tuple[str, ...] = ()
    own_url: bool = False
    signs_address: bool = False
    help: str | Promise = ""
    view: str = ""
    probe: str = ""
    hard: tuple[str, frozenset[str]] = ("", frozenset())
    success: int = 0
    stamp: str = ""  # the header of webhooks that bears the second of their signature


def _hard(path: str, *words: str) -> tuple[str, frozenset[str]]:
    return path, frozenset(words)


SERVICES: Mapping[str, Service] = {
    "brevo": Service(
        "Brevo",
        view="brevo.BrevoTrackingWebhookView",
        probe="account",
        hard=_hard("event", "hard_bounce", "invalid_email"),
    ),
    "mailersend": Service(
        "MailerSend",
        key="api_token",
        hook="signing_secret",
        view="mailersend.MailerSendTrackingWebhookView",
        probe="api-quota",
        hard=_hard("type", "activity.hard_bounced"),
        success=202,
    ),
    "mailgun": Service(
        "Mailgun",
        hook="webhook_signing_key",
        settings=("sender_domain",),
        help=_lazy("Empty: the usual one. In Europe: https://api.eu.mailgun.net/v3"),
        view="mailgun.MailgunTrackingWebhookView",
        probe="domains",
        hard=_hard("event-data.reason", "bounce", "suppress-bounce"),
    ),
    "mailjet": Service(
        "Mailjet",
        second="secret_key",
        view="mailjet.MailjetTrackingWebhookView",
        probe="../v3/REST/myprofile",
        hard=_hard("hard_bounce", "True"),
    ),
    "mailtrap": Service(
        "Mailtrap",
        key="api_token",
        hook="tracking_secret",
        settings=("sandbox_id",),
        view="mailtrap.MailtrapTrackingWebhookView",
        hard=_hard("event", "bounce"),
    ),
    "mandrill": Service(
        "Mandrill",
        hook="webhook_key",
        signs_address=True,
        view="mandrill.MandrillCombinedWebhookView",
        hard=_hard("event", "hard_bounce"),
    ),
    "postal": Service("Postal", hook="webhook_key", own_url=True, view="postal.PostalTrackingWebhookView"),
    "postmark": Service(
        "Postmark",
        key="server_token",
        settings=("message_stream",),
        view="postmark.PostmarkTrackingWebhookView",
        probe="server",
        hard=_hard("Type", "HardBounce", "BadEmailAddress"),
    ),
    "resend": Service(
        "Resend",
        hook="svix",
        stamp="svix-timestamp",
        view="resend.ResendTrackingWebhookView",
        probe="domains",
        hard=_hard("data.bounce.type", "Permanent"),
    ),
    "scaleway": Service(
        "Scaleway",
        key="secret_key",
        settings=("project_id", "region"),
        probe="domains",
    ),
    "sendgrid": Service(
        "SendGrid",
        hook="tracking_webhook_verification_key",
        view="sendgrid.SendGridTrackingWebhookView",
        probe="scopes",
        hard=_hard("type", "bounce"),
        success=202,
        stamp="x-twilio-email-event-webhook-timestamp",
    ),
    "sparkpost": Service(
        "SparkPost",
        settings=("subaccount",),
        view="sparkpost.SparkPostTrackingWebhookView",
        probe="account",
        hard=_hard("msys.message_event.bounce_class", "10", "30"),
    ),
}
