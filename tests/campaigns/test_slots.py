from django.test import SimpleTestCase

from campaigns import slots
from campaigns.slots import Slot


class SlotTests(SimpleTestCase):
    def setUp(self):
        before = dict(slots._slots)
        self.addCleanup(lambda: (slots._slots.clear(), slots._slots.update(before)))

    def test_the_slots_about_a_person_are_there_in_order(self):
        names = [slot.name for slot in slots.every()]
        self.assertEqual(
            names[:8], ["имя", "фамилия", "отчество", "обращение", "город", "автомобиль", "бренд", "салон"]
        )

    def test_a_name_is_one_word(self):
        for name in ("", "два слова", "_track", "1имя", "имя-2", "a" * 41):
            with self.subTest(name=name), self.assertRaises(ValueError):
                slots.register(Slot(name, "", "", expression="''"))

    def test_a_slot_has_one_source_of_text(self):
        for sources in ({}, {"expression": "''", "resolve": lambda run, rows: {}}):
            with self.subTest(sources=sources), self.assertRaises(ValueError):
                slots.register(Slot("имя", "", "", **sources))

    def test_registering_again_replaces(self):
        slots.register(Slot("промокод", "", "A", expression="''"))
        slots.register(Slot("промокод", "", "B", expression="''"))
        self.assertEqual(slots.find("промокод").example, "B")
        self.assertIsNone(slots.find("нет_такого"))
