"""A tree as a manager edits it: the drawing, a fault that is named, a phone."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import expect

from campaigns.models import ChatNode
from tests.browser import Person, chromium
from tests.campaigns.test_chat_trees import make_tree

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_manager_sees_the_tree_and_what_is_wrong_with_it(
    live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    get_user_model().objects.create_superuser("boss", password="long enough 1")
    tree = make_tree()
    with chromium() as browser:
        person = Person(browser, live_server.url, tmp_path).log_in("boss", "long enough 1")
        page = person.go(reverse("admin:campaigns_chattree_change", args=[tree.pk]))
        expect(page.locator(".ct-node")).to_have_count(4)
        person.shoot("tree")
        page.locator("[name=nodes-1-under]").fill("3")
        page.locator("[name=nodes-2-under]").fill("2")
        page.get_by_role("button", name="Сохранить", exact=True).click()
        expect(page.get_by_text("замкнуты в кольцо")).to_contain_text("№ 2 → № 3 → № 2")
        page.set_viewport_size({"width": 390, "height": 900})
        person.shoot("tree_phone")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert ChatNode.objects.get(number=2).under == 1
        assert person.troubles == []
