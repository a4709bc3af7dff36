"""Where the base comes from: sources, their mappings, import batches, their files and the rows they refused."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models.history import Interaction


class Source(models.Model):
    """A system that cards come from. Its times are in `time_zone`; among cards of one person that disagree, the
    source with the higher `priority` is believed first. `priority_applied` is the one that golden records have been
    chosen by (`segments.identity.priorities` writes it)."""

    class Kind(models.TextChoices):
        ONE_C = "1c", _("1C of a dealer centre")
        WEBSITE = "website", _("website")
        LIST = "list", _("list of an exhibition or a partner")
        OWN = "own", _("messengers and devices, tied by people themselves")

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.ONE_C)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Moscow")
    priority = models.SmallIntegerField(
        _("priority"), default=0, help_text=_("Where cards of one person disagree, the higher number is believed.")
    )
    priority_applied = models.SmallIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind="own"),
                name="one_own_source",
                violation_error_message=_("There is already a source for messengers and devices; choose another kind."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Mapping(models.Model):
    """Which column of a file fills which field: `columns` = {field: [header, …]}.

    `options` say how cells are read: `{"consent": {"channels": ["email", "sms"], "purpose": "advertising",
    "text": "…"}}`: what a "yes" of the file covers, and by which text it was given; of documents `{"kind": "visit"}`:
    what a row is whose kind no column tells.
    """

    class Kind(models.TextChoices):
        CARDS = "cards", _("cards")
        DOCUMENTS = "documents", _("documents")
        STOCK = "stock", _("cars in stock")
        TRAFFIC = "traffic", _("visitor counters")
        STOP_LIST = "stop_list", _("stop-list")

    source = models.ForeignKey(Source, models.CASCADE, related_name="mappings", verbose_name=_("source"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=80)
    columns = models.JSONField(_("columns"), default=dict)
    options = models.JSONField(_("options"), default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("source", "kind", "name", name="mapping_once")]
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """One import. States and who moves them: `segments.importing.running`, `.undoing`. `counters` is the C of the
    contract, with what the report shows besides."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")  # the files are kept
        DECODED = "decoded", _("decoded")  # they are tables; a mapping is proposed, not confirmed yet
        MAPPED = "mapped", _("mapped")  # confirmed; waits for a worker or for another import
        LOADING = "loading", _("loading")  # under way; with `dry_run` everything is rolled back at the end
        PREVIEWED = "previewed", _("previewed")  # the dry run is done
        DONE = "done", _("done")
        FAILED = "failed", _("failed")  # nothing more will be written; `error` says what to do
        CANCELLED = "cancelled", _("cancelled")
        UNDOING = "undoing", _("undoing")
        UNDONE = "undone", _("undone")

    source = models.ForeignKey(Source, models.PROTECT, related_name="batches", verbose_name=_("source"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UPLOADED)
    dry_run = models.BooleanField(_("dry run"), default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    feed = models.ForeignKey(
        "segments.Feed", models.SET_NULL, null=True, blank=True, related_name="batches", verbose_name=_("feed")
    )
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
        permissions = [("run_import", _("Can import the base")), ("undo_import", _("Can undo an import"))]

    def __str__(self) -> str:
        return f"№ {self.pk}"


class ImportFile(models.Model):
    """One file of an import, kept in the batch's folder under its kind; `name` is what the sender called it.

    `digest` (SHA-256, hex) tells a feed that the file is the one it has loaded already. `encoding` is what a person
    picked for a text; empty: its bytes tell.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="files")
    kind = models.CharField(_("kind"), max_length=10, choices=Mapping.Kind)
    name = models.CharField(_("file"), max_length=255, blank=True)
    size = models.BigIntegerField(_("size, bytes"), default=0)
    digest = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    columns = models.JSONField(default=dict)
    options = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint("batch", "kind", name="import_file_once")]

    def __str__(self) -> str:
        return self.name or self.get_kind_display()


class BeforeImage(models.Model):
    """What a row was before an import changed it, so that it can be taken back. Rows that an import added have none:
    `first_batch_id` tells them."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    row_id = models.BigIntegerField()
    before = models.JSONField()

    class Meta:
        indexes = [models.Index("batch", "kind", "row_id", name="image_of_batch")]


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


class OperationSpelling(models.Model):
    """How a source calls a kind of document; `spelling` is lower case, trimmed, ё → е."""

    spelling = models.CharField(_("spelling"), max_length=80, unique=True)
    kind = models.CharField(_("kind of interaction"), max_length=10, choices=Interaction.Kind)

    class Meta:
        ordering = ["spelling"]
        verbose_name = _("operation spelling")
        verbose_name_plural = _("operation spellings")

    def __str__(self) -> str:
        return self.spelling


class UnknownWord(models.Model):
    """A word that no value table knew when an import met it; it leaves the list when somebody gives it a meaning.

    `rows`: rows of brands and cities that came in with it; of operations, which are refused, those of the last file.
    `example` is a place where it stood. Who writes it: `segments.value_tables`.
    """

    class Dictionary(models.TextChoices):
        BRAND = "brand", _("brand")
        CITY = "city", _("city")
        OPERATION = "operation", _("kind of document")

    dictionary = models.CharField(_("value table"), max_length=10, choices=Dictionary)
    spelling = models.CharField(_("spelling"), max_length=80)
    rows = models.BigIntegerField(_("rows"), default=0)
    last_batch = models.ForeignKey(ImportBatch, models.SET_NULL, null=True, related_name="+", verbose_name=_("import"))
    is_ignored = models.BooleanField(_("means nothing"), default=False)
    seen_at = models.DateTimeField(_("last met"), default=timezone.now, db_default=models.functions.Now())
    example = models.CharField(_("example"), max_length=200, blank=True, db_default="")

    class Meta:
        ordering = ["-rows", "spelling"]
        constraints = [models.UniqueConstraint("dictionary", "spelling", name="unknown_word_once")]
        verbose_name = _("unrecognised word")
        verbose_name_plural = _("unrecognised words")

    def __str__(self) -> str:
        return self.spelling
