"""The main job as its user does it: from the export of the base to what the campaign brought, in one browser.

Everything is real: PostgreSQL, Redis, the workers, the scheduler, the SMTP inbox, the public pages. Pictures of
the way go to `$VAR_DIR/pictures`, for people to look at.
"""

import csv
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser import Person, chromium
from tests.stack import Stack, running_stack

DATA = Path(__file__).parent / "data"
MOSCOW = ZoneInfo("Europe/Moscow")
NUMBER = "+7 812 600-66-66"
SEND_SECONDS = 120_000  # ms; some 270 letters at 50 a second, on a busy machine

ADDRESSES = """
SELECT p.value FROM segments_cardcontact AS h JOIN segments_contactpoint AS p ON p.id = h.contact_point_id
WHERE p.kind = 'phone' AND NOT p.is_shared AND h.customer_id = (
    SELECT x.customer_id FROM segments_cardcontact AS x JOIN segments_contactpoint AS e ON e.id = x.contact_point_id
    WHERE e.value = %s LIMIT 1) LIMIT 1
"""


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_from_the_export_to_what_the_campaign_brought(tmp_path: Path, migrated: str | None) -> None:
    shots = settings.VAR_DIR / "pictures"
    with running_stack(tmp_path, migrated) as stack, chromium() as browser:
        manager = Person(browser, stack.url, shots).log_in("manager", stack.password)
        approver = Person(browser, stack.url, shots).log_in("approver", stack.password)
        customer = Person(browser, stack.url, shots, width=390)

        manager.shoot("01-start")
        bring_in_the_base(manager)
        look_at_a_customer(manager)
        cut_a_segment(manager)
        add_a_number(manager)
        plan_a_campaign(manager)
        approve(approver)
        watch_it_sent(manager)
        recipient, survey = read_a_letter(manager, customer, stack)
        opt_out(customer, survey)
        bring_in_a_call(manager, stack, recipient, tmp_path)
        read_what_it_brought(manager)
        for person in (manager, approver, customer):
            assert person.troubles == []


def bring_in_the_base(manager: Person) -> None:
    page = manager.go("/admin/segments/importbatch/")
    manager.shoot("02-imports-empty")
    page.get_by_role("link", name=re.compile("импорт", re.I)).last.click()
    manager.go("/admin/segments/importbatch/add/")
    page.fill("#id_new_source", "Альфа-Авто")
    page.set_input_files("#id_cards", DATA / "counterparties.csv")
    page.set_input_files("#id_documents", DATA / "documents.csv")
    page.get_by_role("button", name="Продолжить").click()
    manager.sees("Столбцы подобраны по заголовкам")
    manager.shoot("03-columns")
    page.get_by_role("button", name="Проверить без записи").click()
    page.get_by_role("button", name="Изменить столбцы").or_(
        page.get_by_role("link", name="Изменить столбцы")
    ).wait_for()
    manager.shoot("04-dry-run")
    page.get_by_role("button", name="Загрузить в базу").click()
    page.get_by_role("link", name="К клиентам").wait_for(timeout=60_000)
    manager.sees("1 473")  # of 1,475 cards two are a tester's
    manager.shoot("05-loaded")


def look_at_a_customer(manager: Person) -> None:
    page = manager.go("/admin/segments/customer/?q=Ермакова")
    manager.shoot("06-customers")
    page.locator("#result_list tbody a").first.click()
    manager.sees("Контакты")
    expect(page.get_by_text(re.compile(r"\+7 \*\*\*")).first).to_be_visible()
    manager.shoot("07-customer")


def cut_a_segment(manager: Person) -> None:
    page = manager.go("/admin/segments/segment/add/")
    page.fill("#id_name", "Согласны на письма")
    page.click("#rule__add")
    page.click("[data-rule-picker] [data-value=email_consent]")
    sentence = page.locator("p").filter(has_text=re.compile("согласие на рекламу по e-mail", re.I))
    expect(sentence.first).to_be_visible()
    assert page.input_value("#rule-0__value") == "yes"
    manager.shoot("08-rule")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    page.wait_for_url("**/segments/segment/")
    manager.shoot("09-segments")


def add_a_number(manager: Person) -> None:
    page = manager.go("/admin/tracking/substitutenumber/add/")
    page.fill("#id_number", NUMBER)
    page.get_by_role("button", name="Сохранить", exact=True).click()
    page.wait_for_url("**/tracking/substitutenumber/")


def plan_a_campaign(manager: Person) -> None:
    page = manager.go("/admin/campaigns/campaign/add/")
    page.fill("#id_name", "Осенний сервис")
    page.get_by_label(re.compile("Согласны на письма")).first.check()
    page.select_option("#id_plan_number", index=1)
    page.fill("#id_hypothesis", "После письма на сервис приедут чаще, чем те, кому мы не писали")
    body = page.input_value("#id_body")
    assert "Есть вопросы?" in body
    page.fill("#id_body", re.sub("Есть вопросы?[^<]*", "Звоните: {{ номер_для_звонка }}. ", body))
    letter = page.frame_locator("iframe").last
    expect(letter.get_by_text(NUMBER)).to_be_visible()
    manager.shoot("10-campaign")
    page.get_by_role("button", name="Сохранить и проверить").click()
    manager.sees("Все проверки пройдены")
    manager.sees("Контрольная группа")
    page.wait_for_load_state("networkidle")
    manager.shoot("11-review")
    page.get_by_role("button", name="Отправить на согласование").click()
    manager.sees("на согласовании")


