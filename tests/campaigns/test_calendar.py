"""Which days a campaign and an event take, what the filters leave, and what is read from an address."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from campaigns import calendar
from campaigns.calendar import Shown
from campaigns.models import Campaign, Policy, ProductLaunch, Run
from tests.campaigns.builders import make_campaign
from tests.segments.builders import make_brand

MOSCOW = ZoneInfo("Europe/Moscow")
MARCH = Shown("month", date(2027, 3, 17))
WEEK = Shown("week", date(2027, 3, 17))


def at(day: int, hour: int = 10, month: int = 3) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=MOSCOW)


def make_run(campaign: Campaign, started_at: datetime, finished_at: datetime | None = None, **fields: Any) -> Run:
    """A run without messages; `started_at` of the campaign is that of its first run."""
    number = started_at.year * 10**8 + started_at.month * 10**6 + Run.objects.count() + 1
    run = Run.objects.create(
        id=number, campaign=campaign, content=campaign.contents.first(), account=campaign.account, started_at=started_at,
        finished_at=finished_at, send_until=started_at + timedelta(hours=72), **fields,
    )  # fmt: skip
    Campaign.objects.filter(pk=campaign.pk, started_at=None).update(started_at=started_at)
    return run


class Periods(SimpleTestCase):
    def test_a_month_is_shown_in_whole_weeks(self) -> None:
        self.assertEqual((MARCH.first, MARCH.last), (date(2027, 3, 1), date(2027, 4, 4)))
        self.assertEqual(len(MARCH.days), 35)
        self.assertEqual(Shown("month", date(2027, 5, 31)).first, date(2027, 4, 26))

    def test_a_week_is_from_monday_to_sunday(self) -> None:
        for day in range(15, 22):
            shown = Shown("week", date(2027, 3, day))
            self.assertEqual((shown.first, shown.last), (date(2027, 3, 15), date(2027, 3, 21)))

    def test_leafing(self) -> None:
        self.assertEqual((MARCH.before, MARCH.after), (date(2027, 2, 28), date(2027, 4, 1)))
        self.assertEqual((WEEK.before, WEEK.after), (date(2027, 3, 10), date(2027, 3, 24)))
        self.assertEqual(Shown("month", date(2027, 12, 31)).after, date(2028, 1, 1))

    def test_the_moments_are_midnights_of_the_site(self) -> None:
        self.assertEqual(WEEK.moments, (at(15, 0), at(22, 0)))

    def test_what_an_address_says_wrongly_is_not_said(self) -> None:
        self.assertEqual(
            calendar.read({"view": "week", "day": "2027-03-17", "brand": "7", "channel": "sms"}),
            Shown("week", date(2027, 3, 17), 7, "sms"),
        )
        usual = Shown("month", timezone.localdate())
        for wrong in (
            {}, {"view": "year"}, {"day": "31.02.2027"}, {"day": "9999-12-31"}, {"brand": "²"}, {"brand": "9" * 30},
            {"channel": "pigeon"},
        ):  # fmt: skip
            self.assertEqual(calendar.read(wrong), usual, wrong)


class Entries(TestCase):
    def names(self, shown: Shown = MARCH) -> list[str]:
        return [entry.campaign.name for entry in calendar.entries(shown)]

    def test_a_planned_campaign_stands_on_the_day_of_its_start_in_moscow(self) -> None:
        make_campaign(name="Поздно вечером", starts_at=at(21, 23))
        make_campaign(name="В полночь", starts_at=at(22, 0))
        make_campaign(name="Без даты")
        self.assertEqual(self.names(WEEK), ["Поздно вечером"])
        (entry,) = calendar.entries(WEEK)
        self.assertEqual((entry.first, entry.last, entry.is_movable), (date(2027, 3, 21), date(2027, 3, 21), True))

    def test_a_launched_one_stands_on_the_days_of_its_runs(self) -> None:
        campaign = make_campaign(state=Campaign.State.FINISHED, starts_at=at(1))
        make_run(campaign, at(16), at(18))
        make_run(campaign, at(25), at(25, 11))
        first, second = calendar.entries(MARCH)
        self.assertEqual((first.first, first.last, first.is_movable), (date(2027, 3, 16), date(2027, 3, 18), False))
        self.assertEqual((first.again, bool(second.again), second.first), (None, True, date(2027, 3, 25)))

    def test_a_run_that_began_before_is_shown_until_it_ended(self) -> None:
        make_run(make_campaign(name="Шла", state=Campaign.State.FINISHED), at(12), at(15))
        make_run(make_campaign(name="Кончилась", state=Campaign.State.FINISHED), at(12), at(14))
        self.assertEqual(self.names(WEEK), ["Шла"])

    def test_a_run_that_goes_on_lasts_until_now(self) -> None:
        now = timezone.now()
        make_run(make_campaign(state=Campaign.State.RUNNING), now - timedelta(days=2))
        (entry,) = calendar.entries(Shown("month", timezone.localdate()))
        self.assertEqual(entry.last, timezone.localdate())

    def test_a_stopped_one_ends_with_its_campaign(self) -> None:
        campaign = make_campaign(state=Campaign.State.STOPPED, finished_at=at(17))
        make_run(campaign, at(16))
        self.assertEqual(calendar.entries(MARCH)[0].last, date(2027, 3, 17))

    def test_filters(self) -> None:
        brand, other = make_brand(), make_brand("Haval")
        make_campaign(name="Свой", brand=brand, starts_at=at(2))
        make_campaign(name="Общий", starts_at=at(3), channel="sms")
        make_campaign(name="Чужой", brand=other, starts_at=at(4))
        make_run(make_campaign(name="Чужой ушёл", brand=other, state=Campaign.State.FINISHED), at(5), at(6))
        self.assertEqual(self.names(Shown("month", MARCH.day, brand.pk)), ["Свой", "Общий"])
        self.assertEqual(self.names(Shown("month", MARCH.day, brand.pk, "sms")), ["Общий"])
        self.assertEqual(len(self.names()), 4)

    def test_the_queries_do_not_grow(self) -> None:
        for day in range(1, 20):
            campaign = make_campaign(brand=make_brand(f"Марка {day}"), starts_at=at(day))
            if day % 2:
                make_run(campaign, at(day), at(day, 12))
        with self.assertNumQueries(2):
            self.assertEqual(len({str(entry.campaign.brand) for entry in calendar.entries(MARCH)}), 19)

    def test_all_of_one_campaign(self) -> None:
        campaign = make_campaign()
        self.assertEqual(calendar.entries_of(campaign), [])
        campaign.starts_at = at(5)
        self.assertEqual([entry.begins for entry in calendar.entries_of(campaign)], [at(5)])
        make_run(campaign, at(6), at(7))
        self.assertEqual([entry.begins for entry in calendar.entries_of(campaign)], [at(6)])

    def test_drafts_that_wait_for_a_day(self) -> None:
        make_campaign(name="С датой", starts_at=at(5))
        make_campaign(name="Ушла", state=Campaign.State.FINISHED)
        draft = make_campaign(name="Без даты")
        self.assertEqual(list(calendar.undated(MARCH)), [draft])
        self.assertEqual(list(calendar.undated(Shown("month", MARCH.day, channel="sms"))), [])


class Days(TestCase):
    def test_each_day_has_what_touches_it(self) -> None:
        Policy.objects.update_or_create(pk=Policy.ONLY, defaults={"days_off": ["03-08"]})
        event = ProductLaunch.objects.create(title="Премьера", starts_on=date(2027, 2, 20), ends_on=date(2027, 3, 2))
        make_run(make_campaign(state=Campaign.State.FINISHED), at(2), at(3))
        board = {day.date: day for day in calendar.days(MARCH, calendar.entries(MARCH), calendar.launches(MARCH))}
        self.assertEqual(list(board), MARCH.days)
        second, third = board[date(2027, 3, 2)], board[date(2027, 3, 3)]
        self.assertEqual((second.launches, [later for _entry, later in second.entries]), ([event], [False]))
        self.assertEqual((third.launches, [later for _entry, later in third.entries]), ([], [True]))
        self.assertEqual([day.date for day in board.values() if day.is_off], [date(2027, 3, 8)])
        self.assertEqual([day.date.day for day in board.values() if day.is_outside], [1, 2, 3, 4])

    def test_events_of_a_brand_and_those_of_all(self) -> None:
        brand = make_brand()
        day = {"starts_on": date(2027, 3, 10)}
        for title, whose in (("Своё", brand), ("Общее", None), ("Чужое", make_brand("Haval"))):
            ProductLaunch.objects.create(title=title, brand=whose, **day)
        ProductLaunch.objects.create(title="Прошло", starts_on=date(2027, 2, 1), ends_on=date(2027, 2, 28))
        self.assertEqual(
            [event.title for event in calendar.launches(Shown("month", MARCH.day, brand.pk))], ["Своё", "Общее"]
        )
        self.assertEqual(calendar.launches(MARCH).count(), 3)

    def test_an_event_does_not_end_before_it_begins(self) -> None:
        event = ProductLaunch(title="Назад", starts_on=date(2027, 3, 2), ends_on=date(2027, 3, 1))
        with self.assertRaisesMessage(ValidationError, "раньше первого"):
            event.full_clean()
        with self.assertRaises(IntegrityError), transaction.atomic():
            event.save()
        event.ends_on = date(2028, 3, 2)
        with self.assertRaisesMessage(ValidationError, "не больше года"):
            event.full_clean()
