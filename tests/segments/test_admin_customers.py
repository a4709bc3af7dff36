from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from segments.consents import take_back
from segments.models import Customer, Household, ImportBatch, MergeRecord
from tests.segments.builders import (
    make_brand,
    make_card,
    make_centre,
    make_city,
    make_consent,
    make_contact,
    make_customer,
    make_facts,
    make_interaction,
    make_segment,
    make_source,
    make_staff,
    make_vehicle,
)

LIST = reverse("admin:segments_customer_changelist")
PHONE, EMAIL = "+79123456789", "ivanova@mail.ru"


def _page(customer: Customer) -> str:
    return reverse("admin:segments_customer_change", args=[customer.pk])


class StaffTestCase(TestCase):
    rights: tuple[str, ...] = ("segments.view_customer",)

    def setUp(self) -> None:
        self.user = make_staff(*self.rights)
        self.client.force_login(self.user)


MANY = (
    "INSERT INTO segments_contactpoint (kind, value) "
    "SELECT 'phone', '+7999' || lpad(n::text, 7, '0') FROM generate_series(1, 3000) AS n",
    "INSERT INTO segments_vehicle (vin, plate, customer_id) "
    "SELECT 'XTB' || lpad(n::text, 14, '0'), '', c.id FROM generate_series(1, 3000) AS n, (SELECT min(id) AS id FROM segments_customer) AS c",
    "ANALYZE segments_contactpoint, segments_vehicle, segments_card, segments_customer, segments_cardcontact",
)


