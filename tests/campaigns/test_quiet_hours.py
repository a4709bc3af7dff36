"""Hours and days off of the contact policy, by the recipient's clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models.policy import Policy
from campaigns.quiet_hours import is_off, local_day, opens_at

ZONES = ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Vladivostok", "Asia/Kamchatka")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Moscow"))


class Hours(SimpleTestCase):
    def opens(self, now: str, zone: str = "Europe/Moscow", channel: str = "sms", **policy: object) -> datetime:
        return opens_at(Policy(**policy), channel, zone, moscow(now))

    def test_by_day_it_goes_at_once_and_by_night_it_waits_for_nine(self) -> None:
        for now, then in (
            ("2026-11-22T12:00", "2026-11-22T12:00"),
            ("2026-11-22T09:00", "2026-11-22T09:00"),
            ("2026-11-22T08:59", "2026-11-22T09:00"),
            ("2026-11-22T22:00", "2026-11-23T09:00"),
            ("2026-11-23T01:30", "2026-11-23T09:00"),
        ):
            with self.subTest(now):
                self.assertEqual(self.opens(now), moscow(then))

    def test_it_is_the_recipients_clock(self) -> None:
        noon = "2026-11-22T16:00"  # 23:00 in Vladivostok
        self.assertEqual(self.opens(noon, "Asia/Vladivostok"), moscow("2026-11-23T02:00"))
        self.assertEqual(self.opens("2026-11-22T05:00", "Asia/Vladivostok"), moscow("2026-11-22T05:00"))

    def test_letters_wait_in_their_mailbox(self) -> None:
        self.assertEqual(self.opens("2026-11-22T03:00", channel="email"), moscow("2026-11-22T03:00"))
        quiet = ["email"]
        night = "2026-11-22T03:00"
        self.assertEqual(self.opens(night, channel="email", quiet_channels=quiet), moscow("2026-11-22T09:00"))

    def test_days_off_are_of_every_year_or_of_one(self) -> None:
        off = ["01-01", "01-02", "2027-01-03"]
        self.assertEqual(self.opens("2026-12-31T22:30", days_off=off), moscow("2027-01-04T09:00"))
        self.assertEqual(self.opens("2027-12-31T22:30", days_off=off), moscow("2028-01-03T09:00"))

    def test_hours_past_midnight_belong_to_the_day_on_which_they_began(self) -> None:
        late = {"hours_from": time(20), "hours_until": time(2)}
        self.assertEqual(self.opens("2026-11-23T01:00", **late), moscow("2026-11-23T01:00"))
        self.assertEqual(self.opens("2026-11-23T02:00", **late), moscow("2026-11-23T20:00"))
        self.assertEqual(self.opens("2026-11-23T01:00", days_off=["11-22"], **late), moscow("2026-11-23T20:00"))

    def test_a_policy_without_an_open_day_opens_never(self) -> None:
        every_day = [f"{datetime(2028, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366)]
        self.assertEqual(self.opens("2026-11-22T12:00", days_off=every_day).year, datetime.max.year)

    @given(MOMENTS, st.sampled_from(ZONES), TIMES, TIMES, st.lists(st.integers(0, 9), max_size=4))
    def test_it_opens_within_hours_on_no_day_off_and_never_later_than_it_must(
        self, now: datetime, zone: str, begins: time, ends: time, off: list[int]
    ) -> None:
        days = [f"{now + timedelta(days=n):%Y-%m-%d}" for n in off]
        policy = Policy(hours_from=begins, hours_until=ends, days_off=days)
        opened = opens_at(policy, "sms", zone, now)
        self.assertGreaterEqual(opened, now)
        self.assertTrue(_is_open(policy, zone, opened))
        minutes = int((opened - now) / timedelta(minutes=1))
        for passed in range(0, minutes, 7):
            self.assertFalse(_is_open(policy, zone, now + timedelta(minutes=passed)))


def _is_open(policy: Policy, zone: str, moment: datetime) -> bool:
    """The same said in another way: by the wall clock."""
    local = moment.astimezone(ZoneInfo(zone))
    today, clock = local_day(zone, moment), local.time()
    if policy.hours_from < policy.hours_until:
        return policy.hours_from <= clock < policy.hours_until and not is_off(policy, today)
    yesterday = today - timedelta(days=1)
    late = clock < policy.hours_until and not is_off(policy, yesterday)
    return late or (clock >= policy.hours_from and not is_off(policy, today))
