from django.test import SimpleTestCase
from django.utils.translation import override

from segments.admin.import_notes import notes


class Notes(SimpleTestCase):
    def said(self, **counters: dict[str, int]) -> list[str]:
        with override("en"):
            return notes(counters)

    def test_nothing_to_say(self) -> None:
        assert self.said(cards={"new": 5}, stock={"gone": 0, "kept": 0}) == []

    def test_cars_that_left_and_those_of_a_shrunken_file(self) -> None:
        assert self.said(stock={"gone": 1, "kept": 0}) == ["1 car is no longer in the file: it has left the stock."]
        assert (
            "the 6 cars that are missing from it were not taken for sold" in self.said(stock={"gone": 0, "kept": 6})[0]
        )

    def test_a_stop_list_tells_how_many_of_its_addresses_are_of_known_people(self) -> None:
        assert self.said(stop_list={"addresses": 6, "known": 1}) == [
            "Stop-list: 6 addresses stopped, 1 of them belong to people in the base."
        ]
