import io
import json

from django.core.management import call_command

from segments.models import CustomerFacts, Interaction, RejectedRow
from tests.segments.test_importing_running import DATA, Importing


class VisitsAndBookings(Importing):
    """Documents that may be nobody's, from the sample file."""

    def setUp(self) -> None:
        super().setUp()
        with (DATA / "visits.csv").open("rb") as visits:
            self.batch = self.bring_files({"documents": visits})
        self.rows = {row.number: row for row in Interaction.objects.all()}

    def test_a_visit_without_a_code_is_an_anonymous_visit(self) -> None:
        visit = self.rows["В-000001"]
        assert (visit.kind, visit.customer_id, visit.card_code, visit.reason) == ("visit", None, "", "Дорого")

    def test_it_is_no_orphan_that_waits_for_a_card(self) -> None:
        assert self.batch.counters["documents"] == {
            "read": 7, "new": 5, "updated": 0, "unchanged": 0, "rejected": 2, "orphans": 3,
        }  # fmt: skip

    def test_what_was_booked_is_kept(self) -> None:
        booked = {number: row.details.get("booking") for number, row in self.rows.items() if row.kind == "booking"}
        assert booked == {"З-000001": "test_drive", "З-000002": "service", "З-000003": "salon"}
        assert self.rows["З-000002"].details["operation"] == "Запись на сервис"
        assert self.rows["З-000002"].line == "service"

    def test_a_sale_is_somebodys(self) -> None:
        reasons = dict(RejectedRow.objects.values_list("raw__Номер", "reason"))
        assert reasons == {"П-000001": "no_code", "Х-000001": "unknown_kind"}

    def test_the_card_that_comes_later_takes_its_own_and_not_the_anonymous(self) -> None:
        card = "Код;ФИО;Телефон\r\nЦБ-0000415;Иванов Пётр;89216756405\r\n".encode("cp1251")
        self.bring_files({"cards": io.BytesIO(card)})
        assert Interaction.objects.exclude(customer=None).count() == 3
        assert CustomerFacts.objects.get().visits == 1

    def test_the_command_takes_every_kind(self) -> None:
        out = io.StringIO()
        call_command(
            "import_base", "--source", "Склад", "--json", "--stock", str(DATA / "stock.csv"),
            "--traffic", str(DATA / "traffic.csv"), "--stop-list", str(DATA / "stop_list.csv"), stdout=out,
        )  # fmt: skip
        report = json.loads(out.getvalue())
        assert (report["cards"], report["documents"]) == (None, None)
        assert (report["stock"]["new"], report["traffic"]["new"], report["stop_list"]["new"]) == (8, 5, 5)
