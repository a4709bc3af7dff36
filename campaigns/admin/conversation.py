"""The page of a reply: the conversation, the form of an answer, and whose the sender is."""

import uuid
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns import answer_states, answering, conversations, permission, replies
from campaigns.answer_bodies import longest, medium_of
from campaigns.models import Reply
from campaigns.refusals import Refused
from channels import sandbox
from channels.models import Account
from channels.providers import REGISTRY
from segments.masking import VIEW_CONTACTS, mask_text
from segments.models.people import Purpose

ANSWER = "campaigns.answer_reply"
PAGE = "admin:campaigns_reply_change"


class ConversationPages:
    """Mixed into the admin of replies."""

    admin_site: Any
    change_view: Callable[..., HttpResponse]
    has_view_permission: Callable[..., bool]

    def conversation_urls(self) -> list[URLPattern]:
        def own(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"campaigns_reply_{name}")

        return [
            own("talk", require_safe(self.talk_view)),
            own("answer", require_POST(self.answer_view)),
            own("count", require_POST(self.count_view)),
            own("decide", require_POST(self.decide_view)),
        ]

    def talk_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The conversation as it is now, for a page that waits for an answer to go."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        reply = _reply(pk)
        context = {"original": reply, "may_answer": request.user.has_perm(ANSWER), **_talk(request, reply)}
        return HttpResponse(render_to_string("campaigns/talk.html", context, request))

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What does not go stays in the form, with the reason."""
        reply, text = self._answerable(request, pk), request.POST.get("text", "")
        seen = request.POST.get("seen", "")
        try:
            form = uuid.UUID(request.POST.get("form", ""))
        except ValueError:
            form = uuid.uuid4()
        try:
            answering.write(reply, text, author=request.user, form=form, seen=int(seen) if seen.isdecimal() else 0)
        except Refused as refusal:
            shown = copy(request)
            shown.method = "GET"
            return self.change_view(shown, str(pk), extra_context={"typed": text, "fault": refusal.sentence})
        return redirect(PAGE, pk)

    def count_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """{"words": what the posted text takes, in a sentence, "is_over": whether it is too long}."""
        reply = self._answerable(request, pk)
        text = request.POST.get("text", "").replace("\r\n", "\n").strip()
        return JsonResponse(counted(text, reply.incoming.account))

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """An operator knows what became of an answer that the machine does not know of."""
        reply = self._answerable(request, pk)
        asked = request.POST.get("answer", "")
        answer = answering.of_replies(replies.conversation(reply).values_list("pk", flat=True)).filter(
            pk=int(asked) if asked.isdecimal() else 0
        )
        went = request.POST.get("went") == "yes"
        if answer.exists() and answer_states.decide(answer.get().pk, request.user, went=went):
            messages.success(
                request, _("It is noted.") if went else _("It is noted: the reply waits for an answer again.")
            )
        return redirect(PAGE, pk)

    def _answerable(self, request: HttpRequest, pk: int) -> Reply:
        if not request.user.has_perm(ANSWER):
            raise PermissionDenied
        return _reply(pk)


def page_context(request: HttpRequest, reply: Reply) -> dict[str, Any]:
    """What the page shows beside the reply itself."""
    account = reply.incoming.account
    may_answer = request.user.has_perm(ANSWER)
    closed = _closed(reply) if may_answer else ""
    return {
        **_talk(request, reply),
        "may_answer": may_answer,
        "closed": closed,
        "until": None if closed else answering.window_until(reply),
        "form": uuid.uuid4(),
        "limit": longest(account) if account.provider in REGISTRY else 0,
        "counted": counted("", account) if account.provider in REGISTRY else {},
        "is_journal": sandbox.keeps_journal(account),
        "refuses": answering.refuses(reply, Purpose.ADVERTISING),
    }


def _talk(request: HttpRequest, reply: Reply) -> dict[str, Any]:
    """Quotations and signatures of a letter hold addresses."""
    talk = conversations.of(reply)
    if not request.user.has_perm(VIEW_CONTACTS):
        talk = replace(talk, lines=[replace(line, whole=mask_text(line.whole)) for line in talk.lines])
    return {"talk": talk}


def _closed(reply: Reply) -> str:
    """Why there is no form of an answer, in a sentence."""
    try:
        permission.require()
    except Refused as refusal:
        return refusal.sentence
    return answering.hindrance(reply)


def counted(text: str, account: Account) -> dict[str, Any]:
    """What a text takes over an account: segments and roubles where it is charged for these, else characters."""
    limit, measure = longest(account), medium_of(account.channel).measure
    is_over = len(text) > limit
    if measure is None:
        words = _("%(count)d of %(limit)d characters") % {"count": len(text), "limit": limit}
        return {"words": words, "is_over": is_over}
    if not text:
        return {"words": "", "is_over": False}
    taken = measure(text)
    parts = ngettext("%(count)d segment", "%(count)d segments", taken.parts) % {"count": taken.parts}
    words = _("%(parts)s, %(sum)s ₽, %(left)d characters left in the last one") % {
        "parts": parts,
        "sum": number_format(taken.parts * account.cost, 2),
        "left": taken.left,
    }
    return {"words": words, "is_over": is_over or taken.too_long}


def _reply(pk: int) -> Reply:
    return get_object_or_404(Reply.objects.select_related("incoming__account", "customer__merged_into"), pk=pk)
