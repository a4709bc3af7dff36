"""Fault plan, rows 4, 7 and 18: the web server is killed in the middle of a request, Redis is gone or full, and a provider
says the same thing a hundred times at once. The web server is gunicorn in processes of its own."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import links
from campaigns.models import Approval, Campaign, CampaignEvent, DeliveryState, Message, Run
from channels.models import DeliveryReport
from segments.models import Consent, ImportBatch
from tests.campaigns.builders import make_campaign, make_reader
from tests.campaigns.room import free_port, make_readers, until
from tests.faults import soak
from tests.faults.ward import Ward, assert_books_balance
from tests.peers.signed import make_account, registered, signed
from tests.segments.builders import make_segment, make_staff
from tests.tracking.builders import choice, make_message, make_run, track
from tracking.hits.classing import class_hits
from tracking.models import Hit

BROWSER = {"user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"}

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

CSRF = "a" * 32
CARDS = "Код;Наименование;Телефон\nА1;Иванова Анна;89123456789\n"
VERBS = ("submit", "approve", "start", "pause", "resume", "stop")
WHERE = ("commit:before:1", "commit:after:1")


class Site:
    """Krug's web server, with one worker that is started again when it dies, and a person who is logged in."""

    def __init__(self, ward: Ward, application: str = "crmsite.wsgi", *, threads: int = 1) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        ward.keep("gunicorn", application, "--bind", f"127.0.0.1:{port}", "--threads", threads, "--preload",
                  "--no-control-socket", "--backlog", 512)  # fmt: skip
        until(self.answers, what="the web server")

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/admin/login/", timeout=30).status_code == 200
        except httpx.TransportError:
            return False

    def person(self, user: Any) -> httpx.Client:
        browser = Client()
        browser.force_login(user)
        cookies = {"sessionid": browser.cookies["sessionid"].value, "csrftoken": CSRF}
        return httpx.Client(base_url=self.url, cookies=cookies, headers={"X-CSRFToken": CSRF}, timeout=60)


def post(person: httpx.Client, path: str, **request: Any) -> int:
    """The status; 0 when the server died over it."""
    try:
        return person.post(path, **request).status_code
    except httpx.TransportError:
        return 0


@pytest.fixture
def staff() -> dict[str, Any]:
    return {name: make_staff(username=f"boss_{name}", is_superuser=True) for name in ("author", "approver")}


def press_until_it_answers(ward: Ward, person: httpx.Client, path: str, points: tuple[str, ...]) -> Counter[int]:
    """The same click after each death, as a person repeats it, and once more for good measure."""
    statuses: Counter[int] = Counter()
    for point in points:
        ward.die_at([point])
        statuses[post(person, path)] += 1
    ward.die_at([])
    for _ in range(2):
        statuses[post(person, path)] += 1
    return statuses


def life_of_a_campaign(ward: Ward, site: Site, staff: dict[str, Any], points: tuple[str, ...]) -> int:
    """Every button of a campaign, killed at each point and pressed again; returns how many requests died."""
    campaign = make_campaign(make_segment(*make_readers(40)), author=staff["author"])
    people = {name: site.person(user) for name, user in staff.items()}
    deaths = 0
    for verb in VERBS:
        who = people["approver" if verb == "approve" else "author"]
        path = reverse("admin:campaigns_campaign_verb", args=[campaign.pk, verb])
        statuses = press_until_it_answers(ward, who, path, points)
        deaths += statuses.pop(0, 0)
        assert set(statuses) <= {302, 200}, (verb, statuses)
        assert CampaignEvent.objects.filter(campaign=campaign, verb=verb).count() == 1, verb
        assert_books_balance(campaign)
    assert Approval.objects.filter(campaign=campaign).count() == 1
    run = Run.objects.get(campaign=campaign)
    assert Message.objects.filter(run_id=run.pk).count() == 40
    assert Campaign.objects.get(pk=campaign.pk).state == "stopped"
    return deaths


def test_the_web_is_killed_over_every_button_of_a_campaign(ward: Ward, staff: dict[str, Any]) -> None:
    ward.redis()
    assert life_of_a_campaign(ward, Site(ward), staff, WHERE) >= len(VERBS)


