"""What the list of calls shows of what the address asks for: a tab, whose calls, and which page."""

from typing import Any

from django.http import HttpRequest, QueryDict

from campaigns.admin.calls import rows
from campaigns.calls_to_make import lists
from campaigns.calls_to_make.words import BUTTONS

PAGE = 30
MOST_PAGES = 100
COUNTED = ("overdue", "late", "tell")  # tabs that say how many wait there
COUNTED_TO = 99


def read(request: HttpRequest) -> dict[str, Any]:
    asked, user = request.GET, request.user
    show = asked.get("show", "") if asked.get("show") in lists.TABS else "today"
    sees_all = user.has_perm(lists.VIEW_ALL)
    whose = asked.get("who", "") if sees_all else ""
    page = min(int(asked.get("page", "")), MOST_PAGES) if asked.get("page", "").isdecimal() else 0
    found = list(lists.listed(user, show, whose)[page * PAGE : (page + 1) * PAGE + 1])
    return {
        "rows": rows.read(user, found[:PAGE]),
        "show": show,
        "tabs": [_tab(request, name, show, whose) for name in lists.TABS if sees_all or name != "late"],
        "colleagues": list(lists.colleagues(user)) if sees_all else [],
        "who": whose,
        "sees_all": sees_all,
        "buttons": BUTTONS,
        "next_page": _address(show, whose, page + 1) if len(found) > PAGE else "",
        "previous_page": _address(show, whose, page - 1) if page else "",
    }


def _tab(request: HttpRequest, name: str, show: str, whose: str) -> dict[str, Any]:
    number = lists.listed(request.user, name, whose)[: COUNTED_TO + 1].count() if name in COUNTED else 0
    return {
        "label": lists.TABS[name], "link": _address(name, whose), "is_here": name == show, "is_bad": name != "tell",
        "number": f"{COUNTED_TO}+" if number > COUNTED_TO else number or "",
    }  # fmt: skip


def _address(show: str, whose: str, page: int = 0) -> str:
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in (("show", show), ("who", whose), ("page", page)) if value})
    return f"?{query.urlencode()}"
