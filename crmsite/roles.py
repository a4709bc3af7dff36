"""Who may do what: the roles of the staff, as groups that every migration brings to what is declared here.

A group that is declared here is not edited in the admin (its page is read-only): the next migration would take
the edit back. What each role may open is declared in `crmsite.rights` and compared with the site in a test.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db.models import Q


@dataclass(frozen=True)
class Role:
    """`name` is what people read in the list of groups (Russian, data of this installation)."""

    name: str
    permissions: tuple[str, ...]


def _all(*actions: str, of: str) -> tuple[str, ...]:
    """`_all("view", "add", of="segments.source centre")` → every action on every model of the app."""
    app, models = of.split(".")
    return tuple(f"{app}.{action}_{model}" for model in models.split() for action in actions)


DICTIONARIES = "segments.brand brandspelling carmodel city cityspelling operationspelling centre salesperson source"
READ_STOCK = _all("view", of="segments.carinstock centretraffic")
READ_BASE = READ_STOCK + _all(
    "view",
    of="segments.externallist customer card household importbatch segment mapping rfmline rfmsegment contactlist",
)
READ_CAMPAIGNS = (
    *_all(
        "view",
        of="campaigns.campaign game layer messagetemplate pointsentry policy productlaunch promopool promoredemption promotill referral referralprogramme scenario season snippet",
    ),
    "channels.view_account",
)
# Who sees only the customers of the centres where he works (`crmsite.workplaces`), and what they all may.
OWN_CENTRES = ("salesperson", "head_of_sales", "operator")
SERVE = (
    "segments.view_customer", "segments.reveal_contacts", "segments.record_refusal",
    "campaigns.view_calltask", "campaigns.tell_calltask",
)  # fmt: skip
WATCH_CALLS = ("campaigns.view_calltask", "campaigns.view_all_calltask", "campaigns.view_call_report")
READ_RESULTS = _all(
    "view",
    of="tracking.calltrackingaccount substitutenumber numberlease call surveyanswer npsanswer site websiteevent cost adspend linemargin attributionwindow reportmailing",
)

GROUPS: dict[str, Role] = {
    "manager": Role(
        "CRM-менеджер",
        (
            *READ_BASE, *READ_CAMPAIGNS, *READ_RESULTS, *_all("view", of=DICTIONARIES),
            *_all("view", "change", of="segments.unknownword"), "segments.run_import", "segments.undo_import", *_all("add", "change", of="segments.importbatch segment"), *_all("change", of="segments.rfmline rfmsegment"), "segments.delete_segment",
            *_all("change", "delete", of="segments.mapping"),
            *_all("add", "change", "delete", of="segments.contactlist"), "segments.view_feed",
            *_all("add", of="segments.source"), "segments.reveal_contacts", "segments.merge_customers",
            "segments.record_refusal",
            *_all("add", "change", "delete", of="campaigns.campaign layer productlaunch season snippet"), *_all("add", "change", of="campaigns.game promopool referralprogramme scenario"), "campaigns.run_campaign", "campaigns.redeem_promocode", "campaigns.add_pointsentry",
            *_all("view", of="channels.inboxletter journalentry"), *_all("view", "change", "answer", of="campaigns.reply"), *_all("view", "add", "change", "delete", of="campaigns.chattree keywordrule"),
            *_all("add", "change", of="tracking.substitutenumber numberlease"), "tracking.add_call", "tracking.listen_call", *WATCH_CALLS,
            *_all("add", "change", "delete", of="tracking.cost adspend reportmailing"), *_all("view", of="tracking.reportaddress"), *_all("change", of="tracking.linemargin attributionwindow"),
        ),
    ),
    "cashier": Role("Кассир", ("campaigns.redeem_promocode",)),
    "approver": Role(
        "Согласующий",
        (
            *READ_BASE, *READ_CAMPAIGNS, *READ_RESULTS,
            "campaigns.approve_campaign", "campaigns.run_campaign", "campaigns.change_policy", *_all("view", of="channels.inboxletter journalentry"),
            "campaigns.view_reply",
        ),
    ),
    "analyst": Role("Аналитик", (*READ_BASE, *READ_CAMPAIGNS, *READ_RESULTS, *_all("view", of=DICTIONARIES), "segments.view_unknownword", *WATCH_CALLS)),
    "security": Role(
        "Специалист по безопасности",
        (
            *READ_BASE, *READ_CAMPAIGNS, *READ_RESULTS,
            "segments.view_contacts", "tracking.listen_call", "segments.erase_customer", "segments.view_dataexport", "campaigns.switch_sending",
            *_all("view", of="channels.inboxletter journalentry"), "channels.view_letter_addresses",
            "campaigns.view_reply", "crmsite.view_user", "crmsite.view_workplace", "auth.view_group",
        ),
    ),
    "administrator": Role(
        "Администратор",
        (
            *READ_BASE, *READ_CAMPAIGNS, *READ_RESULTS, *_all("view", "add", "change", "delete", of=DICTIONARIES),
            *_all("view", "change", of="segments.unknownword"),
            "campaigns.switch_sending", "campaigns.change_policy", *_all("add", "change", of="channels.account"), *_all("view", "add", "change", of="channels.listaccount"), "channels.switch_mode", *_all("view", of="channels.inboxletter journalentry"),
            *_all("view", "add", "change", of="segments.feed"), *_all("add", "change", of="segments.externallist"), *_all("add", "change", of="campaigns.promotill"), "segments.view_dataexport",
            *_all("add", "change", of="tracking.calltrackingaccount substitutenumber numberlease site"), "tracking.change_attributionwindow", *_all("view", "add", "change", "delete", of="tracking.reportaddress"),
            *_all("view", "add", "change", of="crmsite.user workplace"), "auth.view_group", "django_rq.admin",
        ),
    ),
    "salesperson": Role("Продавец", SERVE),
    "head_of_sales": Role("Руководитель отдела продаж", (*SERVE, *WATCH_CALLS[1:], "campaigns.assign_calltask")),
    "operator": Role("Оператор", (*SERVE, "campaigns.view_all_calltask")),
}  # fmt: skip


def sync(sender: Any = None, *, apps: Any = installed, using: str = "default", **_signal: Any) -> None:
    """Make each group hold exactly its declared permissions. Idempotent; runs after every `migrate`.

    A permission whose app is not migrated yet is passed over (`migrate APP` alone): the next run adds it.
    """
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    for config in installed.get_app_configs():
        create_permissions(config, verbosity=0, using=using, apps=apps)
    for role in GROUPS.values():
        group, _made = group_model.objects.using(using).get_or_create(name=role.name)
        group.permissions.set(permission_model.objects.using(using).filter(_named(role.permissions)))


def _named(permissions: tuple[str, ...]) -> Q:
    wanted = Q(pk__in=[])
    for permission in permissions:
        app, codename = permission.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return wanted
