"""Lists of people that somebody brought: phones and e-mails, found in the base; rules ask who is on them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments.models.loose import Loose
from segments.models.people import ContactPoint


class ContactList(models.Model):
    """A named list. Of the lines that gave nobody only the number and the reason are kept, never the text:
    `refused` = [[line, reason], …], the first of them; `refusals` counts all, by reason."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    note = models.CharField(_("what it is for"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(
        pgettext_lazy("list of contacts", "uploaded"), default=timezone.now, editable=False
    )
    lines = models.IntegerField(_("lines"), default=0, editable=False)
    addresses = models.IntegerField(_("addresses"), default=0, editable=False)
    refused = models.JSONField(default=list, editable=False)
    refusals = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("list of contacts")
        verbose_name_plural = _("lists of contacts")

    def __str__(self) -> str:
        return self.name


class ListedContact(models.Model):
    """An address of a list. Whoever holds the address is on the list, also after a merge."""

    contact_list = models.ForeignKey(ContactList, models.CASCADE, related_name="listed", db_index=False)
    contact_point = Loose(ContactPoint, db_index=False)

    class Meta:
        verbose_name = _("address of a list")
        verbose_name_plural = _("addresses of lists")
        constraints = [models.UniqueConstraint("contact_list", "contact_point", name="listed_once")]
        indexes = [models.Index("contact_point", name="lists_of_contact")]
