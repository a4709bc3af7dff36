"""Imports: upload, columns, dry run, progress, report. The work itself is `segments.importing.running`."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from segments.admin import import_charts, import_examples, import_page, import_undo
from segments.admin.big_lists import BigList
from segments.admin.import_forms import UploadForm, chosen_columns, chosen_options
from segments.admin.import_undo import UndoPages
from segments.importing import running, saved_mappings, undoing
from segments.importing.errors import UnusableFile
from segments.importing.refused import path_of_rejected
from segments.models import DataExport, ImportBatch, Mapping
from segments.outward import exports

State = ImportBatch.State
UNDER_WAY = (*running.GOING, State.UNDOING)
RUN_IMPORT = "segments.run_import"


@admin.register(ImportBatch)
class ImportBatchAdmin(UndoPages, BigList, ModelAdmin):
    list_display = ["number", "source", "state_badge", "files", "outcome", "started_by", "created"]
    list_filter = ["state", "source"]
    list_select_related = ["source", "author"]
    list_per_page = 50
    list_fullwidth = True
    change_list_template = "segments/import_list.html"
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RUN_IMPORT)

    def has_change_permission(self, request: HttpRequest, obj: ImportBatch | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ImportBatch | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: ImportBatch | None = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(RUN_IMPORT)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        return super().get_queryset(request).prefetch_related("files")

    @display(description="№", ordering="id")
    def number(self, batch: ImportBatch) -> str:
        return str(batch)

    @display(description=_("state"), label=import_page.LABELS)
    def state_badge(self, batch: ImportBatch) -> tuple[str, Any]:
        return batch.state, batch.get_state_display()

    @display(description=_("files"))
    def files(self, batch: ImportBatch) -> str:
        return ", ".join(import_page.file_titles(batch))

    @display(description=_("outcome of the rows"))
    def outcome(self, batch: ImportBatch) -> str:
        return import_charts.outcome_bar(batch)

    @display(description=_("author"))
    def started_by(self, batch: ImportBatch) -> str | None:
        return import_page.author(batch)

    @display(description=_("created"), ordering="created_at")
    def created(self, batch: ImportBatch) -> str:
        return date_format(localtime(batch.created_at), "SHORT_DATETIME_FORMAT")

    def get_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"segments_importbatch_{name}")

        return [
            own("progress", self.progress_view),
            own("load", self.load_view),
            own("cancel", self.cancel_view),
            own("rejected", self.rejected_view),
            own("undo", self.undo_view),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Upload. A file that cannot be read is refused here, and nothing of it is kept."""
        self._may_run(request)
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if request.method == "POST" and form.is_valid():
            try:
                batch = running.receive(
                    form.cleaned_data["source_name"],
                    author=request.user,
                    encoding=form.cleaned_data["encoding"],
                    **{kind: form.cleaned_data[kind] for kind in Mapping.Kind},
                )
                return redirect("admin:segments_importbatch_change", batch.pk)
            except UnusableFile as error:
                form.add_error(None, str(error))
        context = self._context(request, title=_("New import"), step=1, form=form)
        return TemplateResponse(request, "segments/import_upload.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One address for the life of an import: its columns, then its progress, then its report."""
        batch = self._batch(request, object_id)
        if batch.state in UNDER_WAY:
            return self._running(request, batch)
        again = import_page.may_load(batch) and "columns" in request.GET
        if request.user.has_perm(RUN_IMPORT) and (batch.state == State.DECODED or again):
            return self._review(request, batch)
        return self._report(request, batch)

    def _review(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        chosen: dict[str, Any] | None = None
        options: dict[str, Any] | None = None
        problem = ""
        if request.method == "POST":
            if request.POST.get("go") == "cancel":
                running.cancel(batch)
                return redirect("admin:segments_importbatch_changelist")
            kinds = list(batch.files.values_list("kind", flat=True))
            chosen = {kind: chosen_columns(kind, request.POST) for kind in kinds}
            options = {kind: chosen_options(kind, request.POST) for kind in kinds}
            try:
                self._confirm(batch, columns=chosen, options=options, dry_run=request.POST.get("go") != "load")
                if name := request.POST.get("save_as", "").strip():
                    saved_mappings.save(batch, name)
                return redirect("admin:segments_importbatch_change", batch.pk)
            except UnusableFile as error:
                problem = str(error)
        elif name := request.GET.get("mapping", ""):
            chosen, options = saved_mappings.load(batch, name)
        files = import_page.files(batch, chosen, options)
        context = self._context(
            request, batch, step=2, files=files, problem=problem, again="columns" in request.GET,
            saved=import_page.saved_mappings(batch.source), mapping=request.GET.get("mapping", ""),
        )  # fmt: skip
        return TemplateResponse(request, "segments/import_review.html", context)

    def _confirm(self, batch: ImportBatch, **chosen: Any) -> None:
        running.confirm(batch, **chosen)

    def _running(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        step = None if batch.state == State.UNDOING else 3 if batch.dry_run else 4
        context = self._context(request, batch, step=step, progress=import_page.progress(batch))
        return TemplateResponse(request, "segments/import_running.html", context)

    def _report(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        context = self._context(
            request,
            batch,
            step=None
            if batch.state == State.UNDONE
            else 2
            if batch.state == State.DECODED
            else 3
            if batch.dry_run
            else 4,
            report=import_page.report(batch),
            outcomes=[{"title": import_page.TITLES[bar["kind"]], **bar} for bar in import_charts.outcomes(batch)],
            waterfall=import_charts.waterfall(batch),
            quality=[{"title": import_page.TITLES[file["kind"]], **file} for file in import_charts.quality(batch)],
            examples=import_examples.shown(batch),
            received=import_page.received(batch),
            undone=import_undo.undone(request, batch),
            may_undo=import_undo.may_undo(request, batch),
            days_left=import_undo.days_left(batch),
            has_rejected=path_of_rejected(batch).exists(),
            reasons=(reasons := import_page.reasons(batch)),
            is_forgotten=not reasons and import_page.has_refused(batch),
            kept_days=undoing.DAYS,
            file_titles=import_page.file_titles(batch),
            author=import_page.author(batch),
            took=import_page.took(batch),
            may_load=import_page.may_load(batch),
        )
        return TemplateResponse(request, "segments/import_report.html", context)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The progress bar, asked for once a second; when the work has ended, the page reloads into the report."""
        batch = self._batch(request, pk)
        if batch.state not in UNDER_WAY:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        context = {"batch": batch, "progress": import_page.progress(batch)}
        return TemplateResponse(request, "segments/import_progress.html", context)

    def load_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """After a dry run, or after a failure: load with the columns as they are."""
        self._may_run(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = self._batch(request, pk)
        try:
            self._confirm(batch, dry_run=False)
        except UnusableFile as error:
            self.message_user(request, str(error), level="error")
        return redirect("admin:segments_importbatch_change", pk)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._may_run(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        running.cancel(self._batch(request, pk))
        return redirect("admin:segments_importbatch_change", pk)

    def rejected_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The refused rows as they came, contacts unmasked: for those who bring files in, and logged."""
        self._may_run(request)
        batch = self._batch(request, pk)
        file = path_of_rejected(batch)
        if not file.exists():
            raise Http404
        LogEntry.objects.log_actions(
            user_id=request.user.pk,
            queryset=[batch],
            action_flag=CHANGE,
            change_message=gettext("Downloaded the rejected rows"),
            single_object=True,
        )
        recipient = gettext("download in the browser")
        exports.record(
            DataExport.Kind.REJECTED_ROWS,
            about=str(batch),
            recipient=recipient,
            rows=batch.rejected.count(),
            user=request.user,
        )
        return FileResponse(file.open("rb"), as_attachment=True, filename=f"rejected-{batch.pk}.xlsx")

    def _may_run(self, request: HttpRequest) -> None:
        if not request.user.has_perm(RUN_IMPORT):
            raise PermissionDenied

    def _batch(self, request: HttpRequest, pk: str | int) -> ImportBatch:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not str(pk).isdecimal():
            raise Http404
        return get_object_or_404(ImportBatch.objects.select_related("source", "author"), pk=int(pk))

    def _context(self, request: HttpRequest, batch: ImportBatch | None = None, **more: Any) -> dict[str, Any]:
        titled = {"batch": batch, "original": batch, "title": str(batch)} if batch else {}
        may_run = request.user.has_perm(RUN_IMPORT)
        return {**self.admin_site.each_context(request), "opts": self.opts, "may_run": may_run, **titled, **more}
