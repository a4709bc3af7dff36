"""What a letter of a person holds beside the words that are its message."""

from django.db import models


class IncomingLetter(models.Model):
    """Of an `IncomingMessage` that came as a letter. Fields as in `channels.providers.written`; `names` and `thread` are ids
    separated by spaces."""

    incoming = models.OneToOneField("channels.IncomingMessage", models.CASCADE, primary_key=True, related_name="letter")
    message_id = models.TextField(blank=True)
    names = models.TextField(blank=True)
    thread = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    whole = models.TextField(blank=True)
    files = models.JSONField(default=list)
    is_cut = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
