from datetime import date

from django.test import TestCase

from segments.identity.golden import refresh_golden
from segments.identity.origins import origins
from segments.models import Customer
from tests.segments import builders
from tests.segments.test_importing_running import Importing


class OriginsTest(TestCase):
    def setUp(self) -> None:
        self.customer = builders.make_customer()

    def card(self, last: str, first: str = "", middle: str = "", **fields: object) -> None:
        builders.make_card(self.customer, last_name=last, first_name=first, middle_name=middle, **fields)

    def told(self, field: str) -> list[tuple[object, bool, str]]:
        return [(said.value, said.is_chosen, said.why) for said in origins(self.customer.pk)[field]]

    def test_one_card(self) -> None:
        self.card("Иванова", "Анна", sex="f")
        self.assertEqual(self.told("name"), [(("Иванова", "Анна", ""), True, "only")])
        self.assertEqual(set(origins(self.customer.pk)), {"name", "sex"})
        self.assertEqual(str(origins(self.customer.pk)["sex"][0].reason) != "", True)

    def test_the_fullest_name(self) -> None:
        self.card("Иванова", "А.", "П.")
        self.card("Иванова", "А.", "П.")
        self.card("Иванова", "Анна", "Петровна")
        self.assertEqual(
            self.told("name"),
            [(("Иванова", "Анна", "Петровна"), True, "fullest")] + [(("Иванова", "А.", "П."), False, "short")] * 2,
        )

    def test_the_most_frequent_then_the_newest(self) -> None:
        self.card("Иванова", "Анна", birth_date=date(1990, 1, 2), created_on=date(2020, 1, 1))
        self.card("Иванова", "Анна", birth_date=date(1990, 1, 2), created_on=date(2018, 1, 1))
        self.card("Петрова", "Анна", birth_date=date(1991, 1, 2), created_on=date(2019, 1, 1))
        self.assertEqual([why for _, _, why in self.told("birth_date")], ["frequent", "frequent", "rare"])
        self.card("Петрова", "Анна", created_on=date(2024, 1, 1))
        self.assertEqual([why for _, _, why in self.told("name")], ["newest", "newest", "older", "older"])

    def test_the_city_of_the_newest_card(self) -> None:
        pskov, luga = builders.make_city("Псков"), builders.make_city("Луга")
        for city, year in ((pskov, 2018), (luga, 2022), (luga, 2019)):
            self.card("Иванова", city=city, created_on=date(year, 1, 1))
        self.assertEqual(self.told("city"), [(luga, True, "newest"), (luga, False, "same"), (pskov, False, "older")])

    def test_the_source_that_is_believed_first(self) -> None:
        trusted = builders.make_source("Сайт")
        trusted.priority = 5
        trusted.save()
        pskov, luga = builders.make_city("Псков"), builders.make_city("Луга")
        for _ in range(2):
            self.card("Иванова", "Анна", birth_date=date(1990, 1, 2), sex="m", city=pskov, created_on=date(2024, 1, 1))
        self.card(
            "Петрова", "Анна", birth_date=date(1991, 1, 2), city=luga, created_on=date(2018, 1, 1), source=trusted
        )
        for field in ("name", "birth_date", "city"):
            self.assertEqual([why for _, _, why in self.told(field)], ["believed", "doubted", "doubted"], field)
        refresh_golden([self.customer.pk])
        self.customer.refresh_from_db()
        golden = (self.customer.last_name, self.customer.birth_date, self.customer.city, self.customer.sex)
        self.assertEqual(golden, ("Петрова", date(1991, 1, 2), luga, "m"))  # nobody else told the sex

    def test_a_trusted_source_does_not_take_the_fuller_name_away(self) -> None:
        trusted = builders.make_source("Сайт")
        trusted.priority = 5
        trusted.save()
        self.card("Иванова", "А.", source=trusted)
        self.card("Иванова", "Анна")
        self.assertEqual(self.told("name")[0], (("Иванова", "Анна", ""), True, "fullest"))


class AgreementTest(Importing):
    def test_the_origins_say_what_the_golden_record_holds(self) -> None:
        self.bring_export()
        several = Customer.objects.filter(merged_into=None, cards__isnull=False).order_by("pk")
        several = several.extra(
            where=["(SELECT count(*) FROM segments_card AS c WHERE c.customer_id = segments_customer.id) > 2"]
        )
        ids = list(several.values_list("pk", flat=True).distinct()[:60])
        self.assertGreater(len(ids), 30)
        refresh_golden(ids)
        for customer in Customer.objects.filter(pk__in=ids).select_related("city"):
            chosen = {field: said[0].value for field, said in origins(customer.pk).items()}
            held = {"name": (customer.last_name, customer.first_name, customer.middle_name), "company": customer.company,
                    "sex": customer.sex, "birth_date": customer.birth_date, "city": customer.city}  # fmt: skip
            self.assertEqual(chosen, {field: value for field, value in held.items() if field in chosen}, customer.pk)
