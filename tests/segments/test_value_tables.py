import io
from unittest import mock

from django.db import connection

from segments import bells, value_tables
from segments.identity.merging import LOCK
from segments.models import (
    Brand,
    BrandSpelling,
    Card,
    CarInStock,
    City,
    CustomerFacts,
    ImportBatch,
    Interaction,
    OperationSpelling,
    UnknownWord,
    Vehicle,
)
from tests.segments.builders import make_brand, make_city
from tests.segments.test_importing_running import Importing

BOUGHT = "А{n};08.03.2020 12:22:00;{kind};1;{brand};{model};XWEFA3DBK1P77290{n};Новый;1 032 000,00\r\n"


class Words(Importing):
    def bring_deal(
        self, n: int = 1, *, kind: str = "Продажа автомобиля", brand: str = "Бибика", model: str = "Три"
    ) -> ImportBatch:
        return self.bring(
            "1;Иванов Пётр Ильич;89216756405;;;дер. Новые Васюки;\r\n", BOUGHT.format(n=n, kind=kind, brand=brand, model=model)
        )  # fmt: skip

    def word(self, spelling: str) -> UnknownWord:
        return UnknownWord.objects.get(spelling=spelling)

    def mean(self, spelling: str, meaning: object) -> dict[str, int]:
        value_tables.give_meaning([self.word(spelling)], meaning)
        return value_tables.settle()


class Met(Words):
    def test_words_that_no_table_knows_are_kept_with_an_example(self) -> None:
        batch = self.bring_deal()
        assert batch.counters["unrecognised"] == {"brand": {"бибика": 1}, "city": {"новые васюки": 1}}
        brand, city = self.word("бибика"), self.word("новые васюки")
        assert (brand.dictionary, brand.rows, brand.last_batch_id) == ("brand", 1, batch.pk)
        assert brand.example == "Бибика Три · А1"
        assert (city.dictionary, city.example) == ("city", "новые васюки · 1")

    def test_rows_of_brands_add_up_and_those_of_operations_are_of_the_last_file(self) -> None:
        self.bring_deal()
        self.bring_deal(2)
        assert self.word("бибика").rows == 2
        for _ in range(2):
            batch = self.bring_deal(3, kind="Аренда подменного")
        assert batch.counters["documents"]["rejected"] == 1
        assert batch.counters["unrecognised"]["operation"] == {"аренда подменного": 1}
        assert self.word("аренда подменного").rows == 1

    def test_a_dry_run_keeps_none(self) -> None:
        self.bring("1;Иванов Пётр;89216756405;;;Васюки;\r\n", dry_run=True)
        assert not UnknownWord.objects.exists()

    def test_a_word_of_a_page_is_no_word(self) -> None:
        self.bring_deal(brand="Какое-то очень длинное название " * 6)
        assert set(UnknownWord.objects.values_list("dictionary", flat=True)) == {"city"}


class Brands(Words):
    def test_a_meaning_mends_what_came_with_the_word(self) -> None:
        self.bring_deal()
        self.bring_deal(2, model="Три")
        brand = make_brand("Bibika")
        assert self.mean("бибика", brand.pk) == {"cards": 0, "documents": 2, "stock": 0, "words": 1}
        for deal in Interaction.objects.select_related("brand", "model"):
            assert (deal.brand_id, deal.model.name, deal.details) == (brand.pk, "Три", {})
        assert set(Vehicle.objects.values_list("brand_id", "model__name")) == {(brand.pk, "Три")}
        assert CustomerFacts.objects.get().last_brand_id == brand.pk
        assert not UnknownWord.objects.filter(dictionary="brand").exists()

    def test_the_file_again_is_unchanged_then(self) -> None:
        self.bring_deal()
        self.mean("бибика", make_brand("Bibika").pk)
        assert self.bring_deal().counters["documents"]["unchanged"] == 1
        assert Interaction.objects.get().brand.name == "Bibika"

    def test_cars_in_stock_are_mended_too(self) -> None:
        file = "VIN;Марка;Модель\r\nXTAFS045LN1000101;Бибика;Три\r\n".encode("cp1251")
        self.bring_files({"stock": io.BytesIO(file)})
        brand = make_brand("Bibika")
        brand.models.create(name="Три", car_class="B")
        assert self.mean("бибика", brand.pk)["stock"] == 1
        car = CarInStock.objects.get()
        assert (car.brand_id, car.model.name, car.car_class, car.details) == (brand.pk, "Три", "B", {})

    def test_what_somebody_knows_better_stays(self) -> None:
        self.bring_deal()
        other = make_brand("Geely")
        Interaction.objects.update(brand=other)
        self.mean("бибика", make_brand("Bibika").pk)
        assert Interaction.objects.get().brand_id == other.pk


