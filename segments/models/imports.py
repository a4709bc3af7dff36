"""Where the base comes from: sources, their mappings, import batches and the rows they refused."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """A system that cards come from (1C of a centre, website). Its times are in `time_zone`."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Moscow")

    class Meta:
        ordering = ["name"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.name


class Mapping(models.Model):
    """Which column of a file fills which field: `columns` = {field: [header, …]}."""

    class Kind(models.TextChoices):
        CARDS = "cards", _("cards")
        DOCUMENTS = "documents", _("documents")

    source = models.ForeignKey(Source, models.CASCADE, related_name="mappings", verbose_name=_("source"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=80)
    columns = models.JSONField(_("columns"), default=dict)

    class Meta:
        constraints = [models.UniqueConstraint("source", "kind", "name", name="mapping_once")]
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """One import. States and who moves them: `segments.importing`. `counters` is the C of the contract."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")  # files kept, mapping not confirmed yet
        QUEUED = "queued", _("queued")  # confirmed; waits for a worker or for another import
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")  # nothing more will be written; `error` says what to do
        CANCELLED = "cancelled", _("cancelled")
        UNDONE = "undone", _("undone")

    source = models.ForeignKey(Source, models.PROTECT, related_name="batches", verbose_name=_("source"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UPLOADED)
    dry_run = models.BooleanField(_("dry run"), default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    cards_file = models.CharField(_("cards"), max_length=300, blank=True)
    documents_file = models.CharField(_("documents"), max_length=300, blank=True)
    cards_columns = models.JSONField(default=dict)
    documents_columns = models.JSONField(default=dict)
    counters = models.JSONField(default=dict)
    stage = models.CharField(_("stage"), max_length=20, blank=True)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        permissions = [("run_import", _("Can import the base"))]

    def __str__(self) -> str:
        return f"№ {self.pk}"


class RejectedRow(models.Model):
    """A row that did not get in, or one of its cells that did not; `raw` is the row as the file had it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rejected", db_index=False)
    kind = models.CharField(max_length=10, choices=Mapping.Kind)
    line = models.BigIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=40)
    whole_row = models.BooleanField(default=True, db_default=True)  # False: only this cell was dropped
    raw = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index("batch", "kind", "line", name="rejected_of_batch")]
