"""When a message may go by the recipient's clock: the hours and days off of the contact policy.

No federal rule names hours for advertising over SMS; 9 to 22 is the practice that complaints are measured by.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.models.policy import Policy

FARTHEST = 366  # days that are looked through: a policy that opens none of them opens never


def opens_at(policy: Policy, channel: str, time_zone: str, now: datetime) -> datetime:
    """The earliest moment from `now` on (UTC) at which a message over this channel may reach somebody in the zone (IANA
    name). `datetime.max` where every day is off. Hours that end where they begin, or earlier, go past midnight."""
    return day_opens_at(policy, time_zone, now) if channel in policy.quiet_channels else now


def day_opens_at(policy: Policy, time_zone: str, now: datetime) -> datetime:
    """The same by the hours and days off alone, whatever the channel."""
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    for ahead in range(-1, FARTHEST):
        day = local.date() + timedelta(days=ahead)
        if not is_off(policy, day):
            begins, ends = _hours(policy, day, zone)
            if now < ends:
                return max(now, begins)
    return datetime.max.replace(tzinfo=UTC)


def local_day(time_zone: str, moment: datetime) -> date:
    """The recipient's day."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def is_off(policy: Policy, day: date) -> bool:
    return f"{day:%m-%d}" in policy.days_off or f"{day:%Y-%m-%d}" in policy.days_off


def _hours(policy: Policy, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, policy.hours_from, zone)
    ends = datetime.combine(day, policy.hours_until, zone)
    if ends <= begins:
        ends = datetime.combine(day + timedelta(days=1), policy.hours_until, zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)
