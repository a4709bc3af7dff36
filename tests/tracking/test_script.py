"""The script of events in a real Chromium, on a page of another origin with a strict policy."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from campaigns import links
from tests.browser import PATIENCE, chromium
from tests.peers.process import peer
from tests.segments.builders import make_customer
from tests.tracking.builders import make_message, make_run
from tests.tracking.site_room import make_site
from tracking.models import Site, SiteDevice, WebsiteEvent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CALLS = "/events/?site="


@pytest.fixture
def site(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, str]]:
    """(the site, its address)."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = make_site(origins=[])
    with peer("events_site", f"{live_server.url}/events/krug.js", f"--key={made.public_key}") as port:
        address = f"http://127.0.0.1:{port}"
        made.origins = [address]
        made.save()
        yield made, address


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> BrowserContext:
    found = browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow")
    found.set_default_timeout(PATIENCE)
    return found


def until(page: Page, true: Callable[[], object]) -> None:
    """A loaded machine is no fault. The page goes on meanwhile, and so do the handlers of its routes."""
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends, "it never came"
        page.wait_for_timeout(100)


def opened(context: BrowserContext, address: str, troubles: list[str]) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type in {"error", "warning"} else None)
    page.goto(address)
    page.wait_for_function("!!(window.krug && window.krug.device)")
    return page


def kinds() -> list[str]:
    return list(WebsiteEvent.objects.order_by("happened_at", "id").values_list("kind", flat=True))


def test_a_visitor_is_told_and_known_by_a_link_which_leaves_the_address(
    site: tuple[Site, str], context: BrowserContext
) -> None:
    troubles: list[str] = []
    anna = make_customer()
    page = opened(context, f"{site[1]}/about?email=secret", troubles)
    until(page, lambda: WebsiteEvent.objects.count() == 1)
    token = links.site_token(make_message(make_run(), anna).pk, time.time())
    page = opened(context, f"{site[1]}/cars?a=%20b&krug={token}&c=1#top", troubles)
    assert page.url == f"{site[1]}/cars?a=%20b&c=1#top"
    page.evaluate("krug('product_view', {product: {vin: 'XW8ZZZ61Z9G000001', price: 100}})")
    until(page, lambda: WebsiteEvent.objects.count() == 3)
    found = list(WebsiteEvent.objects.all())
    assert {event.customer_id for event in found} == {anna.pk}
    assert {event.device for event in found} == {SiteDevice.objects.get().key}
    assert {event.page for event in found} == {"127.0.0.1/about", "127.0.0.1/cars"}
    stored = page.evaluate("Object.keys(localStorage)")
    assert (stored, context.cookies(), troubles) == (["krug.device"], [], [])


def test_what_is_said_as_a_page_is_left_is_not_lost(site: tuple[Site, str], context: BrowserContext) -> None:
    troubles: list[str] = []
    page = opened(context, f"{site[1]}/", troubles)
    page.evaluate("krug('cart_add', {product: {id: '7'}}); document.getElementById('next').click()")
    page.wait_for_url("**/cars")
    until(page, lambda: WebsiteEvent.objects.count() == 3)
    assert sorted(kinds()) == ["cart_add", "page_view", "page_view"]
    assert WebsiteEvent.objects.values("device").distinct().count() == 1
    assert troubles == []


def test_an_answer_that_was_lost_is_asked_for_again_and_counts_once(
    site: tuple[Site, str], context: BrowserContext
) -> None:
    calls: list[str] = []

    def lose_the_first(route: Any) -> None:
        calls.append(route.request.post_data)
        if len(calls) == 1:
            route.fetch()  # it arrived, and nobody heard of it
            route.abort()
        else:
            route.continue_()

    context.route(f"**{CALLS}*", lose_the_first)
    page = opened(context, f"{site[1]}/", [])
    until(page, lambda: len(calls) > 1)
    context.unroute(f"**{CALLS}*")
    assert kinds() == ["page_view"]


def test_without_consent_nothing_is_kept_and_nothing_leaves(site: tuple[Site, str], context: BrowserContext) -> None:
    calls: list[str] = []
    context.on("request", lambda asked: calls.append(asked.url) if CALLS in asked.url else None)
    page = opened(context, f"{site[1]}/?consent=ask", [])
    page.evaluate("krug('search', {details: {query: 'x'}})")
    page.wait_for_timeout(1000)
    assert (calls, page.evaluate("localStorage.length"), page.evaluate("krug.device()")) == ([], 0, "")
    page.evaluate("krug('consent', true)")
    until(page, lambda: kinds() == ["page_view"])
    page.evaluate("krug('consent', false); krug('search', {})")
    page.wait_for_timeout(1000)
    assert (kinds(), page.evaluate("localStorage.length")) == (["page_view"], 0)


def test_who_asks_not_to_be_tracked_is_not(site: tuple[Site, str], context: BrowserContext) -> None:
    calls: list[str] = []
    context.on("request", lambda asked: calls.append(asked.url) if CALLS in asked.url else None)
    context.add_init_script("Object.defineProperty(navigator, 'doNotTrack', { value: '1' })")
    page = opened(context, f"{site[1]}/", [])
    page.evaluate("krug('page_view')")
    page.wait_for_timeout(1000)
    assert (calls, page.evaluate("localStorage.length")) == ([], 0)
