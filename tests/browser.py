"""Chromium as a person at a desk: Russian, Moscow time, every page error and console error is a failure."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE = 30_000  # ms: a loaded machine is no fault of a page


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "Chromium is not installed: `make test` installs it, or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


class Person:
    """One browser window; `troubles` gathers what its pages complained of."""

    def __init__(self, browser: Browser, url: str, shots: Path, *, width: int = 1440) -> None:
        self.url = url
        self.shots = shots
        self.troubles: list[str] = []
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="ru-RU", timezone_id="Europe/Moscow"
        )
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self._listen(self.page)
        context.on("page", self._listen)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._hear(page, message))

    def _hear(self, page: Page, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(f"{page.url}: {message.text}")

    def log_in(self, name: str, password: str) -> "Person":
        self.go("/admin/login/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/admin/")
        return self

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def shoot(self, name: str) -> None:
        """A picture of the whole page, for people to look at."""
        self.shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(self.shots / f"{name}.png"), full_page=True)

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()
