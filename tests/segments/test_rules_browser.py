"""The builder as a manager uses it, in Chromium: focus, undo, the live count, saving right after typing, a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from segments.models import Segment
from tests.browser import Person, chromium
from tests.segments.builders import make_brand, make_customer, make_facts

ABORTED = {"htmx:afterRequest", "htmx:sendAbort"}  # a newer edit has replaced the question: wanted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def person(live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Person]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    get_user_model().objects.create_superuser("boss", password="long enough 1")
    with chromium() as browser:
        yield Person(browser, live_server.url, tmp_path).log_in("boss", "long enough 1")


def part(page: Page, name: str) -> Any:
    return page.locator(f"[id='rule{name}']")


def test_a_rule_is_built_undone_and_saved(person: Person) -> None:
    page = person.page
    make_facts(make_customer("Иванова", "Анна"), purchases=2, last_brand=make_brand("Toyota"))
    make_facts(make_customer("Петров", "Пётр"), purchases=1)
    person.go("/admin/segments/segment/add/")
    page.fill("#id_name", "Покупали не раз")
    part(page, "-0__field").focus()
    part(page, "-0__field").select_option("purchases")
    expect(part(page, "-0__op")).to_have_value("at_least")
    expect(part(page, "-0__field")).to_be_focused()
    part(page, "-0__value").fill("1")
    expect(part(page, "-panel")).to_contain_text("2 клиента")
    expect(part(page, "-panel")).to_contain_text("Число покупок — не меньше 1.")
    expect(part(page, "-sample")).to_contain_text("Иванова Анна")

    part(page, "__group").click()
    expect(part(page, "-1-0__field")).to_be_focused()
    part(page, "-1-0__field").select_option("brand")
    expect(part(page, "-1-0__op")).to_have_value("any_of")
    part(page, "-1-0__value").select_option("Toyota")
    expect(part(page, "-panel")).to_contain_text("1 клиент ")
    expect(page.locator(".rb-chip")).to_have_count(1)
    part(page, "-1__not").check()
    expect(part(page, "-panel")).to_contain_text("неверно, что бренд последней покупки — «Toyota»")
    expect(part(page, "-sample")).to_contain_text("Петров Пётр")

    part(page, "-0__copy").click()
    expect(page.locator(".rb-row")).to_have_count(3)
    part(page, "__undo-button").click()
    expect(page.locator(".rb-row")).to_have_count(2)
    part(page, "-1-0__delete").click()
    expect(part(page, "-panel")).to_contain_text("группа пуста")
    part(page, "__undo-button").click()
    expect(page.locator(".rb-row")).to_have_count(2)

    part(page, "-0__value").fill("2")
    page.locator("button[name=_continue]").click()
    page.wait_for_url("**/change/")
    rule = Segment.objects.get(name="Покупали не раз").rule["rule"]
    assert rule["all"][0] == {"field": "purchases", "op": "at_least", "value": 2}
    assert rule["all"][1]["not"]["any"][0]["value"] == ["Toyota"]

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [each for each in person.troubles if each.split(": ")[-1] not in ABORTED] == []