class Cities(Words):
    def test_cards_golden_records_and_facts_get_the_city(self) -> None:
        self.bring_deal()
        city = make_city("Новые Васюки")
        assert Card.objects.get().notes["city"] == ["unknown_word"]
        assert self.mean("новые васюки", city.pk)["cards"] == 1
        card = Card.objects.select_related("customer").get()
        assert "city" not in card.notes
        assert (card.city_id, card.customer.city_id) == (city.pk, city.pk)
        assert CustomerFacts.objects.get().city_id == city.pk

    def test_another_city_of_another_card_stays_unknown(self) -> None:
        self.bring_deal()
        self.bring("2;Петров Иван;89112003040;;;Старые Васюки;\r\n")
        self.mean("новые васюки", make_city("Новые Васюки").pk)
        assert Card.objects.get(code="2").city_id is None
        assert UnknownWord.objects.get(dictionary="city").spelling == "старые васюки"


class Operations(Words):
    def test_the_rows_come_in_when_the_file_is_loaded_again(self) -> None:
        self.bring_deal(kind="Аренда подменного")
        assert not Interaction.objects.exists()
        self.mean("аренда подменного", "service")
        assert OperationSpelling.objects.get(spelling="аренда подменного").kind == "service"
        assert self.bring_deal(kind="Аренда подменного").counters["documents"]["new"] == 1
        assert Interaction.objects.get().kind == "service"

    def test_the_table_is_what_the_import_asks(self) -> None:
        OperationSpelling.objects.filter(spelling="продажа автомобиля").update(kind="buyout")
        self.bring_deal()
        assert Interaction.objects.get().kind == "buyout"


class Settling(Words):
    def test_a_spelling_from_elsewhere_does_it_as_well(self) -> None:
        self.bring_deal()
        BrandSpelling.objects.create(spelling="бибика", brand=make_brand("Bibika"))
        assert not value_tables.open_words().filter(spelling="бибика").exists()
        assert value_tables.settle()["documents"] == 1

    def test_it_waits_while_an_import_runs(self) -> None:
        self.bring_deal()
        value_tables.give_meaning([self.word("бибика")], make_brand("Bibika").pk)
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            assert value_tables.settle()["words"] == 0
            cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
        assert value_tables.settle()["words"] == 1

    def test_the_bell_rings_once_and_the_sweep_rings_a_lost_one(self) -> None:
        self.bring_deal()
        with mock.patch.object(bells, "django_rq") as rq:
            queue = rq.get_queue.return_value
            queue.get_job_ids.return_value = []
            with self.captureOnCommitCallbacks(execute=True):
                value_tables.give_meaning([self.word("бибика")], make_brand("Bibika").pk)
            queue.enqueue.assert_called_once()
            queue.get_job_ids.return_value = [value_tables.JOB_ID]
            assert value_tables.sweep() == {"value_tables": 0}
            queue.get_job_ids.return_value = []
            assert value_tables.sweep() == {"value_tables": 1}
            value_tables.settle()
            assert value_tables.sweep() == {"value_tables": 0}

    def test_the_first_meaning_stands(self) -> None:
        self.bring_deal()
        first, second = make_brand("Bibika"), make_brand("Geely")
        word = self.word("бибика")
        assert value_tables.give_meaning([word], first.pk) == 1
        assert value_tables.give_meaning([word], second.pk) == 0
        assert BrandSpelling.objects.get(spelling="бибика").brand_id == first.pk

    def test_a_word_that_means_nothing_is_not_asked_about_again(self) -> None:
        self.bring_deal()
        value_tables.ignore([self.word("бибика")])
        self.bring_deal(2)
        assert not value_tables.open_words().filter(dictionary="brand").exists()
        assert value_tables.open_words(ignored=True).get().rows == 2

    def test_nothing_to_do_touches_nothing(self) -> None:
        assert value_tables.settle() == {"cards": 0, "documents": 0, "stock": 0, "words": 0}
        assert Brand.objects.exists()
        assert City.objects.exists()
