"""The pages of undoing an import: what it would do, the second click, and afterwards what stayed and why."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from segments.importing import undo_keeps, undoing
from segments.masking import shown
from segments.models import ImportBatch, Interaction
from segments.models.people import ContactKind

UNDO_IMPORT = "segments.undo_import"
KINDS = {
    "customer": _("customers"),
    "card": _("cards"),
    "document": _("documents"),
    "vehicle": _("cars"),
    "contact": _("phones and e-mails"),
    "consent": _("entries on consent"),
    "merge": _("merges of customers"),
    "stock": _("cars in stock"),
    "traffic": _("days of visitor counters"),
}
ONE = {
    "customer": _("customer"),
    "card": _("card"),
    "document": _("document"),
    "vehicle": _("car"),
    "contact": _("contact"),
    "stock": _("car in stock"),
    "traffic": _("visitors of a day"),
}


def may_undo(request: HttpRequest, batch: ImportBatch) -> bool:
    """Whether the page offers the undo to this user."""
    return request.user.has_perm(UNDO_IMPORT) and not undoing.why_not(batch)


def days_left(batch: ImportBatch) -> str:
    """How long the import can still be undone."""
    if batch.finished_at is None:
        return ""
    days = max(undoing.DAYS - (timezone.now() - batch.finished_at).days, 1)
    return ngettext("%(n)d more day", "%(n)d more days", days) % {"n": days}


def undone(request: HttpRequest, batch: ImportBatch) -> dict[str, Any] | None:
    """What an undo did, for the page of the import; None when there was none, or it has not ended."""
    counted = batch.counters.get("undo")
    if batch.state != ImportBatch.State.UNDONE or not counted:
        return None
    kept = undoing.kept_of(batch, undoing.LISTED)
    in_all = sum(counted["kept"].values())
    return {
        "at": parse_datetime(counted["at"]),
        "removed": _numbers(counted["removed"]),
        "restored": _numbers(counted["restored"]),
        **_kept(request, kept, in_all),
    }


def _numbers(by_kind: dict[str, int]) -> list[dict[str, Any]]:
    return [{"label": label, "rows": by_kind[kind]} for kind, label in KINDS.items() if by_kind.get(kind)]


def _kept(request: HttpRequest, rows: list[dict[str, str]], in_all: int) -> dict[str, Any]:
    kept = [
        {
            "kind": ONE.get(row["kind"], row["kind"]),
            "key": _key(request, row),
            "reason": undo_keeps.label(row["reason"]),
        }
        for row in rows
    ]
    return {"kept": kept, "kept_in_all": in_all, "more": in_all - len(kept)}


def _key(request: HttpRequest, row: dict[str, str]) -> str:
    """What names the row to a person; an address only as this user may see it."""
    if row["kind"] == "contact":
        kind = ContactKind.EMAIL if "@" in row["key"] else ContactKind.PHONE
        return shown(request.user, kind, row["key"])
    if row["kind"] == "document":
        kind_of_document, _space, key = row["key"].partition(" ")
        labels: dict[str, Any] = dict(Interaction.Kind.choices)
        return f"{labels.get(kind_of_document, kind_of_document)} {key}"
    return row["key"]


class UndoPages:
    """The view of `ImportBatchAdmin` that plans and begins an undo."""

    def undo_view(self: Any, request: HttpRequest, pk: int) -> HttpResponse:
        """By GET what it would do; by POST it begins, once, however often the button is clicked."""
        if not request.user.has_perm(UNDO_IMPORT):
            raise PermissionDenied
        batch = self._batch(request, pk)
        try:
            if request.method == "POST":
                undoing.begin(batch)
                self._log_undo(request, batch)
                return redirect("admin:segments_importbatch_change", pk)
            plan = undoing.plan(batch)
        except undoing.CannotUndo as error:
            self.message_user(request, str(error), level=messages.WARNING)
            return redirect("admin:segments_importbatch_change", pk)
        context = self._context(
            request,
            batch,
            removed=_numbers(plan.counts.removed),
            restored=_numbers(plan.counts.restored),
            days_left=days_left(batch),
            **_kept(request, plan.kept, plan.kept_in_all),
        )
        return TemplateResponse(request, "segments/import_undo.html", context)

    def _log_undo(self, request: HttpRequest, batch: ImportBatch) -> None:
        LogEntry.objects.log_actions(
            user_id=request.user.pk,
            queryset=[batch],
            action_flag=CHANGE,
            change_message=gettext("Undid the import"),
            single_object=True,
        )
