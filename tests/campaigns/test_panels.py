from unittest import mock

from django.test import SimpleTestCase

from campaigns import panels
from campaigns.panels import Panel


def make_panel(name: str, order: int) -> Panel:
    return Panel(name, order, name, "x.html", lambda request, campaign: {})


class PanelTests(SimpleTestCase):
    def setUp(self):
        self.enterContext(mock.patch.dict(panels._panels, clear=True))

    def test_stand_in_their_order(self):
        for panel in (make_panel("b", 2), make_panel("c", 1), make_panel("a", 2)):
            panels.register(panel)
        self.assertEqual([panel.name for panel in panels.every()], ["c", "a", "b"])

    def test_registering_again_replaces(self):
        panels.register(make_panel("a", 1))
        panels.register(make_panel("a", 5))
        self.assertEqual([panel.order for panel in panels.every()], [5])
