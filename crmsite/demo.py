"""The demo base: invented people with history up to today, staff to log in as, and what they would have set up."""

import io
import secrets
import tempfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import permission
from channels.models import Account, Channel
from crmsite.demo_base.export import export
from crmsite.demo_calls import make_calls
from crmsite.demo_campaign import make_campaigns
from crmsite.roles import GROUPS
from segments.models import Customer, Segment
from segments.ready_made import begin
from segments.refreshing import refresh
from tracking.models import SubstituteNumber

PEOPLE = 3000
SEED = 7
SOURCE = "1С:Альфа-Авто"
# login: (role of crmsite.roles.GROUPS, first name, last name)
STAFF = {
    "manager": ("manager", "Марина", "Орлова"),
    "approver": ("approver", "Олег", "Лазарев"),
    "analyst": ("analyst", "Ирина", "Белова"),
    "security": ("security", "Пётр", "Громов"),
    "admin": ("administrator", "Антон", "Зимин"),
    "seller": ("salesperson", "Павел", "Соколов"),
    "head": ("head_of_sales", "Игорь", "Власов"),
    "operator": ("operator", "Юлия", "Ветрова"),
}
NUMBERS = [f"+7812600{number:04d}" for number in range(4101, 4113)]
# The audience of big mailings, beside the ready-made segments that an installation starts with.
EVERYBODY = "soglasny"
EVERYBODY_RULE = {"all": [{"field": "email_consent", "op": "is", "value": True}]}


def is_empty() -> bool:
    """Whether nobody is in the base: then it may be filled, any other is left alone."""
    return not Customer.objects.exists()


def load(say: Callable[[str], Any]) -> None:
    say(_("The base is empty: making %(people)d invented people…") % {"people": PEOPLE})
    make_staff()
    make_accounts()
    load_people()
    make_segments()
    SubstituteNumber.objects.bulk_create([SubstituteNumber(number=each) for each in NUMBERS], ignore_conflicts=True)
    permission.turn_on(get_user_model().objects.get(username="admin"))
    make_campaigns(NUMBERS)
    make_calls()
    say(_("The demo base is loaded."))


def password() -> str:
    """Of each of the demo staff; made by chance once per installation, kept in `$VAR_DIR`. Empty: none was made."""
    try:
        return _password_file().read_text()
    except FileNotFoundError:
        return ""


def make_staff() -> None:
    """Whoever exists already keeps the password they have."""
    if not password():
        _password_file().touch(mode=0o600)
        _password_file().write_text(secrets.token_hex(4))
    for login, (role, first, last) in STAFF.items():
        user, made = get_user_model().objects.get_or_create(
            username=login, defaults={"first_name": first, "last_name": last, "is_staff": True}
        )
        if made:
            user.set_password(password())
            user.save()
        user.groups.add(Group.objects.get(name=GROUPS[role].name))


def make_accounts() -> None:
    """Letters go to the built-in inbox until somebody adds a mail server; SMS into the journal until a person enters
    the provider's key and lets them go."""
    if not Account.objects.filter(channel=Channel.EMAIL, is_default=True).exists():
        Account.objects.create(
            name=_("Built-in inbox"),
            channel=Channel.EMAIL,
            provider="inbox",
            sender_name="Альфа-Авто",
            sender_address="news@alfa-avto.example",
            is_default=True,
        )
    if not Account.objects.filter(channel=Channel.SMS, is_default=True).exists():
        Account.objects.create(
            name="SMSC.ru", channel=Channel.SMS, provider="smsc", sender_name="ALFA-AVTO", cost=Decimal("4.20"),
            is_default=True,
        )  # fmt: skip


def load_people(people: int = PEOPLE, today: date | None = None) -> None:
    """The same import that the admin runs, on an export that ends today."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        export(people, SEED, out, today=today or timezone.localdate())
        files = {"cards": out / "counterparties.csv", "documents": out / "documents.csv"}
        call_command("import_base", source=SOURCE, stdout=io.StringIO(), **files)


def make_segments() -> None:
    owner = get_user_model().objects.get(username="manager")
    everybody, _made = Segment.objects.get_or_create(
        slug=EVERYBODY,
        defaults={
            "name": "Согласны на письма",
            "description": "Все, кто разрешил писать на почту: для больших рассылок.",
            "plan": "Общие новости и акции, не чаще раза в месяц",
            "plan_reason": "То, что касается всех: выгода видна по звонкам и визитам против контрольной группы.",
            "rule": {"format": 1, "rule": EVERYBODY_RULE},
            "owner": owner,
        },
    )
    for segment in (everybody, *begin(owner)):
        refresh(segment)


def _password_file() -> Path:
    return settings.VAR_DIR / "demo_password"
