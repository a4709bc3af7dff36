import io
from datetime import date, timedelta
from decimal import Decimal

from segments.importing.stock import day_of
from segments.models import BeforeImage, CarInStock, CarPrice, ImportBatch, RejectedRow
from tests.segments.test_importing_running import DATA, Importing

HEADER = "VIN;Складской номер;Марка;Модель;Цена, руб.;Подразделение\r\n"
VESTA = "XTAFS045LN1000101;1;Lada;Vesta;{};Лахта\r\n"
TIGGO = "LVVDB11B4PD000103;2;Чери;Tiggo 7 Pro;2 390 000;Лахта\r\n"
ROWS = [f"XTAFS045LN100{number:04};{number};Lada;Vesta;1 500 000;Лахта\r\n" for number in range(200, 210)]


class Stock(Importing):
    def bring_stock(self, *rows: str, dry_run: bool = False) -> ImportBatch:
        return self.bring_files({"stock": io.BytesIO((HEADER + "".join(rows)).encode("cp1251"))}, dry_run=dry_run)

    def bring_sample(self) -> ImportBatch:
        with (DATA / "stock.csv").open("rb") as file:
            return self.bring_files({"stock": file})

    def counted(self, batch: ImportBatch, *names: str) -> tuple[int, ...]:
        return tuple(batch.counters["stock"][name] for name in names)

    def test_the_sample(self) -> None:
        batch = self.bring_sample()
        assert batch.counters["stock"] == {
            "read": 10, "new": 8, "updated": 0, "unchanged": 0, "rejected": 2, "gone": 0, "kept": 0,
        }  # fmt: skip
        car = CarInStock.objects.select_related("brand", "model", "centre").get(external_key="XTAFS045LN1000102")
        assert (car.brand.name, car.model.name, car.car_class, car.condition) == ("LADA", "Vesta", "B", "new")
        assert (car.price, car.arrived_on, car.gone_on) == (Decimal("1689900.00"), date(2026, 9, 2), None)
        assert (car.colour, car.trim, car.centre.name) == ("Серый", "Techno '25", "Максимум Лахта")
        assert CarInStock.objects.get(vin="JN1TANT31U0000106").mileage == 211_000
        assert CarInStock.objects.get(external_key="ТИ-000107").vin == ""
        assert CarInStock.objects.filter(vin="LBVDB11B4PD000104").exists(), "look-alike letters are folded"
        assert batch.counters["unrecognised"]["brand"] == {"фольксваген легковые": 1}
        reasons = set(RejectedRow.objects.values_list("column", "reason", "whole_row"))
        assert reasons == {("", "bad_vin", True), ("", "no_vin", True), ("price", "bad_sum", False)}

    def test_only_mapped_columns_are_read(self) -> None:
        batch = self.bring_sample()
        assert "Закупочная цена" not in str(batch.files.get().columns)
        assert "Закупочная цена" not in str(list(RejectedRow.objects.values_list("raw", flat=True)))

    def test_the_same_file_again_changes_nothing(self) -> None:
        self.bring_sample()
        before = list(CarInStock.objects.order_by("pk").values())
        again = self.bring_sample()
        assert self.counted(again, "new", "updated", "unchanged", "gone") == (0, 0, 8, 0)
        assert list(CarInStock.objects.order_by("pk").values()) == before
        assert CarPrice.objects.count() == 7

    def test_a_new_price_is_a_line_of_its_history(self) -> None:
        first = self.bring_stock(VESTA.format("1 549 000"), TIGGO)
        CarPrice.objects.update(since=day_of_batch(first) - timedelta(days=10))
        batch = self.bring_stock(VESTA.format("1 499 000"), TIGGO)
        assert self.counted(batch, "new", "updated", "unchanged") == (0, 1, 1)
        history = list(CarPrice.objects.filter(car__vin="XTAFS045LN1000101").values_list("since", "price", "batch_id"))
        today = day_of_batch(batch)
        assert history == [
            (today, Decimal(1_499_000), batch.pk), (today - timedelta(days=10), Decimal(1_549_000), first.pk),
        ]  # fmt: skip
        image = BeforeImage.objects.get(batch=batch)
        assert (image.kind, Decimal(image.before["price"])) == ("stock", Decimal(1_549_000))

    def test_a_price_that_changes_twice_in_a_day_is_one_line(self) -> None:
        for price in ("1 549 000", "1 499 000", "1 479 000"):
            self.bring_stock(VESTA.format(price))
        assert CarPrice.objects.get().price == Decimal(1_479_000)

    def test_a_car_that_is_missing_is_gone_and_may_come_back(self) -> None:
        self.bring_stock(VESTA.format(1), TIGGO)
        batch = self.bring_stock(VESTA.format(1))
        tiggo = CarInStock.objects.get(vin="LVVDB11B4PD000103")
        assert self.counted(batch, "gone", "kept", "unchanged") == (1, 0, 1)
        assert (tiggo.gone_on, tiggo.last_batch_id) == (day_of_batch(batch), batch.pk)
        assert BeforeImage.objects.get(batch=batch).before["gone_on"] is None
        back = self.bring_stock(VESTA.format(1), TIGGO)
        tiggo.refresh_from_db()
        assert (self.counted(back, "updated", "new"), tiggo.gone_on) == ((1, 0), None)

    def test_a_file_that_has_shrunk_by_more_than_half_takes_nobody_away(self) -> None:
        self.bring_stock(*ROWS)
        batch = self.bring_stock(*ROWS[:4])
        assert self.counted(batch, "gone", "kept", "unchanged") == (0, 6, 4)
        assert not CarInStock.objects.exclude(gone_on=None).exists()
        assert self.counted(self.bring_stock(*ROWS[:5]), "gone", "kept") == (5, 0), "half of them is enough"

    def test_a_car_named_twice_is_taken_once(self) -> None:
        batch = self.bring_stock(VESTA.format(1), VESTA.format(2))
        assert self.counted(batch, "new", "rejected") == (1, 1)
        assert RejectedRow.objects.get().reason == "same_car"

    def test_a_dry_run_writes_nothing(self) -> None:
        batch = self.bring_stock(VESTA.format(1), dry_run=True)
        assert self.counted(batch, "new") == (1,)
        assert not CarInStock.objects.exists()

    def test_the_class_of_the_model_fills_the_gap(self) -> None:
        self.bring_stock(TIGGO)
        model = CarInStock.objects.get().model
        model.car_class = "SUV-C"
        model.save()
        self.bring_stock(TIGGO.replace("2 390 000", "2 300 000"))
        assert CarInStock.objects.get().car_class == "SUV-C"


def day_of_batch(batch: ImportBatch) -> date:
    class Work:
        source = batch.source

    Work.batch = batch
    return day_of(Work)
