"""The buttons of a campaign: which right each asks for, what it does, what it says when it is done."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import approval, bell, guard, running, unheard
from campaigns.models import Campaign
from campaigns.refusals import Refused

_CHANGE, _RUN = "campaigns.change_campaign", "campaigns.run_campaign"


@dataclass(frozen=True, slots=True)
class Verb:
    """`do(campaign, request)` raises Refused with a sentence, and may return one to say in the place of `done`."""

    permission: str
    do: Callable[[Campaign, HttpRequest], str | None]
    done: str | Promise


def _submit(campaign: Campaign, request: HttpRequest) -> None:
    approval.submit(campaign, request.user)


def _approve(campaign: Campaign, request: HttpRequest) -> None:
    seen = request.POST.get("seen", "")
    approval.decide(campaign, request.user, True, request.POST.get("note", "").strip(), seen=seen)


def _reject(campaign: Campaign, request: HttpRequest) -> None:
    note = request.POST.get("note", "").strip()
    if not note:
        raise Refused(_("Write what is to be changed: the author will read it."))
    approval.decide(campaign, request.user, False, note)


def _withdraw(campaign: Campaign, request: HttpRequest) -> None:
    approval.withdraw(campaign, request.user)


def _start(campaign: Campaign, request: HttpRequest) -> str | None:
    """By the recipients' clocks, the quiet hours or the hours of variants nobody may be written to yet."""
    run = running.start(campaign, request.user)
    if campaign.is_audience:
        return _("Started: the audience is frozen, and goes to the ad account within a minute.")
    at = running.begins_at(run)
    if at is None:
        return None
    told = {"at": date_format(timezone.localtime(at), "j E, H:i")}
    return _("Started: the audience is frozen, the first messages go %(at)s by our clock.") % told


def _pause(campaign: Campaign, request: HttpRequest) -> None:
    running.pause(campaign, request.user)


def _resume(campaign: Campaign, request: HttpRequest) -> None:
    running.resume(campaign, request.user)


def _stop(campaign: Campaign, request: HttpRequest) -> str | None:
    running.stop(campaign, request.user)
    return _("Stopped: everybody is being taken off the list in the ad account.") if campaign.is_audience else None


def _count_unheard(campaign: Campaign, request: HttpRequest) -> None:
    unheard.count_as_not_sent(campaign, request.user)


def _vouch(campaign: Campaign, request: HttpRequest) -> None:
    guard.vouch(campaign, request.user, request.POST.get("seen", ""))


def _inspect(campaign: Campaign, request: HttpRequest) -> None:
    bell.ring_inspection(campaign.pk)


VERBS = {
    "submit": Verb(_CHANGE, _submit, gettext_lazy("Sent for approval: another person decides.")),
    "approve": Verb(approval.APPROVE, _approve, gettext_lazy("Approved: the campaign starts at its time.")),
    "reject": Verb(approval.APPROVE, _reject, gettext_lazy("Returned to the author with your note.")),
    "withdraw": Verb(_CHANGE, _withdraw, gettext_lazy("The campaign is a draft again: it may be edited.")),
    "start": Verb(_RUN, _start, gettext_lazy("Started: the audience is frozen, workers are sending.")),
    "pause": Verb(_RUN, _pause, gettext_lazy("Paused: it keeps its place.")),
    "resume": Verb(_RUN, _resume, gettext_lazy("Resumed.")),
    "stop": Verb(_RUN, _stop, gettext_lazy("Stopped: what was not on its way is cancelled.")),
    "vouch": Verb(approval.APPROVE, _vouch, gettext_lazy("Confirmed: the campaign may start with these values.")),
    "inspect": Verb(_RUN, _inspect, gettext_lazy("It is being looked at again: reload the page in a minute.")),
    "unheard": Verb(_RUN, _count_unheard, gettext_lazy("Counted as not sent: these people may be written to again.")),
}
# About a step of a scenario these are decided with the whole of it.
OF_A_WHOLE_SCENARIO = ("submit", "withdraw", "approve", "reject", "start")


def perform(campaign: Campaign, request: HttpRequest, verb: str) -> None:
    """One of the buttons of the pages, by whoever has the right to it; `Refused` comes back as a message."""
    if verb not in VERBS:
        raise Http404
    act = VERBS[verb]
    if not request.user.has_perm(act.permission):
        raise PermissionDenied
    try:
        if campaign.is_step and verb in OF_A_WHOLE_SCENARIO:
            raise Refused(_("This is a step of a scenario: decide about the whole scenario on its page."))
        said = act.do(campaign, request)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, said or act.done)
