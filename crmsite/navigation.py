"""The look of the admin and its sidebar, grouped by job. Settings import this: no models here.

`MENU` is the one list of what the sidebar shows; `sidebar` leaves out what the user may not open.
`tests/crmsite/test_navigation.py` fails on an item whose page does not exist; the page itself only skips it.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Item:
    """A line of the sidebar. `url` is a URL name, `permission` what its page asks for ('' — any member of staff)."""

    title: Promise
    icon: str
    url: str
    permission: str = ""


@dataclass(frozen=True)
class Section:
    title: Promise
    items: tuple[Item, ...]


def _list(title: Promise, icon: str, model: str) -> Item:
    app, name = model.split(".")
    return Item(title, icon, f"admin:{app}_{name}_changelist", f"{app}.view_{name}")


MENU = (
    Section(_("Overview"), (Item(_("Today"), "wb_twilight", "admin:index"),)),
    Section(
        _("Customers"),
        (
            _list(_("Imports"), "upload_file", "segments.importbatch"),
            _list(_("Feeds"), "sync", "segments.feed"),
            _list(_("Customers"), "group", "segments.customer"),
            _list(_("Households"), "family_restroom", "segments.household"),
            Item(_("Doubtful pairs"), "join", "admin:segments_reviewpair_changelist", "segments.merge_customers"),
            _list(_("Segments"), "data_usage", "segments.segment"),
            _list(_("RFM"), "grid_view", "segments.rfmline"),
            _list(_("Lists of contacts"), "playlist_add_check", "segments.contactlist"),
            _list(_("External lists"), "sync_alt", "segments.externallist"),
            _list(_("Cars in stock"), "directions_car", "segments.carinstock"),
            _list(_("Visitor counters"), "sensor_door", "segments.centretraffic"),
            _list(_("Unrecognised words"), "question_mark", "segments.unknownword"),
        ),
    ),
    Section(
        _("Sales"),
        (
            _list(pgettext_lazy("to make", "Calls"), "phone_in_talk", "campaigns.calltask"),
            Item(_("Report of calls"), "leaderboard", "admin:campaigns_calltask_report", "campaigns.view_call_report"),
        ),
    ),
    Section(
        _("Campaigns"),
        (
            _list(_("Campaigns"), "campaign", "campaigns.campaign"),
            _list(_("Scenarios"), "account_tree", "campaigns.scenario"),
            _list(_("Season calendar"), "sunny", "campaigns.season"),
            Item(_("Calendar"), "calendar_month", "admin:campaigns_calendar", "campaigns.view_campaign"),
            _list(_("Promo codes"), "redeem", "campaigns.promopool"),
            _list(_("Purchases with promo codes"), "receipt_long", "campaigns.promoredemption"),
            Item(
                _("Take a promo code"),
                "point_of_sale",
                "admin:campaigns_promoredemption_cashier",
                "campaigns.redeem_promocode",
            ),
            _list(_("Games"), "casino", "campaigns.game"),
            _list(_("Bonus points"), "stars", "campaigns.pointsentry"),
            _list(_("Invitations of friends"), "group_add", "campaigns.referralprogramme"),
            _list(_("Requests of friends"), "diversity_3", "campaigns.referral"),
            _list(_("Tills"), "storefront", "campaigns.promotill"),
            _list(_("Snippets"), "text_snippet", "campaigns.snippet"),
            _list(_("Layers of experiments"), "layers", "campaigns.layer"),
            Item(_("Forgotten people"), "person_alert", "admin:campaigns_policy_cadence", "campaigns.view_policy"),
            _list(_("Limits and quiet hours"), "bedtime", "campaigns.policy"),
        ),
    ),
    Section(
        _("Channels"),
        (
            _list(_("Accounts"), "cell_tower", "channels.account"),
            _list(_("Replies"), "forum", "campaigns.reply"),
            _list(_("Automatic answers"), "quickreply", "campaigns.keywordrule"),
            _list(_("Chat trees"), "robot_2", "campaigns.chattree"),
            _list(_("Templates"), "sms", "campaigns.messagetemplate"),
            _list(_("Inbox"), "inbox", "channels.inboxletter"),
            _list(_("Journal"), "science", "channels.journalentry"),
            _list(_("List services"), "ads_click", "channels.listaccount"),
        ),
    ),
    Section(
        _("Results"),
        (
            Item(_("Reports"), "monitoring", "admin:tracking_reports", "campaigns.view_campaign"),
            Item(_("Summary reports"), "bar_chart_4_bars", "admin:tracking_summary", "campaigns.view_campaign"),
            _list(_("Reports by e-mail"), "forward_to_inbox", "tracking.reportmailing"),
            _list(_("Addresses for reports"), "alternate_email", "tracking.reportaddress"),
            _list(_("Calls"), "call", "tracking.call"),
            _list(_("Substitute numbers"), "dialpad", "tracking.substitutenumber"),
            _list(_("Call tracking"), "settings_phone", "tracking.calltrackingaccount"),
            _list(_("Survey answers"), "rate_review", "tracking.surveyanswer"),
            _list(_("NPS"), "sentiment_satisfied", "tracking.npsanswer"),
            _list(_("Costs"), "payments", "tracking.cost"),
            _list(_("Advertising"), "ads_click", "tracking.adspend"),
            _list(_("Margins"), "percent", "tracking.linemargin"),
            _list(_("Websites"), "language", "tracking.site"),
            _list(_("Attribution windows"), "date_range", "tracking.attributionwindow"),
        ),
    ),
    Section(
        pgettext_lazy("menu", "System"),
        (
            _list(_("Staff"), "badge", "crmsite.user"),
            _list(_("Roles"), "shield_person", "auth.group"),
            Item(_("Jobs"), "pending_actions", "admin:jobs", "campaigns.view_campaign"),
            _list(_("Data exports"), "outbox", "segments.dataexport"),
            _list(_("Dictionaries"), "menu_book", "segments.brand"),
        ),
    ),
)
DICTIONARIES = (
    ("segments.brand", _("Brands")),
    ("segments.brandspelling", _("Brand spellings")),
    ("segments.carmodel", _("Models")),
    ("segments.city", _("Cities")),
    ("segments.cityspelling", _("City spellings")),
    ("segments.operationspelling", _("Kinds of documents")),
    ("segments.centre", _("Dealer centres")),
    ("segments.salesperson", _("Salespeople")),
    ("segments.source", _("Sources")),
)


def address(url_name: str) -> str | None:
    """The path of a page without arguments; None when no app gives it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu of this user, in the shape unfold draws. Of a page and one that lies under it only the nearer is active."""
    menu = [
        {"title": section.title, "items": lines}
        for section in MENU
        if (lines := [line for item in section.items if (line := _line(item, request))])
    ]
    above = [line for section in menu for line in section["items"] if request.path.startswith(line["link"])]
    for line in sorted(above, key=lambda line: len(line["link"]))[:-1]:
        line["active"] = False
    return menu


def _line(item: Item, request: HttpRequest) -> dict[str, Any] | None:
    link = address(item.url)
    if link is None or (item.permission and not request.user.has_perm(item.permission)):
        return None
    return {"title": item.title, "icon": item.icon, "link": link}


def dictionary_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """One row of tabs over the lists of all dictionaries that the user may see."""
    tabs = []
    for label, title in DICTIONARIES:
        app, name = label.split(".")
        link = address(f"admin:{app}_{name}_changelist")
        if link and request.user.has_perm(f"{app}.view_{name}"):
            tabs.append({"title": title, "link": link})
    return [{"models": [label for label, _title in DICTIONARIES], "items": tabs}]


def environment(request: HttpRequest) -> list[str] | None:
    """The mark in the header that tells a trial installation from the real one."""
    return [settings.ENVIRONMENT_LABEL, "warning"] if settings.ENVIRONMENT_LABEL else None


def _scale(hue: float, chroma: float) -> dict[str, str]:
    """A colour in unfold's eleven steps, light to dark, evenly by lightness (OKLCH)."""
    steps = {"50": (97.6, 0.12), "100": (94.8, 0.24), "200": (89.6, 0.46), "300": (81.5, 0.72), "400": (70.5, 0.92),
             "500": (60.5, 1.0), "600": (51.5, 1.0), "700": (44.5, 0.92), "800": (38.0, 0.78), "900": (32.5, 0.62),
             "950": (24.0, 0.48)}  # fmt: skip
    return {step: f"oklch({light}% {chroma * share:.3f} {hue})" for step, (light, share) in steps.items()}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Krug"),
    "SITE_HEADER": _("Krug"),
    "SITE_SUBHEADER": _("CRM marketing of the holding"),
    "SITE_URL": None,
    "SITE_SYMBOL": "trip_origin",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("crmsite/favicon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "crmsite.navigation.environment",
    "BORDER_RADIUS": "8px",
    "COLORS": {"primary": _scale(hue=205, chroma=0.105)},
    "STYLES": [lambda request: static("crmsite/admin.css")],
    "COMMAND": {"search_models": False, "show_history": False, "search_callback": "crmsite.search.results"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "crmsite.navigation.sidebar",
    },
    "TABS": "crmsite.navigation.dictionary_tabs",
}
