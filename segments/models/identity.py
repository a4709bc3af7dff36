"""What identification leaves to people, and what it must remember: doubtful pairs, households, the erased."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models.loose import Loose
from segments.models.people import Card


class Household(models.Model):
    """People who share an address without being one person; a customer points to hers (`Customer.household`)."""

    name = models.CharField(_("name"), max_length=160, blank=True)
    size = models.SmallIntegerField(_("people"), default=0)
    refreshed_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")

    def __str__(self) -> str:
        return self.name or f"№ {self.pk}"


class ReviewPair(models.Model):
    """Two cards that may be one person. A decision binds every later import: refused cards never join again,
    accepted ones always do. `score` is the probability of the model; `evidence` = {feature: words}."""

    class State(models.TextChoices):
        OPEN = "open", _("to be reviewed")
        ACCEPTED = "accepted", _("one person")
        REFUSED = "refused", _("different people")

    card_a = Loose(Card, db_index=False)
    card_b = Loose(Card, db_index=False)
    score = models.FloatField(_("probability"), default=0)
    evidence = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN, db_default=State.OPEN)
    batch_id = models.BigIntegerField(null=True)
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now, db_default=models.functions.Now())
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("doubtful pair")
        verbose_name_plural = _("doubtful pairs")
        constraints = [
            models.UniqueConstraint("card_a", "card_b", name="review_pair_once"),
            models.CheckConstraint(condition=models.Q(card_a__lt=models.F("card_b")), name="review_pair_ordered"),
        ]
        indexes = [
            models.Index(fields=["state", "-score", "id"], name="review_queue"),
            models.Index("card_b", name="review_pair_b"),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"


class ErasedKey(models.Model):
    """A trace of who was erased, so that the next export does not bring her back: an HMAC-SHA-256 of a phone, an
    e-mail or a card code (`segments.erasing`), from which none of them can be read."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        CARD = "card", _("card")

    kind = models.CharField(max_length=8, choices=Kind)
    digest = models.BinaryField(max_length=32)
    erased_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint("kind", "digest", name="erased_key_once")]