def approve(approver: Person) -> None:
    page = approver.go("/admin/")
    approver.sees("Осенний сервис")
    approver.shoot("12-approver")
    page.get_by_role("link", name=re.compile("Осенний сервис")).first.click()
    page.get_by_role("button", name="Согласовать").click()
    page.locator("dialog[open]").get_by_role("button", name="Согласовать").click()
    approver.sees("запланирована")


def watch_it_sent(manager: Person) -> None:
    """The page turns by itself from the plan into the running campaign, and from that into the result."""
    page = manager.go("/admin/campaigns/campaign/1/review/")
    page.wait_for_url("**/page/", timeout=60_000)
    manager.shoot("13-running")
    page.get_by_text("завершена", exact=True).first.wait_for(timeout=SEND_SECONDS)
    left = rows_of(page, "Аудитория до последнего человека")
    parts = ("Отправлено", "Отклонено провайдером", "Неизвестно", "Исключено", "Контрольные группы", "Отменено")
    assert left["Аудитория"] == sum(left[part] for part in parts) + left["В очереди"]
    assert left["Отправлено"] > 200
    assert left["Неизвестно"] == left["В очереди"] == 0


def rows_of(page: Page, title: str) -> dict[str, int]:
    """A two-column table under a heading, numbers as numbers."""
    card = page.locator("section, div").filter(has=page.get_by_role("heading", name=title)).last
    return {
        row.locator("th, td").first.inner_text(): int(re.sub(r"\D", "", row.locator("td").last.inner_text()))
        for row in card.get_by_role("row").all()
    }


def read_a_letter(manager: Person, customer: Person, stack: Stack) -> tuple[str, str]:
    """Open a letter in the inbox, follow its button; returns who got it and where its survey is."""
    page = manager.go("/admin/channels/inboxletter/")
    manager.shoot("14-inbox")
    page.locator("#result_list tbody tr a").first.click()
    letter = page.frame_locator("iframe").first
    expect(letter.get_by_text(NUMBER)).to_be_visible()
    page.wait_for_load_state("networkidle")
    manager.shoot("15-letter")
    assert page.locator("dd").first.inner_text()[1:4] == "***"
    recipient = stack.query("SELECT recipient FROM channels_inboxletter WHERE id = %s", page.url.split("/")[-3])
    links = [link.get_attribute("href") or "" for link in letter.get_by_role("link").all()]
    click = next(link for link in links if "/l/" in link)
    answer = customer.page.request.get(click, max_redirects=0)
    assert answer.status == 302
    assert "utm_" in answer.headers["location"]
    return recipient, next(link for link in links if "/s/" in link)


def opt_out(customer: Person, survey: str) -> None:
    page = customer.page
    page.goto(survey)
    customer.shoot("16-survey")
    page.get_by_label("Больше ничего не присылайте").check()
    page.get_by_label("Машина продана").first.check()
    page.get_by_role("button", name="Отправить ответ").click()
    page.wait_for_url("**/done")
    customer.shoot("17-thanks")


def bring_in_a_call(manager: Person, stack: Stack, recipient: str, folder: Path) -> None:
    phone = stack.query(ADDRESSES, recipient) or "+79110000000"
    now = datetime.now(MOSCOW)
    rows = [("1001", phone, "190", "false"), ("1002", "+79217654321", "0", "true")]
    file = folder / "calls.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(
            ["id", "start_time", "finish_time", "direction", "is_lost", "contact_phone_number", "virtual_phone_number",
             "talk_duration"]
        )  # fmt: skip
        for number, caller, talk, lost in rows:
            times = [(now + timedelta(seconds=s)).strftime("%Y-%m-%d %H:%M:%S") for s in (0, 200)]
            called = re.sub(r"\D", "", NUMBER)
            writer.writerow([number, *times, "in", lost, caller.removeprefix("+"), called, talk])
    page = manager.go("/admin/tracking/call/upload/")
    page.set_input_files("#id_file", file)
    page.get_by_role("button", name="Проверить файл").click()
    manager.shoot("18-calls-check")
    page.get_by_role("button", name=re.compile("Загрузить")).click()
    page.wait_for_load_state()
    manager.go("/admin/tracking/call/")
    manager.shoot("19-calls")


def read_what_it_brought(manager: Person) -> None:
    page = manager.go("/admin/campaigns/campaign/1/page/")
    manager.sees("Отписки и почему")
    manager.shoot("20-result")
    expect(page.get_by_text("Машина продана").first).to_be_visible()
    manager.go("/admin/tracking/campaignresult/all/")
    manager.sees("Осенний сервис")
    manager.shoot("21-reports")
    manager.go("/admin/")
    manager.shoot("22-start-after")
