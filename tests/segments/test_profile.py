from typing import Any
from unittest.mock import patch

import pytest
from django.test import RequestFactory, TestCase

from segments import profile
from tests.segments.builders import make_customer


def _panel(name: str, order: int, context: dict[str, Any]) -> profile.Panel:
    return profile.Panel(name, order, name.title(), "segments/customer_cards.html", lambda request, customer: context)


@patch.dict(profile._panels, clear=True)
class Panels(TestCase):
    def test_they_come_in_their_order_and_the_silent_are_left_out(self) -> None:
        for panel in (_panel("calls", 20, {"cards": []}), _panel("messages", 10, {"cards": []}), _panel("x", 5, {})):
            profile.register(panel)
        filled = profile.filled(RequestFactory().get("/"), make_customer())
        assert [panel.name for panel, _ in filled] == ["messages", "calls"]
        assert all("<section" in body for _, body in filled)

    def test_a_second_panel_of_one_name_is_a_mistake(self) -> None:
        profile.register(_panel("calls", 1, {}))
        with pytest.raises(ValueError, match="calls"):
            profile.register(_panel("calls", 2, {}))