def upload(person: httpx.Client) -> tuple[int, int]:
    """The status, and how many imports there are then."""
    file = {"cards": ("cards.csv", CARDS.encode())}
    status = post(person, reverse("admin:segments_importbatch_add"), data={"new_source": "1С"}, files=file)
    return status, ImportBatch.objects.count()


def test_the_web_is_killed_over_an_upload(ward: Ward, staff: dict[str, Any]) -> None:
    ward.redis()
    site = Site(ward)
    person = site.person(staff["author"])
    ward.die_at(["commit:before:1"])
    assert upload(person) == (0, 0)
    ward.die_at([])
    assert upload(person) == (302, 1)


def test_without_redis_people_are_answered_and_what_was_started_goes(ward: Ward, staff: dict[str, Any]) -> None:
    """Redis full (it takes nothing new), then gone, then back and empty."""
    redis = ward.redis()
    ward.peer()
    campaign, site = ward.campaign(30), Site(ward, threads=4)
    boss = site.person(staff["author"])
    other = make_run()
    clicked, leaving = (make_message(other, make_reader()) for _ in range(2))
    redis.config_set("maxmemory-policy", "noeviction")
    redis.config_set("maxmemory", 1)
    assert post(boss, reverse("admin:campaigns_campaign_verb", args=[campaign.pk, "start"])) == 302
    click = f"/l/{links.link_char(1)}{track(clicked)}"
    assert httpx.get(site.url + click, headers=BROWSER, timeout=60).status_code == 302
    port = redis.connection_pool.connection_kwargs["port"]
    redis.shutdown(nosave=True)
    assert upload(boss) == (302, 1)
    columns = {"go": "load", "cards-code": "Код", "cards-name": "Наименование", "cards-phone": "Телефон"}
    batch = ImportBatch.objects.get()
    assert post(boss, reverse("admin:segments_importbatch_change", args=[batch.pk]), data=columns) == 302
    assert httpx.get(site.url + click, headers=BROWSER, timeout=60).status_code == 302
    opted_out = httpx.post(f"{site.url}/u/{choice(leaving)}", data={"List-Unsubscribe": "One-Click"}, timeout=60)
    assert opted_out.status_code == 200
    assert Consent.objects.filter(given=False).count() == 1
    assert Hit.objects.filter(message_id=clicked.pk).count() == 2
    class_hits(timezone.now() + timedelta(minutes=1))
    assert DeliveryState.objects.get(message_id=clicked.pk).clicked_at
    ward.redis(port)
    begun = time.monotonic()
    ward.keep_scheduler()
    ward.keep_worker()
    ward.see_through(campaign)
    assert ward.count() == 30
    assert time.monotonic() - begun < 60


@pytest.fixture
def hooked(ward: Ward) -> Iterator[Site]:
    ward.redis()
    with registered:
        yield Site(ward, "tests.peers.hooked_wsgi", threads=16)


def say_at_once(site: Site, calls: int) -> Counter[int]:
    """One call of a provider, so many times, from as many threads as there are calls."""
    account = make_account()
    event = {"id": "k1", "status": "dead", "at": int(time.time()), "reason": "no such mailbox"}
    body = json.dumps({"events": [event]}).encode()
    headers = {"Content-Type": "application/json", **signed(body)}
    address = site.url + reverse("channels:hook", args=[account.hook])

    def call(_number: int) -> int:
        return httpx.post(address, content=body, headers=headers, timeout=120).status_code

    with ThreadPoolExecutor(calls) as pool:
        return Counter(pool.map(call, range(calls)))


def test_a_provider_says_one_thing_a_hundred_times_at_once(hooked: Site) -> None:
    assert say_at_once(hooked, 100) == {200: 100}
    assert DeliveryReport.objects.count() == 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(soak.RUNS))
def test_the_web_is_killed_at_any_statement(ward: Ward, staff: dict[str, Any], turn: int) -> None:
    begun, dice = time.monotonic(), soak.chance(f"4 {turn}")
    ward.redis()
    site = Site(ward)
    points = tuple(
        f"sql:{dice.choice(['before', 'after'])}:{number}" for number in sorted(dice.sample(range(1, 60), 8))
    )
    deaths = life_of_a_campaign(ward, site, staff, (*points, *WHERE))
    soak.tell("4", begun, kills=deaths, campaigns=Campaign.objects.count(), runs=Run.objects.count())
