from django.test import SimpleTestCase
from django.utils.translation import override

from segments.admin import import_charts
from segments.models import ImportBatch

COUNTED = {"read": 1000, "new": 600, "updated": 0, "unchanged": 399, "rejected": 1}


class Charts(SimpleTestCase):
    def batch(self, **counters: object) -> ImportBatch:
        return ImportBatch(pk=1, counters={"cards": COUNTED, **counters})

    def test_the_parts_of_a_bar_fill_it_and_even_one_row_is_seen(self) -> None:
        (bar,) = import_charts.outcomes(self.batch())
        assert [part["rows"] for part in bar["parts"]] == [600, 399, 1]
        widths = [float(part["width"]) for part in bar["parts"]]
        assert abs(sum(widths) - 100) < 0.1
        assert min(widths) > 0.5

    def test_the_waterfall_loses_the_rejected_and_ends_in_people(self) -> None:
        steps = import_charts.waterfall(self.batch(customers={"created": 550}))
        assert [step["rows"] for step in steps] == [1000, 1, 999, 600, 0, 399, 550]
        assert (steps[1]["from"], steps[5]["from"], steps[5]["width"]) == ("99.90", "60.00", "39.90")

    def test_without_cards_there_is_no_waterfall(self) -> None:
        assert import_charts.waterfall(ImportBatch(counters={"documents": COUNTED})) == []

    def test_the_bar_of_the_list_names_its_numbers_and_is_plain_before_anything_is_counted(self) -> None:
        with override("ru"):
            shown = import_charts.outcome_bar(self.batch(documents=COUNTED))
        assert "1\u00a0200" in shown
        assert import_charts.outcome_bar(ImportBatch(counters={})) == "—"

    def test_quality_is_absent_until_it_is_counted(self) -> None:
        assert import_charts.quality(self.batch()) == []
        counts = {
            "filled": 10,
            "clean": 7,
            "mended": 2,
            "refused": 1,
            "by_reason": {"case": 2, "junk": 1, "yo": 1, "order": 1},
        }
        empty = {"filled": 0, "clean": 0, "mended": 0, "refused": 0, "by_reason": {}}
        (file,) = import_charts.quality(self.batch(quality={"cards": {"name": counts, "sex": empty}}))
        (field,) = file["fields"]
        assert [part["rows"] for part in field["parts"]] == [7, 2, 1]
        assert [note["rows"] for note in field["notes"]] == [2, 1, 1]
