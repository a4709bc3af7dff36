"""Trees of words that a bot or an SMS number answers by itself, and where in one a person is."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.answers import Reply
from campaigns.models.promo import PromoPool
from channels.models import Account, Channel
from segments.models.loose import Loose


class ChatTree(models.Model):
    """A conversation that goes by itself: its nodes as a list, each under another (`campaigns.chat_trees`)."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    channel = models.CharField(
        _("channel"), max_length=12, choices=Channel, blank=True, help_text=_("Empty: all channels.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("chat tree")
        verbose_name_plural = _("chat trees")

    def __str__(self) -> str:
        return self.name


class ChatNode(models.Model):
    """What is answered to a word. `under` is the number of the node whose choice it is, empty: a conversation begins with
    it. `goes_on`: the choices that follow are those of another node (back to the menu); empty: its own."""

    class Action(models.TextChoices):
        NONE = "", pgettext_lazy("chat tree", "only answer")
        SUBSCRIBE = "subscribe", pgettext_lazy("chat tree", "subscribe to offers")
        CALL = "call", pgettext_lazy("chat tree", "make a call for a salesperson")
        HUMAN = "human", pgettext_lazy("chat tree", "hand over to an operator")

    tree = models.ForeignKey(ChatTree, models.CASCADE, related_name="nodes")
    number = models.PositiveSmallIntegerField(_("№"))
    under = models.PositiveSmallIntegerField(_("under №"), null=True, blank=True)
    label = models.CharField(_("name of the choice"), max_length=40)
    keywords = models.CharField(_("words"), max_length=200, help_text=_("Separated by commas."))
    text = models.TextField(_("answer"))
    action = models.CharField(_("and then"), max_length=10, choices=Action, blank=True)
    pool = models.ForeignKey(
        PromoPool, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("pool of promo codes")
    )
    goes_on = models.PositiveSmallIntegerField(_("choices of №"), null=True, blank=True)

    class Meta:
        ordering = ["number"]
        verbose_name = _("node of a chat tree")
        verbose_name_plural = _("nodes of a chat tree")
        default_permissions = ()
        constraints = [models.UniqueConstraint("tree", "number", name="chat_node_once")]

    def __str__(self) -> str:
        return f"№ {self.number} {self.label}"


class ChatTalk(models.Model):
    """Where in a tree an address is over an account. `handed`: the message with which she asked for a human."""

    account = Loose(Account, db_index=False)
    recipient = models.CharField(max_length=254)
    node = models.ForeignKey(ChatNode, models.CASCADE, null=True, related_name="+")
    handed = models.ForeignKey(Reply, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("account", "recipient", name="chat_talk_once")]
