"""Staff, and a campaign as the start page and the matrix see it."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from campaigns.models import Campaign, Run
from campaigns.models.content import Content
from channels.models import Account
from crmsite.models import User, Workplace
from crmsite.roles import GROUPS
from segments.models import Centre, Salesperson


def make_staff(role: str, username: str = "") -> User:
    """A member of staff with one role (a key of `GROUPS`)."""
    user = User.objects.create(username=username or role, first_name="Анна", last_name="Петрова", is_staff=True)
    user.groups.set(Group.objects.filter(name=GROUPS[role].name))
    return user


def at_work(user: User, *centres: Centre, salesperson: Salesperson | None = None) -> User:
    """The user, who works in these centres."""
    Workplace.objects.create(user=user, salesperson=salesperson).centres.set(centres)
    return user


def make_campaign(name: str, author: User, state: str = Campaign.State.DRAFT, **fields: Any) -> Campaign:
    account = Account.objects.get_or_create(name="Ящик", defaults={"channel": "email", "provider": "inbox"})[0]
    return Campaign.objects.create(name=name, author=author, state=state, account=account, salt="s", **fields)


def make_run(campaign: Campaign, *, audience: int = 0, **left_out: int) -> Run:
    now = timezone.now()
    return Run.objects.create(
        id=(now.year * 100 + now.month) * 10**6 + campaign.pk,
        campaign=campaign,
        content=Content.objects.create(campaign=campaign, subject="Тема", body="<mjml/>"),
        account=campaign.account,
        audience=audience,
        left_out=left_out,
        send_until=now + timedelta(hours=72),
    )