class CustomerList(StaffTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.anna = make_customer("Иванова", "Анна", city=make_city("Псков"))
        make_contact(cls.anna, PHONE, card=make_card(cls.anna, code="АА-0000162"))
        cls.email = make_contact(cls.anna, EMAIL)
        facts = {"last_brand": make_brand("Skoda"), "last_purchase": date(2022, 3, 12), "cars": 1}
        make_facts(cls.anna, home_centre=make_centre("Лахта"), has_phone=True, **facts)
        cls.pyotr = make_customer("Семёнов", "Пётр")
        make_contact(cls.pyotr, "petr@mail.ru")

    def found(self, **query: Any) -> list[Customer]:
        response = self.client.get(LIST, query)
        assert response.status_code == 200
        return list(response.context["cl"].result_list)

    def test_contacts_are_masked_without_the_right(self) -> None:
        response = self.client.get(LIST)
        self.assertContains(response, "+7 *** ***-67-89")
        self.assertContains(response, "i***@mail.ru")
        self.assertNotContains(response, EMAIL)

    def test_contacts_are_readable_with_the_right(self) -> None:
        self.client.force_login(make_staff("segments.view_customer", "segments.view_contacts"))
        response = self.client.get(LIST)
        self.assertContains(response, "+7 912 345-67-89")
        self.assertContains(response, EMAIL)

    def test_merged_customers_are_not_listed(self) -> None:
        make_customer("Иванова", "А", merged_into=self.anna)
        assert self.found() == [self.anna, self.pyotr]

    def test_words_of_a_name_find_from_their_beginning_in_any_order(self) -> None:
        company = make_customer("", "", company='ООО "Вектор-12"')
        for text in ("семенов ПЕТР", "Пётр Сем", "пет", "с п"):
            with self.subTest(text):
                assert self.found(q=text) == [self.pyotr]
        assert self.found(q="ив") == [self.anna]
        assert self.found(q="вектор 12") == self.found(q="вектор-12") == [company]
        assert self.found(q="мёнов") == []  # only the beginning of a word, and no slip is that large

    def test_a_name_with_a_slip_finds_the_nearest_and_says_so(self) -> None:
        response = self.client.get(LIST, {"q": "Семионов Пётр"})
        assert list(response.context["cl"].result_list) == [self.pyotr]
        self.assertContains(response, "Так никого не зовут")
        self.assertNotContains(self.client.get(LIST, {"q": "Семёнов"}), "Так никого не зовут")

    def test_signs_in_a_name_are_no_query_language(self) -> None:
        for text in ("'", "\\", "ив' | 'се", "ив:*", "%", "_", "!", "()", "'':*"):
            with self.subTest(text):
                assert self.found(q=text) in ([], [self.anna])

    def test_a_phone_of_any_shape_finds(self) -> None:
        for text in ("8 (912) 345-67-89", "9123456789", "+7 912 345 67 89", "8 912 345 67 89"):
            with self.subTest(text):
                assert self.found(q=text) == [self.anna]

    def test_a_part_of_a_phone_finds(self) -> None:
        make_contact(self.pyotr, "+79991112233")
        for text in ("6789", "67-89", "3456789", "345-67-89", "+7912", "+7 (912) 3", "8 (912) 34", "89123456"):
            with self.subTest(text):
                assert self.found(q=text) == [self.anna]
        assert self.found(q="789") == []  # three digits end a thousandth of all phones
        assert self.found(q="5789") == []

    def test_an_email_finds_whole_or_from_its_beginning(self) -> None:
        for text in ("Ivanova@mail.ru", "ivanova@", "ivan"):
            with self.subTest(text):
                assert self.found(q=text) == [self.anna]
        assert self.found(q="vanova@mail.ru") == []
        assert self.found(q="i%a@mail.ru") == self.found(q="iv_nova@mail.ru") == []

    def test_a_car_finds_its_owner(self) -> None:
        make_vehicle(self.anna, vin="XTA21099012345678", plate="A123BC78")
        make_vehicle(None, vin="XTA21099012345999")
        for text in ("XTA21099012345678", "хта21099012345678", "345678", "9012345678", "А123ВС78", "а 123 вс"):
            with self.subTest(text):
                assert self.found(q=text) == [self.anna]
        assert self.found(q="345999") == []  # the holding's own

    def test_a_card_code_finds(self) -> None:
        assert self.found(q="АА-0000162") == self.found(q="аа-0000162") == [self.anna]

    def test_a_merged_customer_is_not_found(self) -> None:
        merged = make_customer("Мерзлякова", "Инна", merged_into=self.anna)
        assert self.found(q="мерзлякова") == []
        assert merged not in self.found(q="инна")

    def test_filters(self) -> None:
        assert self.found(brand=make_brand("Skoda").pk) == [self.anna]
        assert self.found(city=make_city("Псков").pk) == [self.anna]
        assert self.found(contacts="phone") == self.found(contacts="no_email") == [self.anna]
        assert self.found(contacts="email") == self.found(contacts="none") == []
        assert self.found(centre=make_centre("Лахта").pk) == [self.anna]
        assert self.found(consent="yes") == []
        make_consent(self.email)
        assert self.found(consent="yes") == [self.anna]
        assert self.found(consent="no") == [self.pyotr]

    def test_filters_by_household_and_by_when_she_appeared(self) -> None:
        self.pyotr.household = Household.objects.create(name="Семёновы", size=2)
        self.pyotr.created_at = timezone.now() - timedelta(days=20)
        self.pyotr.save()
        assert self.found(household="yes") == self.found(household=self.pyotr.household.pk) == [self.pyotr]
        assert self.found(household="no") == [self.anna]
        assert self.found(new="7") == [self.anna]
        assert self.found(new="30") == [self.anna, self.pyotr]

    def test_nonsense_in_the_address_is_no_error(self) -> None:
        nonsense = dict.fromkeys(("brand", "city", "centre", "consent", "contacts", "household", "new"), "1 OR 1")
        assert self.found(**nonsense, q="\x00") == [self.anna, self.pyotr]

    def test_the_number_of_queries_does_not_grow_with_the_list(self) -> None:
        with CaptureQueriesContext(connection) as few:
            self.client.get(LIST)
        for number in range(20):
            someone = make_customer("Петрова", f"Анна{number}", city=make_city("Псков"))
            make_contact(someone)
            make_facts(someone, last_brand=make_brand("Skoda"))
            make_segment(someone)
        with CaptureQueriesContext(connection) as many:
            self.client.get(LIST)
        assert len(many) == len(few) <= 13

    def test_every_kind_of_search_has_its_index(self) -> None:
        searches = {
            "иван": "customer_name_words", "6789": "contact_phone_end", "+7912345": "contact_point_once",
            "ivanova@": "contact_point_once", "345678": "vehicle_vin_end", "А123ВС78": "vehicle_plate",
            "АА-0000162": "card_once", "XTA21099012345678": "vehicle_by_vin",
        }  # fmt: skip
        with connection.cursor() as cursor:
            for statement in MANY:  # of a table that is nearly empty any index will do
                cursor.execute(statement)
            cursor.execute("SET LOCAL enable_seqscan = off")
            for text, index in searches.items():
                with self.subTest(text), CaptureQueriesContext(connection) as asked:
                    self.found(q=text)
                    plans = []
                    for query in asked.captured_queries[:]:
                        if "LIMIT" in query["sql"] and "django_" not in query["sql"]:
                            cursor.execute("EXPLAIN " + query["sql"].removeprefix("EXPLAIN (FORMAT JSON) "))
                            plans += [line for (line,) in cursor.fetchall()]
                    assert index in "\n".join(plans)

    def test_nobody_adds_or_deletes_a_customer_by_hand(self) -> None:
        assert self.client.get(reverse("admin:segments_customer_add")).status_code == 403
        delete = reverse("admin:segments_customer_delete", args=[self.anna.pk])
        assert self.client.post(delete, {"post": "yes"}).status_code == 403


class CustomerPage(StaffTestCase):
    rights = ("segments.view_customer", "segments.reveal_contacts")

    @classmethod
    def setUpTestData(cls) -> None:
        cls.anna = make_customer("Иванова", "Анна", middle_name="Петровна", sex="f", birth_date=date(1990, 5, 12))
        cls.phone, cls.email = make_contact(cls.anna, PHONE), make_contact(cls.anna, EMAIL)

    def verdicts(self) -> dict[str, str]:
        context = self.client.get(_page(self.anna)).context
        return {verdict.channel.name: verdict.answer for verdict in context["verdicts"]}

    def test_it_says_who_she_is(self) -> None:
        make_vehicle(self.anna, brand=make_brand("Toyota"), year=2018)
        make_segment(self.anna, name="Давно не были")
        response = self.client.get(_page(self.anna))
        for text in ("Иванова Анна Петровна", "12.05.1990", "Toyota", "2018", "Давно не были", "+7 *** ***-67-89"):
            self.assertContains(response, text)
        self.assertNotContains(response, EMAIL)

    def test_without_a_decision_nobody_may_write(self) -> None:
        assert self.verdicts() == {"email": "none", "sms": "none"}

    def test_a_consent_opens_its_channel_and_a_withdrawal_closes_it(self) -> None:
        make_consent(self.email, channels=["email"])
        assert self.verdicts() == {"email": "yes", "sms": "none"}
        make_consent(self.email, given=False, channels=["email"], origin="person")
        assert self.verdicts()["email"] == "no"

    def test_a_consent_for_service_messages_or_one_brand_opens_no_advertising(self) -> None:
        make_consent(self.email, purpose="service")
        make_consent(self.email, brand_id=make_brand().pk)
        assert self.verdicts()["email"] == "none"

    def test_an_invalid_address_is_no_address(self) -> None:
        make_consent(self.email)
        self.email.validity = "invalid"
        self.email.save(update_fields=["validity"])
        assert self.verdicts()["email"] == "absent"

    def test_an_address_that_others_hold_says_so(self) -> None:
        make_contact(make_customer("Иванов", "Олег"), PHONE)
        row = self.client.get(_page(self.anna)).context["contacts"][0]
        assert (row.point, row.others) == (self.phone, 1)

    def test_revealing_shows_one_contact_and_is_logged(self) -> None:
        url = reverse("admin:segments_customer_reveal", args=[self.anna.pk, self.phone.pk])
        response = self.client.post(url)
        assert response.content.decode() == "+7 912 345-67-89"
        entry = LogEntry.objects.get(user=self.user)
        assert entry.object_id == str(self.anna.pk)
        assert "67-89" in entry.change_message
        assert "912" not in entry.change_message

    def test_only_post_reveals_and_only_her_own_contacts(self) -> None:
        foreign = make_contact(make_customer("Чужая"), "+79990001122")
        assert self.client.get(self.reveal(self.phone.pk)).status_code == 405
        assert self.client.post(self.reveal(foreign.pk)).status_code == 404
        assert not LogEntry.objects.exists()

    def test_revealing_needs_its_right(self) -> None:
        self.client.force_login(make_staff("segments.view_customer"))
        assert self.client.post(self.reveal(self.phone.pk)).status_code == 403
        self.assertNotContains(self.client.get(_page(self.anna)), "hx-post")

    def reveal(self, point: int) -> str:
        return reverse("admin:segments_customer_reveal", args=[self.anna.pk, point])

    def test_a_merged_number_leads_to_the_survivor(self) -> None:
        middle = make_customer("Иванова", "А", merged_into=self.anna)
        first = make_customer("Иванова", "", merged_into=middle)
        MergeRecord.objects.create(survivor=self.anna, loser=middle, reason="phone")
        self.assertRedirects(self.client.get(_page(first)), _page(self.anna))

    def test_a_long_history_comes_in_pages_without_holes(self) -> None:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        made = [make_interaction(self.anna, "service", happened_at=moment - timedelta(days=n // 2)) for n in range(45)]
        seen, before = [], None
        for _ in range(3):
            url = reverse("admin:segments_customer_timeline", args=[self.anna.pk])
            context = self.client.get(url, {"before": before} if before else {}).context
            seen += [row.pk for row in context["history"]]
            before = context["history_next"]
        assert before is None
        assert sorted(seen) == sorted(row.pk for row in made)
        assert len(set(seen)) == 45

    def test_the_log_of_consents_comes_in_pages_and_says_what_is_in_force(self) -> None:
        for number in range(25):
            make_consent(self.email, given=bool(number % 2), origin="person")
        url = reverse("admin:segments_customer_consents", args=[self.anna.pk])
        first = self.client.get(url).context
        assert [decision.in_force for decision in first["decisions"]] == [True] + [False] * 19
        second = self.client.get(url, {"before": first["decisions_next"]}).context
        assert len(second["decisions"]) == 5
        assert second["decisions_next"] is None

    def test_what_an_undo_took_back_is_shown_as_such_and_its_entry_is_no_decision(self) -> None:
        batch = ImportBatch.objects.create(source=make_source())
        make_consent(self.email, given=True, origin="person")
        make_consent(self.email, given=False, batch_id=batch.pk)
        take_back(batch.pk, [self.email.pk])
        page = self.client.get(reverse("admin:segments_customer_consents", args=[self.anna.pk]))
        shown = [(each.given, bool(each.taken_back), each.in_force) for each in page.context["decisions"]]
        assert shown == [(False, True, False), (True, False, True)]
        self.assertContains(page, f"снято при отмене импорта {timezone.localdate():%d.%m.%Y}")

    def test_the_number_of_queries_does_not_grow_with_her_history(self) -> None:
        make_interaction(self.anna)
        make_consent(self.email, channels=["email", "sms"])
        make_vehicle(self.anna)
        make_segment(self.anna)
        with CaptureQueriesContext(connection) as few:
            self.client.get(_page(self.anna))
        for _ in range(5):
            make_interaction(self.anna, brand=make_brand())
            make_consent(make_contact(self.anna), channels=["email", "sms"])
            make_vehicle(self.anna, brand=make_brand())
            make_segment(self.anna)
            make_card(self.anna)
        with CaptureQueriesContext(connection) as many:
            self.client.get(_page(self.anna))
        assert len(many) == len(few) <= 30

    def test_what_is_not_there_is_404_and_without_the_right_403(self) -> None:
        for number in ("999999999", "abc", "9" * 40):
            assert self.client.get(f"{LIST}{number}/change/").status_code == 404
        self.client.force_login(make_staff())
        for name in ("change", "timeline", "consents"):
            assert self.client.get(reverse(f"admin:segments_customer_{name}", args=[self.anna.pk])).status_code == 403
