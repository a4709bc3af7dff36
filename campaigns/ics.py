"""Campaigns and calendar events as a file of RFC 5545, for Outlook, Thunderbird or a phone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from campaigns.calendar import Entry
from campaigns.models import Campaign, ProductLaunch

PRODUCT = "-//Krug//CRM campaigns//RU"
PLANNED_FOR = timedelta(hours=1)  # at least so long an entry is drawn
TENTATIVE, CONFIRMED, CANCELLED = "TENTATIVE", "CONFIRMED", "CANCELLED"
# A calendar program shows what is not settled yet as tentative.
STATUS = {
    Campaign.State.DRAFT: TENTATIVE,
    Campaign.State.IN_REVIEW: TENTATIVE,
    Campaign.State.STOPPED: CANCELLED,
}


def written(campaigns: Iterable[Entry], events: Iterable[ProductLaunch] = (), *, site: str = "") -> bytes:
    """The file; `site` ("https://crm.example") is before the links to campaigns. A campaign keeps its UID wherever it is
    moved: taking the file in again moves it too."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Krug: campaigns"))
    now = timezone.now()
    for entry in campaigns:
        event = _campaign(entry, now)
        event.add("url", site + reverse("admin:campaigns_campaign_change", args=[entry.campaign.pk]))
        calendar.add_component(event)
    for launch in events:
        calendar.add_component(_launch(launch, now))
    return calendar.to_ical()


def _campaign(entry: Entry, now: datetime) -> Event:
    campaign = entry.campaign
    begins = timezone.localtime(entry.begins)
    ends = max(timezone.localtime(entry.ends or entry.begins), begins + PLANNED_FOR)
    lines = [
        _("Channel: %(channel)s") % {"channel": campaign.get_channel_display()},
        _("State: %(state)s") % {"state": campaign.get_state_display()},
        _("Brand: %(brand)s") % {"brand": campaign.brand or _("the whole holding")},
    ]
    if campaign.local_hour and entry.ends is None:
        lines.append(_("The hour is each recipient's own."))
    event = _bare(f"campaign-{campaign.pk}" + (f"-{entry.again}" if entry.again else ""), campaign.name, now)
    event.add("dtstart", begins)
    event.add("dtend", ends)
    event.add("description", "\n".join(lines))
    event.add("categories", [str(campaign.get_channel_display())])
    event.add("status", STATUS.get(Campaign.State(campaign.state), CONFIRMED))
    return event


def _launch(launch: ProductLaunch, now: datetime) -> Event:
    event = _bare(f"event-{launch.pk}", launch.title, now)
    event.add("dtstart", launch.starts_on)
    event.add("dtend", launch.last_day + timedelta(days=1))  # the day after: RFC 5545, 3.6.1
    event.add("description", str(launch.brand or _("all brands")))
    event.add("categories", [str(launch.get_kind_display())])
    event.add("transp", "TRANSPARENT")
    return event


def _bare(uid: str, summary: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{urlsplit(settings.PUBLIC_URL).hostname or 'krug'}")
    event.add("dtstamp", now)
    event.add("summary", summary)
    return event
