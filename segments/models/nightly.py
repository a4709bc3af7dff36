"""What is done once a night over the whole base, when it was done last, and what came of it."""

from django.db import models
from django.utils import timezone


class NightWork(models.Model):
    """One kind of nightly work; written by `segments.nightly`. `result` is what the work returned."""

    name = models.CharField(max_length=20, primary_key=True)
    due_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
