"""The declared matrix: which role may open which page of the admin, by which method.

`tests/test_rights.py` makes every URL of the admin with an object behind it, asks for it as every role by GET
and by POST, and compares the answer with this table; a URL that is missing here fails as well. The table says
what is right; `crmsite.roles` and the checks of each page are what makes it so.
"""

# One letter a role, so that a row can be read: manager, approver, analyst (N), security officer, administrator (D),
# cashier (K): she sees nothing of the base but the code in her hand; salesperson (P), head of sales and operator, who see
# only what belongs to their own centres.
LETTERS = {
    "M": "manager", "A": "approver", "N": "analyst", "S": "security", "D": "administrator", "K": "cashier",
    "P": "salesperson", "H": "head_of_sales", "O": "operator",
}  # fmt: skip
EVERYONE = "MANSD"
SERVES = EVERYONE + "PHO"  # whoever may see customers
STAFF = SERVES + "K"  # whoever may log in
NOBODY = ""

Row = tuple[str, str]  # (who may GET it, who may POST to it)


def _pages(name: str, *, view: str, add: str = "", change: str = "", delete: str = "", **own: Row) -> dict[str, Row]:
    """The five pages that every list of the admin has, and `own` pages of this one.

    `change` is who may POST to the page of an object. Where that page only shows or leads on, whatever the
    method, it is the same people as `view`.
    """
    standard: dict[str, Row] = {
        "changelist": (view, view), "history": (view, view), "change": (view, change),
        "add": (add, add), "delete": (delete, delete),
    }  # fmt: skip
    return {f"{name}_{page}": row for page, row in {**standard, **own}.items()}


def _dictionary(model: str, *, add: str = "D", delete: str = NOBODY) -> dict[str, Row]:
    """What other rows point at is never deleted; a wrong spelling is."""
    files: dict[str, Row] = {"import": ("D", "D"), "process_import": (NOBODY, "D"), "export": ("MND", "MND")}
    return _pages(f"segments_{model}", view="MND", add=add, change="D", delete=delete, **files)


