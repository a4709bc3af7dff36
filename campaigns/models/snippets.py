"""Named pieces of text that many messages share: written once, inserted by `{{ фрагмент.имя }}` (`campaigns.snippets`)."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Snippet(models.Model):
    """`medium` is the kind of texts it stands in (`campaigns.rendering.media`): one name may have a text for letters and
    another for SMS. A version of a content keeps the texts of its snippets, so that nothing that went out changes."""

    class Medium(models.TextChoices):
        LETTER = "letter", _("letters")
        SMS = "sms", _("SMS")
        MESSENGER = "messenger", _("messengers")
        NOTICE = "notice", _("push messages")

    name = models.CharField(
        _("name"), max_length=40,
        validators=[RegexValidator(r"^[^\W\d_]\w*$", _("One word of letters, digits and underscores, a letter first."))],
    )  # fmt: skip
    medium = models.CharField(_("stands in"), max_length=10, choices=Medium)
    text = models.TextField(_("text"), max_length=20_000)
    changed_at = models.DateTimeField(_("last change"), default=timezone.now, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("changed by"), editable=False
    )  # fmt: skip

    class Meta:
        ordering = ["name", "medium"]
        verbose_name = _("snippet")
        verbose_name_plural = _("snippets")
        constraints = [
            models.UniqueConstraint(
                "medium", "name", name="snippet_once",
                violation_error_message=_("There is a snippet of this name for these messages already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def placeholder(self) -> str:
        return f"{{{{ фрагмент.{self.name} }}}}"
