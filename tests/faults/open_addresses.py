"""The addresses that are open to anybody, as the URLconf has them, and a letter whose links lead to them.

Each belongs to one of the kinds below: a new one makes `test_every_open_address_is_of_a_kind` fail until it says which, and
with its kind it gets the tests of that kind.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLResolver, get_resolver

from campaigns import links
from campaigns.game import choosing as game_choosing
from campaigns.models import Message, PromoPicture, ReferralProgramme
from campaigns.promo import choosing as promo_choosing
from segments.models import Customer
from tests.campaigns.builders import make_campaign, make_content, make_reader
from tests.campaigns.games import make_game
from tests.campaigns.promos import make_shared
from tests.campaigns.referrals import make_programme
from tests.channels.push_site import make_account as make_push_account
from tests.peers.signed import make_account as make_signed_account
from tests.segments.builders import make_contact
from tests.tracking.builders import make_message, make_run
from tests.tracking.call_services import make_call_account

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
PHONE = "+79211112233"
LETTER = """<mjml><mj-body><mj-section><mj-column>
<mj-button href="https://dealer.example/service?a=1">Записаться</mj-button>
<mj-button href="https://{site}/cars#new">Выбрать</mj-button>
</mj-column></mj-section></mj-body></mjml>"""


def _nps(pk: int) -> str:
    return links.nps_url(pk).rpartition("/")[2]


def _choice(pk: int) -> str:
    return links.tokens(pk).choice


def _track(pk: int) -> str:
    return links.tokens(pk).track


def _click(pk: int) -> str:
    return links.link_char(1) + _track(pk)


def _friend(pk: int) -> str:
    return links.friend_url(pk).rpartition("/")[2]


# What a link of a message leads to, and the token that opens it.
OF_LETTERS: dict[str, Callable[[int], str]] = {
    "l/<str:token>": _click, "o/<str:token>": _track,
    "s/<str:token>": _choice, "s/<str:token>/done": _choice, "u/<str:token>": _choice,
    "n/<str:token>": _nps, "n/<str:token>/why": _nps, "n/<str:token>/done": _nps,
    "g/<str:token>": links.game_token, "g/<str:token>/amp": links.game_token,
    "p/<str:token>": links.promo_token, "p/<str:token>/told": links.promo_token,
    "p/<str:token>/<int:number>": links.promo_token,
    "f/<str:token>": _friend, "f/<str:token>/done": _friend,
}  # fmt: skip
# Their tokens are of the person, not of the message.
OF_PEOPLE = {"f/<str:token>", "f/<str:token>/done"}
# They keep that somebody looked, and nothing else; what it means is judged later (`tracking.hits`).
COUNTED = {"l/<str:token>", "o/<str:token>"}
# The page of an invitation counts its days' readers, and no more.
FOLLOWED = {"f/<str:token>"}
# What providers call: the address of an account is the right to knock.
OF_PROVIDERS = {"hooks/<str:path>/", "calls/<str:path>/", "calls/<str:path>/<path:event>"}
# What servers, tills, sites and devices call with a key of their own.
WITH_A_KEY = {
    "events/", "events/mindbox/v3/operations/<mode>", "points/balance/", "points/spend/", "promo/check/", "promo/redeem/",
    "promo/cancel/", "bi/<slug:name>.csv", "push/<int:pk>/devices", "push/<int:pk>/notices",
}  # fmt: skip
# The same for everybody, or a page of the staff.
SAME_FOR_ALL = {
    "", "favicon.ico", "events/krug.js", "events/openapi.json", "events/docs", "game.js", "push/<int:pk>/<slug:name>.js",
}  # fmt: skip
KINDS = (set(OF_LETTERS), OF_PROVIDERS, WITH_A_KEY, SAME_FOR_ALL)


def routes() -> set[str]:
    """Of the whole site but the admin."""
    return {route for route in _walk(get_resolver()) if not route.startswith("admin/")}


def _walk(resolver: Any, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        else:
            yield route


def filled(route: str, **values: object) -> str:
    """The address of a route; `values` by the names of its parameters."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), route)


def stranger(nth: int) -> str:
    """An address of its own for each caller, so that nobody's guesses are counted as another's, nor as another test's."""
    return f"100.{64 + (nth >> 16 & 63)}.{nth >> 8 & 255}.{nth & 255}"


class Letter:
    """One of a campaign with two links, a game, a shared promo code and its instruction, that a person has got."""

    person: Customer
    message: Message

    def __init__(self, site: str = "www.example.ru") -> None:
        pool = make_shared(f"ВЕСНА{PromoPicture.objects.count()}")
        self.picture = PromoPicture.objects.create(pool=pool, caption="Корзина", kind="image/gif", content=GIF)
        campaign = make_campaign()
        self.content = make_content(campaign, body=LETTER.format(site=site))
        self.game = make_game()
        game_choosing.save(campaign, self.game)
        promo_choosing.save(campaign, pool)
        self.person = make_reader(last_name="Краснопольская", first_name="Аделаида")
        make_contact(self.person, PHONE)
        if not ReferralProgramme.objects.filter(is_active=True).exists():  # one at a time
            make_programme(is_active=True)
        self.message = make_message(make_run(campaign), self.person)

    def address(self, route: str) -> str:
        """Of a page that a link of this letter leads to."""
        return filled(route, token=OF_LETTERS[route](self.whose(route)), number=self.picture.pk)

    def whose(self, route: str) -> int:
        """The id in its token."""
        return self.person.pk if route in OF_PEOPLE else self.message.pk


class Callers:
    """An account of each kind that is called from outside."""

    def __init__(self) -> None:
        self.signed, self.calls, self.push = make_signed_account(), make_call_account(), make_push_account()

    def address(self, route: str) -> str:
        """Of anything that is no link of a letter."""
        path = self.calls.hook if route.startswith("calls/") else self.signed.hook
        name = "krug" if route.startswith("push/") else "fact_call"
        return filled(route, path=path, event="events/call", mode="async", name=name, pk=self.push.pk)
