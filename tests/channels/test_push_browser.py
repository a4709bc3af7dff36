"""A real Chromium on a site of another origin: its service worker shows what our provider has encrypted, opens its link,
and tells us when the subscription is renewed. Only the push service of the browser's maker is not reached: the subscription
is the test's own, and the decrypted message is handed to the worker by the browser's debugger, as a push would be."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import http_ece
import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Worker, expect

from channels.models import Account, Device, Notice
from channels.providers import provider_for
from channels.providers.base import ACCEPTED, Addressed, Result
from channels.providers.web_push import WebPushProvider
from channels.push_tokens import person_token
from segments.models import CardContact, Consent, ContactPoint
from tests.browser import PATIENCE, chromium
from tests.channels.push_site import Browser, encoded, make_account
from tests.peers.process import peer
from tests.segments.builders import free_locks, make_contact, make_customer

PHONE = "+79119876543"
BODY = {"title": "Пора на сервис", "body": "Скидка 20 % до пятницы", "link": "https://krug.example/l/Aabc"}
ON, OFF = "Отключить уведомления", "Получать уведомления"
# The browser's own `subscribe` asks its maker's servers: here it gives the subscription of the test.
STAND_IN = """told => {
  const made = { endpoint: told.endpoint, options: { applicationServerKey: null }, toJSON: () => told,
                 unsubscribe: async () => { localStorage.removeItem("subscribed"); return true; } };
  PushManager.prototype.subscribe = async (wanted) => {
    window.wanted = { visible: wanted.userVisibleOnly, key: Array.from(wanted.applicationServerKey) };
    localStorage.setItem("subscribed", "1");
    return made;
  };
  PushManager.prototype.getSubscription = async () => (localStorage.getItem("subscribed") ? made : null);
}"""
# Events that scripts make may not be waited for: the test waits itself.
DISPATCH = """async ([name, fields]) => {
  const event = Object.assign(new ExtendableEvent(name), fields);
  if (fields.newSubscription) event.newSubscription = { toJSON: () => fields.newSubscription };
  if (name === "notificationclick") {
    const [shown] = await self.registration.getNotifications();
    event.notification = shown;
  }
  let result;
  Object.defineProperty(event, "waitUntil", { value: (promise) => { result = promise; } });
  self.dispatchEvent(event);
  await result;
}"""
FOREIGN = """navigator.serviceWorker.ready.then(async (r) => {
  for (const each of await r.getNotifications()) each.close();
  await r.showNotification("x", { data: { krug: true, link: "javascript:alert(1)" } });
})"""
SHOWN = """navigator.serviceWorker.ready.then((r) => r.getNotifications())
    .then((all) => all.map(({ title, body, data }) => ({ title, body, link: data.link })))"""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, Path]]:
    """A push service on this machine: (port, its journal)."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setattr(WebPushProvider, "allows_loopback", True)
    monkeypatch.setattr(WebPushProvider, "resolver", None)
    journal = tmp_path / "journal"
    with peer("http_provider", "http_push", str(journal)) as port:
        yield port, journal


@pytest.fixture
def account(live_server: Any, settings: Any) -> Account:
    settings.PUBLIC_URL = live_server.url
    return make_account(timeout=60)


@pytest.fixture
def site(account: Account, live_server: Any) -> Iterator[str]:
    with peer("push_site", f"{live_server.url}/push/{account.pk}") as port:
        address = f"http://127.0.0.1:{port}"
        account.options |= {"origins": [address]}
        account.save()
        yield address


@pytest.fixture
def context(site: str) -> Iterator[BrowserContext]:
    with chromium() as browser:
        context = browser.new_context(
            locale="ru-RU", timezone_id="Europe/Moscow", viewport={"width": 390, "height": 700}
        )
        context.set_default_timeout(PATIENCE)
        context.grant_permissions(["notifications"], origin=site)
        yield context


def until(true: Callable[[], object]) -> None:
    """A loaded machine is no fault."""
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.1)


def open_page(context: BrowserContext, address: str, browser: Browser, troubles: list[str]) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type in {"error", "warning"} else None)
    page.add_init_script(f"({STAND_IN})({json.dumps(browser.subscription)})")
    page.goto(address)
    return page


def sent(account: Account, journal: Path, browser: Browser) -> str:
    """What the browser reads of a message that our provider has sent to its device."""
    told: dict[int, Result] = {}
    with provider_for(account) as provider:
        message = Addressed(1, Device.objects.get().key, json.dumps(BODY).encode())
        provider.send([message], lambda _number: None, told.__setitem__)
    assert told[1].kind == ACCEPTED, told
    call = json.loads(json.loads(journal.read_text().splitlines()[-1])["text"])
    content = base64.b64decode(call["body"])
    return http_ece.decrypt(content, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm").decode()


def push(context: BrowserContext, page: Page, site: str, data: str) -> None:
    """As a push service's message comes, already decrypted."""
    debugger = context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    debugger.on("ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"]))
    debugger.send("ServiceWorker.enable")
    while not (living := [one for one in known if one["scopeURL"].startswith(site) and not one["isDeleted"]]):
        page.wait_for_timeout(50)
    message = {"origin": site, "registrationId": living[-1]["registrationId"], "data": data}
    debugger.send("ServiceWorker.deliverPushMessage", message)


