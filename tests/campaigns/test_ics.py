"""The file that calendar programs read: what is escaped, what stays the same when a campaign is moved."""

from datetime import date, timedelta
from typing import Any

from django.test import TestCase
from icalendar import Calendar

from campaigns import calendar, ics
from campaigns.models import Campaign, ProductLaunch
from tests.campaigns.builders import make_campaign
from tests.campaigns.test_calendar import MARCH, at, make_run
from tests.segments.builders import make_brand


class File(TestCase):
    def read(self, *campaigns: Campaign, events: Any = ()) -> list[Any]:
        entries = [entry for campaign in campaigns for entry in calendar.entries_of(campaign)]
        return Calendar.from_ical(ics.written(entries, events, site="https://crm.example")).walk("VEVENT")

    def test_a_planned_campaign_with_awkward_words(self) -> None:
        name = "Скидки; «зима», 20 %\\ " + "очень длинное название " * 4
        campaign = make_campaign(name=name.strip(), brand=make_brand(), starts_at=at(5))
        raw = ics.written(calendar.entries_of(campaign))
        self.assertTrue(all(len(line) <= 75 for line in raw.split(b"\r\n")))
        (event,) = self.read(campaign)
        self.assertEqual(str(event["summary"]), name.strip())
        self.assertEqual((event["dtstart"].dt, event["dtend"].dt), (at(5), at(5) + timedelta(hours=1)))
        self.assertIn("Бренд: Toyota", event["description"])
        self.assertEqual(event["url"], f"https://crm.example/admin/campaigns/campaign/{campaign.pk}/change/")
        self.assertEqual(event["status"], "TENTATIVE")

    def test_a_line_break_in_a_name_adds_no_property(self) -> None:
        (event,) = self.read(make_campaign(name="Раз\r\nSTATUS:CANCELLED", starts_at=at(5)))
        self.assertEqual(event["status"], "TENTATIVE")

    def test_a_moved_campaign_keeps_its_uid_also_once_it_is_launched(self) -> None:
        campaign = make_campaign(starts_at=at(5))
        (before,) = self.read(campaign)
        campaign.starts_at = at(9)
        (moved,) = self.read(campaign)
        make_run(campaign, at(9), at(9, 12))
        make_run(campaign, at(20), at(20, 12))
        first, second = self.read(campaign)
        self.assertEqual({before["uid"], moved["uid"]}, {first["uid"]})
        self.assertNotEqual(first["uid"], second["uid"])
        self.assertEqual(first["dtend"].dt, at(9, 12))

    def test_states(self) -> None:
        for state, status in (("draft", "TENTATIVE"), ("scheduled", "CONFIRMED"), ("stopped", "CANCELLED")):
            (event,) = self.read(make_campaign(state=state, starts_at=at(5)))
            self.assertEqual(event["status"], status)

    def test_an_event_ends_the_day_after_its_last(self) -> None:
        ProductLaunch.objects.create(title="Новый год", starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 3))
        ProductLaunch.objects.create(title="Премьера", starts_on=date(2027, 3, 2))
        first, second = self.read(events=calendar.launches(MARCH))
        self.assertEqual((first["dtstart"].dt, first["dtend"].dt), (date(2027, 3, 1), date(2027, 3, 4)))
        self.assertEqual((second["dtstart"].dt, second["dtend"].dt), (date(2027, 3, 2), date(2027, 3, 3)))
        self.assertEqual(len({first["uid"], second["uid"]}), 2)

    def test_nothing_to_show_is_a_file_too(self) -> None:
        self.assertEqual(self.read(), [])
