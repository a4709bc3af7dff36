"""The builder as a manager uses it, in Chromium: by keyboard alone, by mouse, on a phone; drafts outlive a reload."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from segments.models import Segment
from segments.rules.inputs import PILLS
from tests.browser import Person, chromium
from tests.segments.builders import make_brand, make_city, make_customer, make_facts, make_segment

ABORTED = {"htmx:afterRequest", "htmx:sendAbort"}  # a newer edit has replaced the question: wanted
BUYERS = {"format": 1, "rule": {"all": [{"field": "purchases", "op": "at_least", "value": 1}]}}

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def person(live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Person]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    get_user_model().objects.create_superuser("boss", password="long enough 1")
    with chromium() as browser:
        someone = Person(browser, live_server.url, tmp_path).log_in("boss", "long enough 1")
        yield someone
    assert [each for each in someone.troubles if each.split(": ")[-1] not in ABORTED] == []


@pytest.fixture
def base(person: Person) -> None:
    make_facts(
        make_customer("Иванова", "Анна", city=make_city()), purchases=2, visits=3, last_brand=make_brand("Toyota")
    )
    make_facts(make_customer("Петров", "Пётр"), purchases=1, visits=1, last_brand=make_brand("Audi"))
    make_facts(make_customer("Сидоров", "Олег"), visits=1)
    for number in range(PILLS):
        make_brand(f"Марка {number}")


def part(page: Page, name: str) -> Any:
    return page.locator(f"[id='rule{name}']")


def says(page: Page, *words: str) -> None:
    for each in words:
        expect(part(page, "-panel")).to_contain_text(each)


def keys(page: Page, *pressed: str) -> None:
    for each in pressed:
        page.keyboard.press(each)


def pick(page: Page, words: str) -> None:
    """The searched list is open: what is typed is found, Enter takes it."""
    expect(page.locator("[data-rule-picker]")).to_be_visible()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator("[data-rule-picker]")).to_be_hidden()


def take(page: Page, value: str) -> None:
    page.locator(f"[data-rule-picker] [data-value={value}]").click()


def build_by_keys(page: Page) -> None:
    """ "At least 1 purchase, and (at least 2 visits, or at least 1 car)"."""
    part(page, "__add").focus()
    keys(page, "Enter")
    pick(page, "число покупок")
    expect(part(page, "-0__op")).to_be_focused()
    keys(page, "Tab")
    page.keyboard.type("1")
    says(page, "2 клиента", "Число покупок — не меньше 1.")
    expect(part(page, "-sample")).to_contain_text("Иванова Анна")

    keys(page, "Alt+Shift+Enter")
    expect(part(page, "-1__add")).to_be_focused()
    keys(page, "Enter")
    pick(page, "число визитов")
    expect(part(page, "-1-0__op")).to_be_focused()
    keys(page, "Tab")
    page.keyboard.type("2")
    says(page, "1 клиент ")
    keys(page, "Alt+Enter")
    pick(page, "число автомобилей")
    expect(part(page, "-1-1__op")).to_be_focused()
    keys(page, "Tab")
    page.keyboard.type("1")
    says(page, "1 клиент ")


def move_by_keys(page: Page) -> None:
    """Up, out, in, wrapped, taken apart, negated, copied, deleted: the focus stays in the condition."""
    keys(page, "Alt+ArrowUp")
    expect(part(page, "-1-0__value")).to_be_focused()
    expect(part(page, "-1-0__value")).to_have_value("1")
    keys(page, "Alt+ArrowLeft")
    expect(part(page, "-2__value")).to_be_focused()
    says(page, "0 клиентов")
    keys(page, "Alt+ArrowRight")
    expect(part(page, "-1-1__value")).to_be_focused()
    keys(page, "Alt+g")
    expect(part(page, "-1-1-0__value")).to_be_focused()
    keys(page, "Control+ArrowUp")
    expect(part(page, "-1-1__kind")).to_be_focused()
    keys(page, "Alt+u")
    expect(part(page, "-1-1__field")).to_be_focused()
    keys(page, "Alt+n")
    expect(part(page, "-1-1__not")).to_be_checked()
    says(page, "2 клиента")
    keys(page, "Alt+c")
    expect(page.locator(".rb-row")).to_have_count(4)
    keys(page, "Alt+Delete")
    expect(page.locator(".rb-row")).to_have_count(3)


def undo_by_keys(page: Page) -> None:
    keys(page, "Control+z")
    expect(page.locator(".rb-row")).to_have_count(4)
    keys(page, "Control+z", "Control+z")
    expect(part(page, "-1-1__not")).not_to_be_checked()
    says(page, "1 клиент ")
    keys(page, "Control+Shift+z")
    expect(part(page, "-1-1__not")).to_be_checked()
    says(page, "2 клиента")


@pytest.mark.usefixtures("base")
def test_a_nested_rule_by_keyboard_alone(person: Person) -> None:
    page = person.page
    person.go("/admin/segments/segment/add/")
    page.focus("#id_name")
    page.keyboard.type("Покупали не раз")
    build_by_keys(page)
    move_by_keys(page)
    undo_by_keys(page)
    page.locator("button[name=_continue]").focus()
    keys(page, "Enter")
    page.wait_for_url("**/change/")
    rule = Segment.objects.get(name="Покупали не раз").rule["rule"]
    assert rule["all"][0] == {"field": "purchases", "op": "at_least", "value": 1}
    assert rule["all"][1]["any"][1] == {"not": {"field": "cars", "op": "at_least", "value": 1}}


@pytest.mark.usefixtures("base")
def test_by_mouse(person: Person) -> None:
    """The first condition in two clicks; values are picked, groups are dragged into; what was typed last is saved."""
    page = person.page
    person.go("/admin/segments/segment/add/")
    page.fill("#id_name", "Тойоты")
    part(page, "__add").click()
    take(page, "brand")
    part(page, "-0__value").click()
    choices = page.locator("[data-rule-choices]")
    choices.locator("[data-rule-search]").fill("toyo")
    choices.get_by_label("Toyota").check()
    choices.get_by_role("button", name="Готово").click()
    says(page, "1 клиент ", "«Toyota»")
    part(page, "__group").click()
    expect(part(page, "-1__fault")).to_contain_text("Группа пуста")
    page.drag_and_drop("[data-way='0'] .rb-handle", "[data-way='1'] > .rb-add")
    expect(page.locator("[data-way='0-0'] .rb-chip")).to_have_text("Toyota×")
    says(page, "1 клиент ")
    page.get_by_role("button", name="Убрать «Toyota»").click()
    says(page, "выберите хотя бы одно значение")
    part(page, "__undo-button").click()
    says(page, "1 клиент ")
    expect(part(page, "__undo-button")).to_be_focused()
    part(page, "__redo-button").click()
    says(page, "выберите хотя бы одно значение")
    part(page, "-0-0__field").click()
    take(page, "visits")
    expect(part(page, "-0-0__op")).to_have_value("at_least")
    part(page, "-0-0__value").fill("2x")
    expect(part(page, "-0-0__fault")).to_have_text("Здесь нужно целое число.")
    part(page, "-0-0__value").fill("2")
    expect(part(page, "-0-0__fault")).to_be_hidden()
    part(page, "-0-0__value").fill("1")
    page.locator("button[name=_continue]").click()
    page.wait_for_url("**/change/")
    assert Segment.objects.get(name="Тойоты").rule["rule"]["all"][0]["any"][0]["value"] == 1
    expect(page.locator("[data-rule-restored]")).to_be_hidden()


@pytest.mark.usefixtures("base")
def test_a_reload_loses_nothing_and_leaving_asks(person: Person) -> None:
    page = person.page
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    segment = make_segment(rule=BUYERS, name="Покупатели")
    address = f"/admin/segments/segment/{segment.pk}/change/"
    person.go(address)
    says(page, "2 клиента")
    page.reload()
    assert asked == []
    page.click("#id_name")  # a page that nobody touched may not ask
    page.fill("#id_name", "Частые покупатели")
    part(page, "-0__value").fill("2")
    says(page, "1 клиент ")
    page.reload()
    assert asked == ["beforeunload"]
    expect(page.locator("[data-rule-restored]")).to_be_visible()
    expect(part(page, "-0__value")).to_have_value("2")
    assert page.input_value("#id_name") == "Частые покупатели"
    part(page, "__undo-button").click()
    expect(part(page, "-0__value")).to_have_value("1")

    second = page.context.new_page()
    second.goto(person.url + address)
    expect(second.locator("[id='rule-0__value']")).to_have_value("1")  # another tab knows nothing of it
    expect(second.locator("[data-rule-restored]")).to_be_hidden()
    second.close()

    page.get_by_role("button", name="Показать сохранённое").click()
    expect(page.locator("[data-rule-restored]")).to_be_hidden()
    assert page.input_value("#id_name") == "Покупатели"
    assert asked == ["beforeunload"]


@pytest.mark.usefixtures("base")
def test_on_a_phone(person: Person) -> None:
    page = person.page
    page.set_viewport_size({"width": 390, "height": 844})
    person.go("/admin/segments/segment/add/")
    part(page, "__add").click()
    take(page, "visits")
    part(page, "-0__copy").wait_for(state="attached")
    expect(part(page, "-0__copy")).to_be_hidden()  # it is in the menu
    part(page, "-0__more").click()
    page.locator("[data-way='0'] .rb-menu").get_by_text("Взять в новую группу").click()
    expect(part(page, "-0-0__field")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
