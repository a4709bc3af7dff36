from datetime import date

from django.test import TestCase
from django.urls import reverse

from segments.models import CarInStock, CarPrice, CentreTraffic
from tests.segments.builders import make_brand, make_centre, make_source, make_staff

CARS = reverse("admin:segments_carinstock_changelist")
VIN = "XTAFS045LN1000101"


class Stock(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.brand, cls.source, cls.centre = make_brand("LADA"), make_source(), make_centre()
        cls.model = cls.brand.models.create(name="Vesta")
        cls.car = cls.make(VIN, vin=VIN, model=cls.model, price=1_499_000, year=2026, car_class="B")
        cls.gone = cls.make("ТИ-000107", gone_on=date(2026, 11, 1))

    @classmethod
    def make(cls, key: str, **fields: object) -> CarInStock:
        return CarInStock.objects.create(
            source=cls.source, brand=cls.brand, centre=cls.centre, external_key=key, content_hash=b"", **fields
        )

    def setUp(self) -> None:
        self.client.force_login(make_staff("segments.view_carinstock", "segments.view_centretraffic"))

    def found(self, query: str) -> list[str]:
        return [car.external_key for car in self.client.get(f"{CARS}?{query}").context["cl"].result_list]

    def test_the_list_begins_with_what_stands_there(self) -> None:
        assert self.found("") == [VIN]
        assert self.found("there=gone") == ["ТИ-000107"]
        assert sorted(self.found("there=all")) == [VIN, "ТИ-000107"]

    def test_filters(self) -> None:
        other = make_brand("Geely")
        self.make("2", model=None, car_class="SUV-D")
        CarInStock.objects.filter(external_key="2").update(brand=other)
        assert self.found(f"brand={other.pk}") == ["2"]
        assert self.found(f"brand={self.brand.pk}&model={self.model.pk}") == [VIN]
        assert self.found("car_class=B") == [VIN]
        assert self.found(f"centre={self.centre.pk + 1}") == []
        assert len(self.found("brand=x&model=y&centre=z")) == 2

    def test_a_car_is_found_by_its_vin_however_it_is_typed(self) -> None:
        for typed in (VIN, "хтаfs045ln1000101", " XTAFS045LN 1000101 ", "1000101"):
            assert self.found(f"q={typed}") == [VIN], typed
        assert self.found("there=all&q=ти-000107") == ["ТИ-000107"]

    def test_the_page_shows_the_history_of_the_price(self) -> None:
        CarPrice.objects.create(car=self.car, since=date(2026, 10, 1), price=1_589_000)
        CarPrice.objects.create(car=self.car, since=date(2026, 11, 1), price=1_499_000)
        page = self.client.get(reverse("admin:segments_carinstock_change", args=[self.car.pk])).content.decode()
        text = page.replace("\xa0", " ")
        assert "01.11.2026 · <strong>1 499 000</strong> ₽ (−90 000 ₽)" in text
        assert "01.10.2026 · <strong>1 589 000</strong> ₽" in text

    def test_a_year_is_no_sum(self) -> None:
        page = self.client.get(CARS).content.decode()
        assert ">2026<" in page
        assert "2\xa0026" not in page

    def test_a_car_without_a_known_brand_shows_the_words_of_its_file(self) -> None:
        CarInStock.objects.filter(pk=self.car.pk).update(
            brand=None, model=None, details={"brand": "бибика", "model": "Три"}
        )
        assert "бибика Три" in self.client.get(CARS).content.decode()

    def test_nobody_writes_here(self) -> None:
        for page in ("add", "change", "delete"):
            args = [] if page == "add" else [self.car.pk]
            answer = self.client.post(reverse(f"admin:segments_carinstock_{page}", args=args), {"vin": "x"})
            assert answer.status_code == 403

    def test_a_long_list_counts_nothing_and_asks_little(self) -> None:
        with self.assertNumQueries(9):
            self.client.get(CARS)

    def test_visitor_counters(self) -> None:
        CentreTraffic.objects.create(source=self.source, centre=self.centre, day=date(2026, 11, 18), visitors=1043)
        page = self.client.get(reverse("admin:segments_centretraffic_changelist")).content.decode()
        assert "18.11.2026" in page
        assert "1\xa0043" in page
