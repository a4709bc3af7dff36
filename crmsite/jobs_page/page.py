"""The page «Jobs»: everybody with a role may look, an administrator may repeat and forget what failed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.decorators import permission_required
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_rq.models import Dashboard
from redis.exceptions import RedisError

from campaigns.refusals import Refused
from channels.models import Channel
from crmsite import heartbeat
from crmsite.jobs_page import failures, periodic, state
from crmsite.jobs_page.failures import Failure, Key

VIEW = "campaigns.view_campaign"
MANAGE = "django_rq.admin"  # tracebacks, repeating and forgetting
LAST_ACTIONS = 10
UNHEARD = gettext_noop("The queue does not answer. Look at the page again: something may not be done.")
may_view, may_manage = (permission_required(right, raise_exception=True) for right in (VIEW, MANAGE))
SILENT = {"silent": True}  # Redis does not answer, and nothing is known


def urls(site: AdminSite) -> list[URLPattern]:
    def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        return path(route, site.admin_view(view), name=name)

    @require_safe
    @may_view
    def page(request: HttpRequest) -> HttpResponse:
        context = {**site.each_context(request), **_whole(request), "title": _("Jobs")}
        return TemplateResponse(request, "crmsite/jobs.html", context)

    @require_safe
    @may_view
    def now(request: HttpRequest) -> HttpResponse:
        """What the page asks for every few seconds."""
        try:
            context = {"silent": False, **_state()}
        except RedisError:
            context = SILENT
        return TemplateResponse(request, "crmsite/jobs_state.html", context)

    @require_POST
    @may_manage
    def retry(request: HttpRequest) -> HttpResponse:
        return _act(request, site, failures.repeat, repeats=True)

    @require_POST
    @may_manage
    def forget(request: HttpRequest) -> HttpResponse:
        return _act(request, site, failures.forget, repeats=False)

    return [
        own("jobs/", page, "jobs"),
        own("jobs/state/", now, "jobs_state"),
        own("jobs/retry/", retry, "jobs_retry"),
        own("jobs/forget/", forget, "jobs_forget"),
    ]


def _whole(request: HttpRequest) -> dict[str, Any]:
    managed = request.user.has_perm(MANAGE)
    context: dict[str, Any] = {"may_manage": managed}
    try:
        context |= {"silent": False, **_state()}
        context["failures"] = _failures(context["found"], request.GET.get("page", "1"))
    except RedisError:
        context |= SILENT
    if managed:
        kind = ContentType.objects.get_for_model(Dashboard)
        log = LogEntry.objects.filter(content_type=kind).select_related("user")
        context["actions"] = log.order_by("-action_time")[:LAST_ACTIONS]
    return context


def _failures(found: list[tuple[datetime, Key]], number: str) -> Page:
    """A page of failures; its `object_list` is read from Redis for this page only."""
    shown = Paginator(found, failures.PER_PAGE).get_page(number)
    shown.object_list = failures.read(shown.object_list)
    return shown


def _state() -> dict[str, Any]:
    now, life, workers, found = timezone.now(), heartbeat.read(), state.workers(), failures.found()
    queues = state.queues(workers, [key for _when, key in found])
    rung = min((queue for queue in queues if queue.oldest), key=lambda queue: queue.oldest, default=None)
    due = state.due_since()
    return {
        "now": now,
        "life": life,
        "scheduler_late": life is None or life.is_late(now),
        "periodic": periodic.lines(life),
        "workers": workers,
        "queues": queues,
        "found": found,
        "bell": rung.waits if rung else "",
        "due": [(Channel(channel).label, since) for channel, since in sorted(due.items())],
    }


def _act(request: HttpRequest, site: AdminSite, verb: Callable[[Key], str], *, repeats: bool) -> HttpResponse:
    """Ask first; with `confirmed`, do it to each job that was asked about, and write down who did it."""
    asked = [request.POST["one"]] if "one" in request.POST else request.POST.getlist("job")
    keys = [key for text in asked[: failures.PER_PAGE] if (key := Key.read(text))]
    if keys and "confirmed" not in request.POST:
        return _question(request, site, keys, repeats=repeats)
    done = _each(request, keys, verb)
    if not keys:
        messages.warning(request, _("Nothing is chosen."))
    elif done:
        _log(request, done, repeats=repeats)
        messages.success(request, _said(len(done), repeats=repeats))
    return redirect("admin:jobs")


def _question(request: HttpRequest, site: AdminSite, keys: list[Key], *, repeats: bool) -> HttpResponse:
    try:
        shown = failures.read((when, key) for when, key in failures.found() if key in keys)
    except RedisError:
        messages.error(request, _(UNHEARD))
        return redirect("admin:jobs")
    chosen: list[Failure] = [failure for failure in shown if failure.may_be_repeated or not repeats]
    context = {
        **site.each_context(request),
        "title": _("Repeat?") if repeats else _("Forget?"),
        "repeats": repeats, "chosen": chosen, "refused": [each for each in shown if each not in chosen],
    }  # fmt: skip
    return TemplateResponse(request, "crmsite/jobs_question.html", context)


def _each(request: HttpRequest, keys: list[Key], verb: Callable[[Key], str]) -> list[tuple[Key, str]]:
    done = []
    for key in keys:
        try:
            done.append((key, verb(key)))
        except Refused as refused:
            messages.warning(request, refused.sentence)
        except RedisError:
            messages.error(request, _(UNHEARD))
            break
    return done


def _said(count: int, *, repeats: bool) -> str:
    if repeats:
        said = ngettext("%(count)d job is in its queue again.", "%(count)d jobs are in their queues again.", count)
    else:
        said = ngettext("%(count)d failed job is forgotten.", "%(count)d failed jobs are forgotten.", count)
    return said % {"count": count}


def _log(request: HttpRequest, done: list[tuple[Key, str]], *, repeats: bool) -> None:
    kind = ContentType.objects.get_for_model(Dashboard)
    flag, message = (CHANGE, _("Repeated a failed job")) if repeats else (DELETION, _("Forgot a failed job"))
    LogEntry.objects.bulk_create(
        LogEntry(
            user_id=request.user.pk, content_type=kind, object_id=str(key), object_repr=name[:200],
            action_flag=flag, change_message=message,
        )
        for key, name in done
    )  # fmt: skip
