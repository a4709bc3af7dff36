import io

from segments.models import BeforeImage, CentreTraffic, ImportBatch, RejectedRow
from tests.segments.test_importing_running import DATA, Importing

HEADER = "Салон;Дата;Количество посетителей\r\n"


class Counters(Importing):
    def bring_days(self, rows: str) -> ImportBatch:
        return self.bring_files({"traffic": io.BytesIO((HEADER + rows).encode("cp1251"))})

    def test_the_sample(self) -> None:
        with (DATA / "traffic.csv").open("rb") as file:
            batch = self.bring_files({"traffic": file})
        assert batch.counters["traffic"] == {"read": 9, "new": 5, "updated": 0, "unchanged": 0, "rejected": 4}
        assert CentreTraffic.objects.get(centre__name="Максимум Лахта", day="2026-11-18").visitors == 1043
        assert CentreTraffic.objects.get(centre__name="Максимум Девяткино", day="2026-11-17").visitors == 0
        reasons = dict(RejectedRow.objects.values_list("line", "reason"))
        assert reasons == {7: "same_day", 8: "bad_number", 9: "no_centre", 10: "bad_date"}

    def test_a_day_that_comes_again_is_corrected(self) -> None:
        first = self.bring_days("Лахта;16.11.2026;61\r\nЛахта;17.11.2026;50\r\n")
        batch = self.bring_days("Лахта;16.11.2026;64\r\nЛахта;17.11.2026;50\r\n")
        assert batch.counters["traffic"] == {"read": 2, "new": 0, "updated": 1, "unchanged": 1, "rejected": 0}
        row = CentreTraffic.objects.get(day="2026-11-16")
        assert (row.visitors, row.first_batch_id, row.last_batch_id) == (64, first.pk, batch.pk)
        image = BeforeImage.objects.get(batch=batch)
        assert (image.kind, image.row_id, image.before["visitors"]) == ("traffic", row.pk, 61)

    def test_another_source_counts_for_itself(self) -> None:
        self.bring_days("Лахта;16.11.2026;61\r\n")
        CentreTraffic.objects.update(source=self._other())
        assert self.bring_days("Лахта;16.11.2026;60\r\n").counters["traffic"]["new"] == 1

    def _other(self) -> object:
        return ImportBatch.objects.get().source.__class__.objects.create(name="Счётчики")
