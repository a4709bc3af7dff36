"""The texts of a campaign, for each brand and versioned, and the links in them."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from segments.models import Brand


class Content(models.Model):
    """One version of the texts: a run keeps the versions it was launched with.

    Those of a `brand` are for people whose car is of it (`campaigns.versions`), those without one for everybody else; those
    of a `variant` ("B" to "F") for the people who were drawn into it, those without one for all others.

    What the channel's messages are made of (`campaigns.rendering.media`), each text with placeholders: of a letter
    `subject`, `preheader`, `body` in MJML, and `extras["amp"]`, an AMP4EMAIL page; of an SMS `body`; of a messenger `body` and `extras["buttons"]`, a list of
    {"text": …, "url": address} or {"text": …, "data": the word that a press sends back}; of a push message `subject` (its
    title), `body` and `extras["link"]`, an address; of a template that the provider has approved `body`, its words, and in
    `extras` "template" (its name), "language", "header", "footer", "template_buttons", and "values", {place: text}
    (`campaigns.rendering.templated`). In `extras` also, where they are not those of the account: "sender", {"name",
    "address"} (`campaigns.senders`); and "centre", {"address", "hours", "manager"}, whom the message invites to.
    """

    TEXTS: ClassVar = ("subject", "preheader", "body", "extras")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="contents")
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, related_name="+")
    variant = models.CharField(max_length=1, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1)
    subject = models.CharField(_("subject"), max_length=200)
    preheader = models.CharField(_("preheader"), max_length=200, blank=True)
    body = models.TextField(_("letter (MJML)"))
    extras = models.JSONField(default=dict, blank=True)
    # {name: text} of the snippets that this version asks for, as they were when it was saved.
    snippets = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Whoever saved this version; nobody where it is not known.
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)

    class Meta:
        verbose_name = _("version of the letter")
        verbose_name_plural = _("versions of the letter")
        constraints = [models.UniqueConstraint("campaign", "version", name="content_version_once")]

    def __str__(self) -> str:
        return gettext("Version %(number)d") % {"number": self.version}

    def texts(self) -> dict[str, Any]:
        """All that an author wrote: what a copy takes over."""
        return {name: getattr(self, name) for name in self.TEXTS}

    def written(self) -> dict[str, Any]:
        """What a new version differs in and an approval is bound to: its snippets too, where it has some."""
        return self.texts() | ({"snippets": self.snippets} if self.snippets else {})


class Link(models.Model):
    """A link of a content, in order of appearance from 1 (a letter holds 63 at most)."""

    content = models.ForeignKey(Content, models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    url = models.URLField(max_length=2000)
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("content", "number", name="link_once")]
