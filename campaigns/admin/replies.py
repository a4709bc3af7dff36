"""What people wrote to us: those that wait for somebody come first, the longest waiting at the top."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from campaigns import outbox, replies
from campaigns.admin.conversation import ConversationPages, page_context
from campaigns.admin.tying import TyingPages, tying_context
from campaigns.models import Reply
from campaigns.models.campaign import Campaign
from campaigns.replies import LATE, OPEN, VERY_LATE
from campaigns.staff import person_name
from channels.models import Channel
from segments.admin.big_lists import ReadOnlyList
from segments.masking import VIEW_CONTACTS, mask, plain
from segments.models import Customer

STOP = Reply.Keyword.STOP
SHOWN = 140  # characters of a text in the list


class StateFilter(admin.SimpleListFilter):
    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("waiting for an answer")),
            ("done", _("answered ones")),
            ("orders", _("refusals of advertising")),
            ("automatic", _("dealt with by themselves")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reply]) -> QuerySet[Reply]:
        chosen = {
            "open": OPEN,
            "done": Q(answered_at__isnull=False),
            "orders": Q(keyword=STOP),
            "automatic": ~Q(keyword__in=("", STOP)),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class ChannelFilter(admin.SimpleListFilter):
    title, parameter_name = _("channel"), "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Channel.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reply]) -> QuerySet[Reply]:
        return queryset.filter(incoming__channel=self.value()) if self.value() in Channel.values else queryset


@admin.register(Reply)
class ReplyAdmin(ConversationPages, TyingPages, ReadOnlyList, ModelAdmin):
    list_filter = (StateFilter, ChannelFilter)
    list_select_related = ("incoming", "customer__merged_into", "answered_by")
    list_display_links = ("said",)
    list_fullwidth = True
    list_per_page = 50
    fields = ("answered_at",)  # the page shows them in its own way
    change_form_template = "campaigns/reply.html"
    actions = ["mark_answered"]
    nothing_yet = _("What people answer to your messages comes here, by any channel whose account receives messages.")

    class Media:
        css = {"all": ("segments/base.css", "campaigns/replies.css")}
        js = ("campaigns/replies.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reply]:
        is_open = ExpressionWrapper(OPEN, output_field=BooleanField())
        return super().get_queryset(request).annotate(is_open=is_open)

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        waits_since = Case(When(OPEN, then=F("incoming__happened_at")))
        return [F("is_open").desc(), waits_since.asc(nulls_last=True), F("incoming__happened_at").desc(), "-pk"]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        shown = ("age", "said", "person", _sender(request), "channel", "when")
        return (*shown, "button") if self.has_answer_permission(request) else shown

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("campaigns.change_reply")

    @display(
        description=_("state"),
        label={"fresh": "info", "late": "warning", "very_late": "danger", "done": "success", "order": None},
    )
    def age(self, reply: Reply) -> tuple[str, Any]:
        if reply.keyword:
            return "order", reply.get_keyword_display()
        if reply.answered_at:
            return "done", _("dealt with")
        waits = timezone.now() - reply.incoming.happened_at
        tone = "very_late" if waits >= VERY_LATE else "late" if waits >= LATE else "fresh"
        return tone, _("waits %(time)s") % {"time": timesince(reply.incoming.happened_at, depth=1)}

    @display(description=_("message"))
    def said(self, reply: Reply) -> str:
        return Truncator(reply.incoming.text.strip()).chars(SHOWN) or "—"

    @display(description=_("customer"))
    def person(self, reply: Reply) -> str:
        """A later import may have erased or merged her."""
        customer: Customer | None = reply.customer
        if customer is None:
            return str(_("not in the base"))
        living = customer.merged_into or customer
        address = reverse("admin:segments_customer_change", args=[living.pk])
        return format_html('<a class="reply-person" href="{}">{}</a>', address, living)

    @display(description=_("from"))
    def sender(self, reply: Reply) -> str:
        return plain(replies.kind_of(reply), reply.address) if reply.address else reply.incoming.sender

    @display(description=_("from"))
    def masked_sender(self, reply: Reply) -> str:
        return mask(replies.kind_of(reply), reply.address) if reply.address else "***"

    @display(description=_("channel"))
    def channel(self, reply: Reply) -> str:
        return reply.incoming.get_channel_display()

    @display(description=_("when"), ordering="incoming__happened_at")
    def when(self, reply: Reply) -> str:
        return _moment(reply.incoming.happened_at)

    @display(description=_("answer to"))
    def what(self, reply: Reply) -> str:
        """The campaign whose message came last before it."""
        message = outbox.find_message(reply.answers) if reply.answers else None
        campaign = Campaign.objects.filter(runs=message.run_id).first() if message else None
        if campaign is None:
            return "—"
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:campaigns_campaign_change", args=[campaign.pk]), campaign
        )

    @display(description=_("dealt with"))
    def answered(self, reply: Reply) -> str:
        if reply.answered_at is None:
            return "—"
        who = [person_name(reply.answered_by)] if reply.answered_by else []
        return ", ".join([_moment(reply.answered_at), *who])

    @display(description="")
    def button(self, reply: Reply) -> str:
        """In the form of the list, but to an address of its own."""
        if reply.answered_at or reply.keyword:
            return ""
        address = reverse("admin:campaigns_reply_answered", args=[reply.pk])
        words = _("It is dealt with")
        return format_html('<button type="submit" class="reply-button" formaction="{}">{}</button>', address, words)

    @action(description=_("Mark as dealt with"), permissions=["answer"])
    def mark_answered(self, request: HttpRequest, queryset: QuerySet[Reply]) -> None:
        done = replies.mark_answered(queryset.values_list("pk", flat=True), request.user)
        words = ngettext("%(count)d reply is dealt with.", "%(count)d replies are dealt with.", done)
        messages.success(request, words % {"count": done})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.answered_view))
        own = [
            path("<int:pk>/answered/", view, name="campaigns_reply_answered"),
            *self.conversation_urls(),
            *self.tying_urls(),
        ]
        return [*own, *super().get_urls()]

    def answered_view(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Back to where the button was."""
        if not self.has_answer_permission(request):
            raise PermissionDenied
        replies.mark_answered([get_object_or_404(Reply, pk=pk).pk], request.user)
        back = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
        return HttpResponseRedirect(back) if is_ours else redirect("admin:campaigns_reply_changelist")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        reply = self.get_object(request, object_id)
        more: dict[str, Any] = {"may_close": self.has_answer_permission(request)}
        if reply is not None:
            sender = self.sender(reply) if request.user.has_perm(VIEW_CONTACTS) else self.masked_sender(reply)
            age = dict(zip(("tone", "words"), self.age(reply), strict=True))
            person, what, answered = self.person(reply), self.what(reply), self.answered(reply)
            more |= {"sender": sender, "age": age, "person": person, "what": what, "answered": answered}
            more |= page_context(request, reply) | tying_context(request, reply)
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))


def _sender(request: HttpRequest) -> str:
    return "sender" if request.user.has_perm(VIEW_CONTACTS) else "masked_sender"


def _moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
