"""Every provider we can send through, by the name that `Account.provider` carries."""

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from channels.models import Account, Channel
from channels.providers.base import Capabilities, Provider
from channels.providers.journal import JournalProvider

# name: (channel, what people call it, class); a class is imported on first use.
REGISTRY = {
    "inbox": (Channel.EMAIL, _("Built-in inbox"), "channels.providers.inbox.InboxProvider"),
    "smtp": (Channel.EMAIL, _("Mail server (SMTP)"), "channels.providers.smtp.SmtpProvider"),
    "unisender_go": (Channel.EMAIL, "Unisender Go", "channels.providers.unisender_go.UnisenderGoProvider"),
    "esp_brevo": (Channel.EMAIL, "Brevo", "channels.providers.anymail_esps.BrevoProvider"),
    "esp_mailersend": (Channel.EMAIL, "MailerSend", "channels.providers.anymail_esps.MailerSendProvider"),
    "esp_mailgun": (Channel.EMAIL, "Mailgun", "channels.providers.anymail_esps.MailgunProvider"),
    "esp_mailjet": (Channel.EMAIL, "Mailjet", "channels.providers.anymail_esps.MailjetProvider"),
    "esp_mailtrap": (Channel.EMAIL, "Mailtrap", "channels.providers.anymail_esps.MailtrapProvider"),
    "esp_mandrill": (Channel.EMAIL, "Mandrill", "channels.providers.anymail_esps.MandrillProvider"),
    "esp_postal": (Channel.EMAIL, "Postal", "channels.providers.anymail_esps.PostalProvider"),
    "esp_postmark": (Channel.EMAIL, "Postmark", "channels.providers.anymail_esps.PostmarkProvider"),
    "esp_resend": (Channel.EMAIL, "Resend", "channels.providers.anymail_esps.ResendProvider"),
    "esp_scaleway": (Channel.EMAIL, "Scaleway", "channels.providers.anymail_esps.ScalewayProvider"),
    "esp_sendgrid": (Channel.EMAIL, "SendGrid", "channels.providers.anymail_esps.SendGridProvider"),
    "esp_sparkpost": (Channel.EMAIL, "SparkPost", "channels.providers.anymail_esps.SparkPostProvider"),
    "amazon_ses": (Channel.EMAIL, "Amazon SES", "channels.providers.amazon_ses.AmazonSesProvider"),
    "smpp": (Channel.SMS, "SMPP 3.4", "channels.providers.smpp.SmppProvider"),
    "smsc": (Channel.SMS, "SMSC.ru", "channels.providers.smsc.SmscProvider"),
    "smsaero": (Channel.SMS, "SMS Aero", "channels.providers.smsaero.SmsAeroProvider"),
    "exolve": (Channel.SMS, "MTS Exolve", "channels.providers.exolve.ExolveProvider"),
    "devino": (Channel.SMS, "Devino", "channels.providers.devino.DevinoProvider"),
    "http_sms": (Channel.SMS, _("Any gateway over HTTP"), "channels.providers.http_sms.HttpSmsProvider"),
    "vk_devino": (Channel.VK, _("VK notify through Devino"), "channels.providers.vk_devino.DevinoVkProvider"),
    "whatsapp": (Channel.WHATSAPP, "WhatsApp Cloud API", "channels.providers.whatsapp.WhatsAppProvider"),
    "telegram": (Channel.TELEGRAM, _("Telegram bot"), "channels.providers.telegram.TelegramProvider"),
    "max_bot": (Channel.MAX, _("MAX bot"), "channels.providers.max_bot.MaxProvider"),
    "textback": (Channel.WHATSAPP, _("WhatsApp through TextBack"), "channels.providers.textback.TextBackProvider"),
    "fcm": (Channel.PUSH, "Firebase Cloud Messaging", "channels.providers.fcm.FcmProvider"),
    "rustore": (Channel.PUSH, "RuStore", "channels.providers.rustore.RuStoreProvider"),
    "web_push": (Channel.PUSH, _("Web push"), "channels.providers.web_push.WebPushProvider"),
}

BROWSERS = "web_push"  # the provider of browsers' subscriptions; devices of the others are phones


def provider_class(name: str) -> type[Provider]:
    """The class of a provider. Raises KeyError for a name that is not registered."""
    return import_string(REGISTRY[name][2])


def capabilities_of(account: Account) -> Capabilities:
    """Of the account's provider; none of one that is not registered any more."""
    return provider_class(account.provider).capabilities if account.provider in REGISTRY else Capabilities()


def takes_devices(account: Account) -> bool:
    """Whether devices subscribe at this account. Asks no class: what calls need is loaded by whoever makes them."""
    return account.provider in REGISTRY and REGISTRY[account.provider][0] == Channel.PUSH


def takes_browsers(account: Account) -> bool:
    return account.provider == BROWSERS


def provider_for(account: Account) -> Provider:
    """A provider for this account, not connected yet: in journal mode the sandbox in its place.

    An account that is not stored yet has no mode to speak of: it can only be tried.
    """
    provider = provider_class(account.provider)(account)
    if account.pk and account.mode == Account.Mode.JOURNAL and not provider.is_local:
        return JournalProvider(provider)
    return provider
