"""A start by each recipient's own clock: when each zone is written to, and when the campaign begins."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from campaigns import approval, jobs, local_clock, planning, running
from campaigns.cloning import clone
from campaigns.models import Campaign, Chunk, Message, Policy, Run
from campaigns.policy import Arbiter
from campaigns.readiness import NO_HOUR, obstacles
from segments.models import Customer, CustomerZone
from tests.campaigns.builders import approve, make_campaign, make_reader
from tests.campaigns.launches import launched
from tests.segments.builders import make_facts, make_segment, make_staff

MOSCOW = ZoneInfo("Europe/Moscow")
EAST, WEST, HOME = "Asia/Vladivostok", "Europe/Kaliningrad", "Europe/Moscow"
DAY = datetime(2026, 3, 17, tzinfo=MOSCOW)


def at(hour: float, day: int = 0) -> datetime:
    """By the clock of Moscow."""
    return DAY + timedelta(days=day, hours=hour)


def campaign_at_11(**fields: object) -> Campaign:
    return Campaign(channel="sms", starts_at=at(11), on_local_clock=True, **fields)


def goes(now: datetime, zone: str, *, campaign: Campaign | None = None, **policy: object) -> datetime:
    return local_clock.goes_at(campaign or campaign_at_11(), Policy(**policy), zone, now)


def test_the_hour_hangs_on_the_wall_of_each_zone() -> None:
    begun = at(3.5)
    assert [goes(begun, zone) for zone in (EAST, HOME, WEST)] == [at(4), at(11), at(12)]


def test_whose_hour_is_past_gets_it_at_once_by_day_and_within_the_patience_of_the_campaign() -> None:
    assert goes(at(13), EAST) == at(13)  # 20:00 there, nine hours late
    assert goes(at(13), EAST, campaign=campaign_at_11(lateness_hours=8)) == at(4, day=1)


def test_whose_hour_is_past_waits_for_it_through_the_night_whatever_the_channel() -> None:
    letter = Campaign(channel="email", starts_at=at(11), on_local_clock=True)
    assert goes(at(15.5), EAST, campaign=letter) == at(4, day=1)  # 22:30 there
    assert goes(at(20), EAST, campaign=letter) == at(4, day=1)  # 3:00 of the next day there: that day has not come yet


def test_a_start_of_some_minutes_after_the_hour_misses_nobody() -> None:
    early = Campaign(channel="email", starts_at=at(8), on_local_clock=True)
    assert goes(at(8.2), HOME, campaign=early) == at(8.2)  # before the hours of the policy, which letters need not keep


def test_hours_and_days_off_of_the_channel_come_after() -> None:
    early = Campaign(channel="sms", starts_at=at(8), on_local_clock=True)
    assert goes(at(0), HOME, campaign=early) == at(9)
    assert goes(at(3), HOME, days_off=["03-17"]) == at(9, day=1)


def test_an_hour_that_the_clock_leaps_over_or_repeats_is_one_moment() -> None:
    leap = Campaign(channel="email", on_local_clock=True, starts_at=datetime(2026, 3, 29, 2, 30, tzinfo=MOSCOW))
    began = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert goes(began, "Europe/Berlin", campaign=leap) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 3:30 of the summer
    back = Campaign(channel="email", on_local_clock=True, starts_at=datetime(2026, 10, 25, 2, 30, tzinfo=MOSCOW))
    assert goes(began, "Europe/Berlin", campaign=back) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_by_the_clock_of_the_holding_nothing_is_asked_of_zones() -> None:
    assert goes(at(12), EAST, campaign=Campaign(channel="sms", starts_at=at(11))) == at(12)
    assert local_clock.departures(Campaign(channel="sms", starts_at=at(11)), {EAST: 3}, at(3)) == []


def reader_in(zone: str) -> Customer:
    reader = make_reader()
    CustomerZone.objects.create(facts=make_facts(reader), time_zone=zone, source="city")
    return reader


@pytest.fixture
def people(db: None) -> list[Customer]:
    """In the east, in the west, and one of whom nothing is known."""
    return [reader_in(EAST), reader_in(WEST), make_reader()]


def tomorrow_at_11() -> datetime:
    return timezone.localtime().replace(hour=11, minute=0, second=0, microsecond=0) + timedelta(days=1)


def of_tomorrow(people: list[Customer], **fields: object) -> Campaign:
    return make_campaign(make_segment(*people), starts_at=tomorrow_at_11(), on_local_clock=True, **fields)


def due(run: Run) -> dict[int, datetime]:
    """{customer: when her chunk may go}"""
    customers = dict(Message.objects.filter(run_id=run.pk).values_list("pk", "customer_id"))
    chunks = Chunk.objects.filter(run_id=run.pk)
    return {customers[pk]: chunk.due_at for chunk in chunks for pk in chunk.message_ids}


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
def test_chunks_are_due_by_zone_and_the_run_lasts_for_the_last_of_them(people: list[Customer]) -> None:
    east, west, unknown = people
    hour = tomorrow_at_11()
    run = launched(*people, starts_at=hour, on_local_clock=True)
    assert due(run) == {
        east.pk: hour - timedelta(hours=7), west.pk: hour + timedelta(hours=1), unknown.pk: hour,
    }  # fmt: skip
    assert run.send_until == hour + planning.SEND_FOR + timedelta(days=1)
    assert running.progress(run)["waits_until"] == hour - timedelta(hours=7)


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
def test_whoever_starts_it_now_reads_when_the_first_messages_go(people: list[Customer], client: Client) -> None:
    hour = tomorrow_at_11()
    campaign = make_campaign(make_segment(*people), starts_at=hour, on_local_clock=True)
    approve(campaign)
    client.force_login(make_staff("campaigns.view_campaign", "campaigns.run_campaign"))
    page = client.post(reverse("admin:campaigns_campaign_verb", args=[campaign.pk, "start"]), follow=True)
    first = date_format(timezone.localtime(hour - timedelta(hours=7)), "j E, H:i")
    assert f"первые сообщения уйдут {first} по нашим часам" in page.content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
def test_it_is_spread_from_the_hour_of_each_zone_on(people: list[Customer]) -> None:
    mates = [reader_in(EAST) for _ in range(2)]
    hour = tomorrow_at_11()
    run = launched(*people, *mates, starts_at=hour, on_local_clock=True, spread_hours=3)
    eastern = sorted(due(run)[person.pk] - hour for person in (people[0], *mates))
    assert eastern == [timedelta(hours=hours) for hours in (-7, -6, -5)]


@pytest.mark.django_db
def test_the_plan_tells_who_goes_when(people: list[Customer]) -> None:
    campaign = of_tomorrow(people)
    hour = campaign.starts_at
    found = local_clock.departures(campaign, planning.forecast(campaign).by_zone, timezone.now())
    assert [(each.at, each.zones, each.people, each.is_past) for each in found] == [
        (hour - timedelta(hours=7), [EAST], 1, False),
        (hour, [HOME], 1, False),
        (hour + timedelta(hours=1), [WEST], 1, False),
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
def test_how_far_each_zone_is(people: list[Customer]) -> None:
    run = launched(*people, starts_at=tomorrow_at_11(), on_local_clock=True)
    assert [(each.people, each.done) for each in local_clock.of_last_run(run.campaign)] == [(1, 0)] * 3
    running.stop(run.campaign)
    assert [(each.people, each.done) for each in local_clock.of_last_run(run.campaign)] == [(1, 1)] * 3


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
def test_the_scheduler_begins_before_the_first_hour_of_the_base(people: list[Customer]) -> None:
    campaign = make_campaign(make_segment(*people), on_local_clock=True)
    for before, state in ((timedelta(hours=7, minutes=10), "scheduled"), (timedelta(hours=7, minutes=2), "running")):
        Campaign.objects.filter(pk=campaign.pk).update(starts_at=timezone.now() + before, state="draft")
        campaign.refresh_from_db()
        approve(campaign)
        jobs.sweep()
        campaign.refresh_from_db()
        assert campaign.state == state
    assert Chunk.objects.filter(due_at__lte=timezone.now()).count() == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
def test_late_it_is_by_the_clock_of_the_holding(people: list[Customer]) -> None:
    campaign = make_campaign(make_segment(*people), on_local_clock=True, lateness_hours=2)
    Campaign.objects.filter(pk=campaign.pk).update(starts_at=timezone.now() - timedelta(hours=1))
    campaign.refresh_from_db()
    approve(campaign)
    jobs.sweep()
    campaign.refresh_from_db()
    assert campaign.state == "running"


@pytest.mark.django_db
def test_without_an_hour_it_is_not_sent_for_approval(people: list[Customer]) -> None:
    campaign = make_campaign(make_segment(*people), on_local_clock=True)
    assert str(NO_HOUR) in obstacles(campaign)


@pytest.mark.django_db
def test_an_approval_is_of_the_clock_too_and_a_copy_keeps_it(people: list[Customer]) -> None:
    campaign = of_tomorrow(people)
    seen = approval.fingerprint(campaign)
    campaign.on_local_clock = False
    assert approval.fingerprint(campaign) != seen
    campaign.on_local_clock = True
    assert clone(campaign, campaign.author).on_local_clock


@pytest.mark.django_db
@pytest.mark.usefixtures("permitted")
def test_whoever_has_to_wait_for_another_day_is_written_to_at_the_same_hour(people: list[Customer]) -> None:
    east = people[0]
    run = launched(east, starts_at=tomorrow_at_11(), on_local_clock=True)
    arbiter = Arbiter(run.campaign, run.send_until, Policy.now())
    day = timezone.localdate() + timedelta(days=2)
    assert arbiter._on(day, EAST).until == datetime.combine(day, run.campaign.local_hour, ZoneInfo(EAST))
