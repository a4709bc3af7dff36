"""Which segments were made from ready-made cuts (`segments.ready_made`)."""

from django.db import models
from django.utils import timezone

from segments.models.cutting import Segment


class ReadyMade(models.Model):
    """`cut` is the key of the template, `values` what was answered to its questions: {parameter: value}.

    Kept when the segment's rule is changed by hand: it says where the segment comes from, not what it is.
    """

    segment = models.OneToOneField(Segment, models.CASCADE, primary_key=True, related_name="ready_made")
    cut = models.CharField(max_length=60, db_index=True)
    values = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
