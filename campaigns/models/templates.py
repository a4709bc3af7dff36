"""Texts that providers have approved beforehand, as they were listed last."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channels.models import Account
from channels.providers.approved import TemplateState


class MessageTemplate(models.Model):
    """One template of an account, in one language. `said`, `category`, `reason` and `quality` are the provider's own words.

    `buttons` are [{"kind": a `ButtonKind`, "text", "url"}]. `unsupported` names what of it we cannot fill: it is not offered.
    """

    class State(models.TextChoices):
        APPROVED = TemplateState.APPROVED, pgettext_lazy("template", "approved")
        PENDING = TemplateState.PENDING, pgettext_lazy("template", "being checked")
        REJECTED = TemplateState.REJECTED, pgettext_lazy("template", "rejected")
        PAUSED = TemplateState.PAUSED, pgettext_lazy("template", "paused")
        DISABLED = TemplateState.DISABLED, pgettext_lazy("template", "disabled")
        GONE = TemplateState.GONE, pgettext_lazy("template", "not there any more")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=512)
    language = models.CharField(_("language"), max_length=20)
    state = models.CharField(_("state"), max_length=10, choices=State)
    said = models.CharField(max_length=40, blank=True)
    category = models.CharField(_("category"), max_length=40, blank=True)
    reason = models.CharField(_("why"), max_length=200, blank=True)
    quality = models.CharField(_("quality"), max_length=20, blank=True, db_default="")
    header = models.CharField(_("heading"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    footer = models.CharField(_("last line"), max_length=200, blank=True)
    buttons = models.JSONField(_("buttons"), default=list, blank=True)
    unsupported = models.CharField(max_length=200, blank=True)
    has_picture = models.BooleanField(default=False, db_default=False)
    synced_at = models.DateTimeField(_("as of"))
    asked_at = models.DateTimeField(editable=False)  # as synced_at, unless the provider gave no answer since
    told_at = models.DateTimeField(null=True, editable=False)  # when what the provider told last by itself had happened

    class Meta:
        ordering = ["account", "name", "language"]
        constraints = [models.UniqueConstraint("account", "name", "language", name="template_once")]
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def may_be_sent(self) -> bool:
        return self.state == self.State.APPROVED and not self.unsupported

    def text(self) -> dict[str, Any]:
        """What a content takes over of it: `Content.body`, and of `Content.extras` all but the values."""
        extras = {"template": self.name, "language": self.language, "header": self.header, "footer": self.footer}
        extras |= {"has_picture": True} if self.has_picture else {}
        return {"body": self.body, "extras": extras | {"template_buttons": self.buttons}}