RIGHTS: dict[str, Row] = {
    "index": (STAFF, STAFF),
    "login": (STAFF, STAFF),
    "logout": (NOBODY, STAFF),
    "password_change": (STAFF, STAFF),
    "password_change_done": (STAFF, NOBODY),
    "jsi18n": (STAFF, NOBODY),
    "search": (STAFF, STAFF),
    "view_on_site": (NOBODY, NOBODY),
    "autocomplete:segments.brand": ("MND", NOBODY),
    "app_list:segments": (SERVES, SERVES),
    "app_list:channels": (EVERYONE, EVERYONE),
    "app_list:campaigns": (SERVES, SERVES),
    "app_list:tracking": (EVERYONE, EVERYONE),
    "app_list:crmsite": ("SD", "SD"),
    "app_list:auth": ("SD", "SD"),
    # Customers
    **_pages(
        "segments_customer", view=SERVES, change=SERVES,
        timeline=(SERVES, SERVES), consents=(SERVES, SERVES), reveal=(NOBODY, "MSPHO"),
        merge=("M", "M"), unmerge=(NOBODY, "M"), split=("M", "M"), refusal=("MPHO", "MPHO"), erase=("S", "S"),
    ),
    **_pages("segments_household", view=EVERYONE, change=EVERYONE),
    **_pages(
        "segments_reviewpair", view="M", change="M", queue=("M", "M"), bulk=("M", "M"),
        accept=(NOBODY, "M"), refuse=(NOBODY, "M"), reopen=(NOBODY, "M"),
    ),
    **_pages(
        "segments_importbatch", view=EVERYONE, add="M", change=EVERYONE,
        progress=(EVERYONE, EVERYONE), load=(NOBODY, "M"), cancel=(NOBODY, "M"), rejected=("M", "M"),
        undo=("M", "M"),
    ),
    **_pages(
        "segments_feed", view="MD", add="D", change="D",
        check=(NOBODY, "D"), pin=(NOBODY, "D"), pause=(NOBODY, "D"),
        **dict.fromkeys(("look", "load", "drop"), (NOBODY, "MD")),
    ),
    **_pages("segments_contactlist", view=EVERYONE, add="M", change="M", delete="M"),
    **_pages("segments_unknownword", view="MND", change="MND", changelist=("MND", "MD")),
    **_pages("segments_carinstock", view=EVERYONE),
    **_pages("segments_centretraffic", view=EVERYONE),
    **_pages("segments_mapping", view=EVERYONE, change="M", delete="M"),
    **_pages(
        "segments_segment", view=EVERYONE, add="M", change="M", delete="M", ready=(EVERYONE, EVERYONE), make=(NOBODY, "M"),
        draw=(NOBODY, "M"), count=(NOBODY, "M"), choices=(NOBODY, "M"), refresh=(NOBODY, "M"), people=(EVERYONE, EVERYONE),
        moves=(EVERYONE, EVERYONE), clone=(NOBODY, "M"), freeze=(NOBODY, "M"),
        overlaps=(EVERYONE, EVERYONE), compare=(EVERYONE, "M"), simple_history=(EVERYONE, EVERYONE),
    ),
    **_pages("segments_rfmline", view=EVERYONE, change="M", cut=(NOBODY, "M")),
    **_pages("segments_rfmsegment", view=EVERYONE, change="M"),
    **_pages("segments_externallist", view=EVERYONE, add="D", change="D"),
    **_pages("segments_dataexport", view="SD"),
    # Campaigns: who writes one does not approve it; both may stop it
    **_pages(
        "campaigns_campaign", view=EVERYONE, add="M", change=EVERYONE, delete="M",
        preview=(NOBODY, "M"), test=(NOBODY, "M"), audience=(NOBODY, "M"), counter=(NOBODY, "M"),
        places=(NOBODY, "M"),
        clone=(NOBODY, "M"), correct=(NOBODY, "M"), missed=("M", "M"),
        version=("M", "M"), remove_version=(NOBODY, "M"),
        variant=("M", "M"), variant_brand=("M", "M"), remove_variant=(NOBODY, "M"), remove_variant_brand=(NOBODY, "M"),
        sizing=(NOBODY, "M"), person=(EVERYONE, EVERYONE), spent=(NOBODY, "MA"),
        letter=(EVERYONE, EVERYONE), review=(EVERYONE, EVERYONE), page=(EVERYONE, EVERYONE),
        progress=(EVERYONE, EVERYONE), panels=(EVERYONE, EVERYONE), counted=(EVERYONE, EVERYONE), versions=(EVERYONE, NOBODY), people=(EVERYONE, NOBODY), restore=(NOBODY, "M"),
    ),
    **{f"campaigns_campaign_verb:{verb}": (NOBODY, "M") for verb in ("submit", "withdraw")},
    **{f"campaigns_campaign_verb:{verb}": (NOBODY, "A") for verb in ("approve", "reject", "vouch")},
    **{f"campaigns_campaign_verb:{verb}": (NOBODY, "MA") for verb in ("start", "pause", "resume", "stop", "unheard", "inspect")},
    "campaigns_calendar": (EVERYONE, NOBODY),
    "campaigns_calendar_heat": (EVERYONE, NOBODY),
    "campaigns_calendar_file": (EVERYONE, NOBODY),
    "campaigns_campaign_file": (EVERYONE, NOBODY),
    "campaigns_campaign_move": (NOBODY, "M"),
    **_pages(
        "campaigns_productlaunch", view=EVERYONE, add="M", change="M", delete="M",
        begin=("M", "M"), edit=("M", "M"), drop=(NOBODY, "M"),
    ),
    **_pages(
        "campaigns_scenario", view=EVERYONE, add="M", change=EVERYONE, edit=(NOBODY, "M"), person=(EVERYONE, EVERYONE),
        dry_run=("MA", "MA"), effect=(EVERYONE, EVERYONE),
    ),
    **{f"campaigns_scenario_verb:{verb}": (NOBODY, "M") for verb in ("submit", "withdraw", "draft")},
    **{f"campaigns_scenario_verb:{verb}": (NOBODY, "A") for verb in ("approve", "reject")},
    **{f"campaigns_scenario_verb:{verb}": (NOBODY, "MA") for verb in ("pause", "resume", "close", "open", "stop")},
    **_pages(
        "campaigns_calltask", view="MNPHO", change="MNPHO",
        **dict.fromkeys(("tell", "take"), (NOBODY, "PHO")), assign=(NOBODY, "H"), phone=(NOBODY, "MPHO"),
        **dict.fromkeys(("report", "save"), ("MNH", NOBODY)),
    ),
    **_pages(
        "campaigns_promopool", view=EVERYONE, add="M", change="M", **dict.fromkeys(("make", "stop", "bring", "export"), (NOBODY, "M")),
    ),
    **_pages(
        "campaigns_game", view=EVERYONE, add="M", change="M", look=(EVERYONE, EVERYONE), results=(EVERYONE, NOBODY), export=(NOBODY, "M"),
    ),
    **_pages(
        "campaigns_promoredemption", view=EVERYONE, cashier=("MK", "MK"), take_back=(NOBODY, "MK"), bring=("M", "M"),
    ),
    **_pages("campaigns_pointsentry", view=EVERYONE, adjust=(NOBODY, "M")),
    **_pages("campaigns_referralprogramme", view=EVERYONE, add="M", change="M"),
    **_pages("campaigns_referral", view=EVERYONE),
    **_pages("campaigns_promotill", view=EVERYONE, add="D", change="D", secret=(NOBODY, "D")),
    **_pages("campaigns_layer", view=EVERYONE, add="M", change="M", delete="M"),
    **_pages("campaigns_season", view=EVERYONE, add="M", change="M", delete="M"),
    **_pages("campaigns_snippet", view=EVERYONE, add="M", change="M", delete="M"),
    **_pages("campaigns_messagetemplate", view=EVERYONE, read=(NOBODY, "MD")),
    # Channels
    **_pages(
        "channels_account", view=EVERYONE, add="D", change="D", check=(NOBODY, "D"), resume=(NOBODY, "D"), rotate=(NOBODY, "D"),
        live=("D", "D"), journal=(NOBODY, "D"), vapid=(NOBODY, "D"), sign=(NOBODY, "D"),
    ),
    **_pages(
        "channels_listaccount", view="D", add="D", change="D", check=(NOBODY, "D"), live=("D", "D"), journal=(NOBODY, "D"),
    ),
    **_pages("channels_journalentry", view="MASD", change="MASD", body=("MASD", NOBODY)),
    **_pages(
        "channels_inboxletter", view="MASD", change="MASD", body=("MASD", NOBODY), source=("S", "S"),
    ),
    **_pages("campaigns_policy", view=EVERYONE, change="AD", changelist=(EVERYONE, "AD"), cadence=(EVERYONE, "M")),
    **_pages(
        "campaigns_reply", view="MAS", talk=("MAS", NOBODY),
        **dict.fromkeys(("answered", "answer", "count", "decide", "tie", "untie"), (NOBODY, "M")),
    ),
    **_pages("campaigns_keywordrule", view="M", add="M", change="M", delete="M"),
    **_pages("campaigns_chattree", view="M", add="M", change="M", delete="M"),
    # Results
    # Who listens to people is written down each time; a recording itself comes through us, after that.
    **_pages("tracking_call", view=EVERYONE, upload=("M", "M"), listen=("MS", "MS"), sound=("MS", NOBODY)),
    **_pages(
        "tracking_calltrackingaccount", view=EVERYONE, add="D", change="D", check=(NOBODY, "D"), rotate=(NOBODY, "D"), read=(NOBODY, "MD"),
        numbers=("MD", "MD"),
    ),
    **_pages(
        "tracking_substitutenumber", view=EVERYONE, add="MD", change="MD", number_map=(EVERYONE, EVERYONE),
        **{"import": ("MD", "MD"), "process_import": (NOBODY, "MD"), "export": (EVERYONE, EVERYONE)},
    ),
    **_pages("tracking_numberlease", view=EVERYONE, add="MD", change="MD", extend=(NOBODY, "MD")),
    **_pages("tracking_surveyanswer", view=EVERYONE),
    **_pages("tracking_npsanswer", view=EVERYONE),
    **_pages("tracking_campaignresult", view=EVERYONE, change=EVERYONE, export=(EVERYONE, EVERYONE), attribution=(EVERYONE, NOBODY), deal=(EVERYONE, NOBODY), links=(EVERYONE, EVERYONE)),
    **_pages("tracking_attributionwindow", view=EVERYONE, change="MD"),
    "tracking_reports": (EVERYONE, EVERYONE),
    "tracking_summary": (EVERYONE, NOBODY),
    "tracking_report": (EVERYONE, NOBODY),
    "tracking_report_save": (EVERYONE, NOBODY),
    "tracking_report_people": (EVERYONE, "M"),
    **_pages(
        "tracking_reportmailing", view=EVERYONE, add="M", change="M", delete="M", now=(NOBODY, "M"), pause=(NOBODY, "M"),
    ),
    **_pages("tracking_reportaddress", view="MD", add="D", change="D", delete="D"),
    **{
        key: row
        for model in ("cost", "adspend")
        for key, row in _pages(
            f"tracking_{model}", view=EVERYONE, add="M", change="M", delete="M", bring=("M", "M"), undo=(NOBODY, "M")
        ).items()
    },
    **_pages("tracking_linemargin", view=EVERYONE, change="M"),
    **_pages("tracking_site", view=EVERYONE, add="D", change="D", secret=(NOBODY, "D")),
    # System
    "jobs": (EVERYONE, NOBODY),
    "jobs_state": (EVERYONE, NOBODY),
    "jobs_retry": (NOBODY, "D"),
    "jobs_forget": (NOBODY, "D"),
    **_pages("crmsite_user", view="SD", add="D", change="D"),
    "auth_user_password_change": ("D", "D"),
    **_pages("auth_group", view="SD"),
    **_dictionary("brand"),
    **_dictionary("brandspelling", delete="D"),
    **_dictionary("carmodel"),
    **_dictionary("city"),
    **_dictionary("cityspelling", delete="D"),
    **_dictionary("operationspelling", delete="D"),
    **_dictionary("centre"),
    **_dictionary("salesperson"),
    **_dictionary("source", add="MD"),
}  # fmt: skip


def allowed(page: str, method: str) -> set[str]:
    """The roles that may ask for this page ("segments_customer_change", "campaigns_campaign_verb:stop") so."""
    get, post = RIGHTS[page]
    return {LETTERS[letter] for letter in (get if method == "GET" else post)}
