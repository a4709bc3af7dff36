"""A provider for each e-mail service of `channels.providers.anymail_services`: its own fields, its own name."""

from channels.providers.anymail import AnymailProvider


class BrevoProvider(AnymailProvider, esp="brevo"):
    pass


class MailerSendProvider(AnymailProvider, esp="mailersend"):
    pass


class MailgunProvider(AnymailProvider, esp="mailgun"):
    pass


class MailjetProvider(AnymailProvider, esp="mailjet"):
    pass


class MailtrapProvider(AnymailProvider, esp="mailtrap"):
    pass


class MandrillProvider(AnymailProvider, esp="mandrill"):
    pass


class PostalProvider(AnymailProvider, esp="postal"):
    pass


class PostmarkProvider(AnymailProvider, esp="postmark"):
    pass


class ResendProvider(AnymailProvider, esp="resend"):
    pass


class ScalewayProvider(AnymailProvider, esp="scaleway"):
    pass


class SendGridProvider(AnymailProvider, esp="sendgrid"):
    pass


class SparkPostProvider(AnymailProvider, esp="sparkpost"):
    pass