def show(context: BrowserContext, page: Page, site: str, data: str, is_there: Callable[[list[Any]], bool]) -> None:
    """Until the notifications shown are as wanted. Chromium drops what comes while a busy machine still starts the worker;
    a push service would repeat it."""
    for _attempt in range(3):
        push(context, page, site, data)
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            if is_there(page.evaluate(SHOWN)):
                return
            time.sleep(0.1)
    assert is_there(page.evaluate(SHOWN))


def press_notification(worker: Worker) -> str:
    """The address that a press on the notification opens."""
    worker.evaluate("() => { self.clients.openWindow = async (address) => { self.opened = address; }; }")
    worker.evaluate(DISPATCH, ["notificationclick", {}])
    return str(worker.evaluate("self.opened"))


def test_from_the_button_to_the_notification_and_back(
    context: BrowserContext, site: str, account: Account, service: tuple[int, Path]
) -> None:
    port, journal = service
    free_locks()
    customer, troubles = make_customer(), []
    make_contact(customer, PHONE)
    browser = Browser(f"http://127.0.0.1:{port}/push/b001001")
    signed = person_token(account, PHONE, int(time.time()) + 3600)
    page = open_page(context, f"{site}/?person={signed}", browser, troubles)

    expect(page.locator("[data-krug-push-terms]")).to_contain_text("Я согласен получать")
    page.get_by_role("button", name=OFF).click()
    expect(page.get_by_role("button", name=ON)).to_have_attribute("aria-pressed", "true")
    key = provider_for(account).public_key()
    assert encoded(bytes(page.evaluate("window.wanted.key"))) == key
    device = Device.objects.get()
    point = ContactPoint.objects.get(kind="device", value=device.key)
    assert (device.origin, device.person) == (site, PHONE)
    assert CardContact.objects.get(contact_point=point).customer == customer
    assert Consent.objects.filter(contact_point=point, given=True).count() == 2

    data = sent(account, journal, browser)
    show(context, page, site, data, lambda shown: shown == [BODY])
    worker = context.service_workers[0]
    assert press_notification(worker) == BODY["link"]
    assert page.evaluate(SHOWN) == []

    read_in_the_centre(page)
    renewed = Browser(f"http://127.0.0.1:{port}/push/b002001")
    worker.evaluate(DISPATCH, ["pushsubscriptionchange", {"newSubscription": renewed.subscription}])
    again = Device.objects.get()
    assert (again.key, json.loads(again.address)["endpoint"]) == (device.key, renewed.endpoint)

    comes_back_by_itself(page)
    page.get_by_role("button", name=ON).click()
    expect(page.get_by_role("button", name=OFF)).to_be_enabled()
    assert Device.objects.get().gone_at is not None
    assert Consent.objects.filter(contact_point=point, given=False).count() == 2
    assert troubles == []


def comes_back_by_itself(page: Page) -> None:
    """The browser has dropped the subscription, and its service has told us so: the next page makes it anew, and nobody is
    asked."""
    Device.objects.update(gone_at=timezone.now())
    page.evaluate("localStorage.removeItem('subscribed')")
    page.reload()
    expect(page.get_by_role("button", name=ON)).to_be_enabled()
    assert Device.objects.get().gone_at is None
    assert Consent.objects.filter(channel="push").count() == 2


def read_in_the_centre(page: Page) -> None:
    """The bell by keyboard alone."""
    bell = page.get_by_role("button", name="Уведомления, непрочитанных: 1")
    bell.press("Enter")
    panel = page.get_by_role("dialog", name="Уведомления")
    expect(panel.get_by_role("link")).to_have_attribute("href", BODY["link"])
    expect(panel).to_contain_text(BODY["body"])
    expect(panel).to_contain_text("новое")
    until(lambda: Notice.objects.get().read_at)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Уведомления", exact=True)).to_be_focused()


def test_whatever_comes_something_is_shown(context: BrowserContext, site: str) -> None:
    """A browser takes the permission from a site whose worker shows nothing."""
    troubles: list[str] = []
    page = open_page(context, site, Browser("http://127.0.0.1:1/push/b1"), troubles)
    page.evaluate("navigator.serviceWorker.register('/krug-worker.js').then(() => navigator.serviceWorker.ready)")
    for data, title in (
        ("{", "{"),
        ("5", "Уведомления"),
        ('{"body": "Текст"}', "Текст"),
        ('{"title": "T", "link": 5}', "T"),
    ):
        show(context, page, site, data, lambda shown, title=title: title in [one["title"] for one in shown])
    page.evaluate(FOREIGN)
    assert press_notification(context.service_workers[0]) == "None"
    assert troubles == []
