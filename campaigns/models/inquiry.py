"""What we ask providers about messages whose fate nobody told us."""

from django.db import models

from campaigns.models.outbox import Run
from channels.models import Account
from segments.models.loose import Loose


class Inquiry(models.Model):
    """A message that one account is asked about (`campaigns.inquiring`): each account that may have sent it has a row.

    `due_at` is when it is asked next, empty when there is nothing more to ask; `times` counts the answers, `word` is what
    the provider said last.
    """

    class Answer(models.TextChoices):
        NONE = ""  # not asked yet, or no clear answer
        KNOWN = "known"  # the provider has it
        UNHEARD = "unheard"  # the provider has never heard of it

    run = Loose(Run, db_index=False)
    message_id = models.BigIntegerField()
    account = Loose(Account, db_index=False)
    answer = models.CharField(max_length=8, choices=Answer, blank=True, db_default="")
    word = models.CharField(max_length=120, blank=True, db_default="")
    times = models.SmallIntegerField(db_default=0)
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("message_id", "account", name="inquiry_once")]
        indexes = [
            models.Index("account", "due_at", name="inquiry_due", condition=models.Q(due_at__isnull=False)),
        ]
