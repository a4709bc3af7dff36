"""Feeds: where a source leaves its files by itself, how often they are looked for, and what went wrong."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models.imports import ImportBatch, Source


class Feed(models.Model):
    """A place that is looked at by a schedule. Who writes its state: `segments.feeding`.

    `files` = {kind of file: pattern of names | OData entity}. `secret` is sealed. `seen` is the transport's own
    memory of what was loaded ({name: digest}, DataVersions). `rows` = {kind: rows of the last good delivery}.
    """

    class Transport(models.TextChoices):
        FOLDER = "folder", _("folder of this server")
        SFTP = "sftp", "SFTP"
        ODATA = "odata", _("1C OData")

    class Problem(models.TextChoices):
        LATE = "late", _("late")  # nothing came for longer than agreed
        FAILED = "failed", _("failed")  # the place or the file could not be read
        SHRUNK = "shrunk", _("suddenly shrunk")  # came, but far smaller than the last one; waits for a person

    source = models.ForeignKey(Source, models.CASCADE, related_name="feeds", verbose_name=_("source"))
    name = models.CharField(_("name"), max_length=120, unique=True)
    transport = models.CharField(_("transport"), max_length=8, choices=Transport)
    address = models.CharField(_("address"), max_length=500)
    login = models.CharField(_("login"), max_length=120, blank=True)
    secret = models.TextField(blank=True, editable=False)
    host_key = models.TextField(_("host key"), blank=True)
    files = models.JSONField(_("files"), default=dict)
    every_minutes = models.PositiveIntegerField(_("look every, minutes"), default=60)
    late_after_hours = models.PositiveIntegerField(_("late after, hours"), default=30)
    shrink_percent = models.PositiveSmallIntegerField(_("alarm when shorter by, %"), default=30)
    moves_taken = models.BooleanField(_("move loaded files to “done”"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    due_at = models.DateTimeField(_("next look"), default=timezone.now, null=True)
    seen = models.JSONField(default=dict, editable=False)
    rows = models.JSONField(default=dict, editable=False)
    last_ok_at = models.DateTimeField(_("last delivery"), null=True, editable=False)
    problem = models.CharField(_("problem"), max_length=8, choices=Problem, blank=True, editable=False)
    problem_detail = models.TextField(blank=True, editable=False)
    problem_since = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        indexes = [models.Index("due_at", name="feed_due", condition=models.Q(is_active=True))]

    def __str__(self) -> str:
        return self.name


class FeedLook(models.Model):
    """One look at a feed and what came of it. `rows` = {kind: rows that came}, where something came."""

    class Outcome(models.TextChoices):
        NOTHING = "nothing", _("nothing new")
        LOADED = "loaded", _("import begun")
        HELD = "held", _("held back")
        FAILED = "failed", _("failed")

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="looks", db_index=False)
    looked_at = models.DateTimeField(_("when"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    batch = models.ForeignKey(ImportBatch, models.SET_NULL, null=True, related_name="+", verbose_name=_("import"))
    detail = models.TextField(blank=True)
    rows = models.JSONField(default=dict)

    class Meta:
        ordering = ["-looked_at"]
        indexes = [models.Index(fields=["feed", "-looked_at"], name="looks_of_feed")]


class FeedObject(models.Model):
    """An object of 1C in the version that was taken last (OData's DataVersion), so that only changed ones are fetched.

    It counts as taken once its batch is under way or done: the objects of a failed import are fetched again.
    """

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="+", db_index=False)
    entity = models.CharField(max_length=120)
    ref = models.UUIDField()
    version = models.CharField(max_length=40)
    batch = models.ForeignKey(ImportBatch, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("feed", "entity", "ref", name="feed_object_once")]
