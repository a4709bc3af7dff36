"""What stands in the way of an audience export, and what an approval of it is bound to."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.ad_audiences.listing import ends_at, occupied
from campaigns.models import AdAudience, Campaign
from channels import legal
from channels.audiences import SERVICES, service_class
from channels.audiences.base import ADVERTISING_PLATFORMS
from channels.audiences.words import too_few
from channels.models import Account, ListAccount
from channels.providers.base import default_of


def of(campaign: Campaign) -> AdAudience | None:
    return getattr(campaign, "ad_audience", None)


def cabinets() -> list[tuple[ListAccount, str]]:
    """(account, kind of address) of every ad account in use: mailing services are none, they write to people."""
    accounts = [each for each in ListAccount.objects.filter(is_active=True) if each.provider in SERVICES]
    return [
        (account, kind)
        for account in accounts
        for kind, channel in service_class(account.provider).kinds.items()
        if channel == ADVERTISING_PLATFORMS
    ]


def obstacles(campaign: Campaign) -> list[str]:
    """What is wrong with the plan; whether there are people enough is asked of the audience (`short_of`)."""
    audience = of(campaign)
    if audience is None:
        return [_("It is not said which ad account it goes to: open the form and choose one.")]
    found = []
    if not campaign.segments_in.exists():
        found.append(_("The campaign has no audience: choose at least one segment."))
    if not audience.account.is_active:
        found.append(_("The account “%(name)s” is not in use: choose another one.") % {"name": audience.account})
    begins = max(campaign.starts_at or timezone.now(), timezone.now())
    if ends_at(audience) <= begins:
        found.append(_("The last day is before the start: choose a later one."))
    day = timezone.localdate(begins)
    return found + [
        each for each in (occupied(audience), legal.hindrance(campaign.channel, campaign.purpose, day)) if each
    ]


def short_of(campaign: Campaign, people: int) -> str:
    """Why the ad account would not begin a list with so few people; '' when it would, or has the list already."""
    audience = of(campaign)
    if audience is None or not people:
        return ""
    least = fewest(audience)
    return too_few(people, least) if people < least else ""


def fewest(audience: AdAudience) -> int:
    """The fewest addresses that a new list there begins with; 0 where any number will do."""
    declared = service_class(audience.account.provider).options.get("minimum")
    if declared is None:
        return 0
    return int((audience.account.options or {}).get("minimum", default_of(declared)))


def warnings(campaign: Campaign) -> list[str]:
    audience = of(campaign)
    if audience is None or audience.account.mode != Account.Mode.JOURNAL:
        return []
    sentence = _("The account “%(name)s” keeps a journal: nothing leaves, and nobody will be in the ad account.")
    return [sentence % {"name": audience.account}]


def send_until(campaign: Campaign, now: datetime) -> datetime:
    """Until when its people may come to the list."""
    audience = of(campaign)
    return ends_at(audience) if audience else now


def approved_part(campaign: Campaign) -> list[Any]:
    audience = of(campaign)
    if audience is None:
        return []
    return [audience.account_id, audience.kind, audience.list_name, audience.budget, audience.ends_on.isoformat()]


def copy(campaign: Campaign, draft: Campaign) -> None:
    """With as long a period, from now on. The list is a new one, unless it has a name of its own."""
    if audience := of(campaign):
        begins = timezone.localdate(campaign.starts_at or campaign.started_at or campaign.created_at)
        lasts = max(audience.ends_on - begins, timedelta(0))
        AdAudience.objects.create(
            campaign=draft, account=audience.account, kind=audience.kind, list_name=audience.list_name,
            budget=audience.budget, ends_on=timezone.localdate() + lasts,
        )  # fmt: skip
