import io
import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from channels.models import Account, InboxLetter, JournalEntry
from segments import erasing
from segments.identity import merging
from segments.importing import running
from segments.models import (
    BeforeImage,
    Card,
    Consent,
    ConsentState,
    ContactPoint,
    Customer,
    ErasedKey,
    Household,
    ImportBatch,
    Interaction,
    MergeRecord,
    RejectedRow,
    ReviewPair,
    Vehicle,
)
from tests.segments.builders import (
    make_card,
    make_consent,
    make_contact,
    make_customer,
    make_facts,
    make_interaction,
    make_pair,
    make_segment,
    make_source,
    make_staff,
    make_vehicle,
)
from tracking.models import Call

PHONE, EMAIL, SHARED = "+79123456789", "zhuravleva@mail.ru", "+79990001122"
CODE, NAME = "ЖУ-0000777", "Журавлёва"
HEADER = "Код;Наименование;Телефон;E-mail"


class ErasingTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.source = make_source("1С")
        cls.batch = ImportBatch.objects.create(source=cls.source)
        cls.anna = make_customer(NAME, "Анна")
        cls.card = make_card(
            cls.anna, code=CODE, source=cls.source, last_name=NAME, raw=PHONE, first_batch_id=cls.batch.pk
        )
        cls.phone, cls.email = (make_contact(cls.anna, value, card=cls.card) for value in (PHONE, EMAIL))
        cls.shared = make_contact(cls.anna, SHARED, card=cls.card)
        cls.oleg = make_customer("Журавлёв", "Олег")
        make_contact(cls.oleg, SHARED)


class Erasing(ErasingTestCase):
    def rows_that_say(self, *secrets: str) -> dict[str, int]:
        """{table: rows} of the whole database in which one of these texts stands."""
        tables = [name for name in connection.introspection.table_names() if not name.startswith("django_migrations")]
        found = {}
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ~ %s', ["|".join(secrets)])
                if count := cursor.fetchone()[0]:
                    found[table] = count
        return found

    def fill(self) -> None:
        make_consent(self.email)
        make_consent(self.shared, given=False, origin="person", customer_id=self.anna.pk)
        make_facts(self.anna)
        make_segment(self.anna)
        make_pair(self.anna, self.oleg, evidence={"last": "same"})
        self.sale = make_interaction(
            self.anna,
            amount=100,
            card=self.card,
            card_code=CODE,
            details={"phone": PHONE},
            vehicle=make_vehicle(self.anna),
        )
        BeforeImage.objects.create(batch=self.batch, kind="card", row_id=self.card.pk, before={"last_name": NAME})
        RejectedRow.objects.create(
            batch=self.batch, kind="cards", line=1, reason="bad_email", raw={"К": CODE, "Т": PHONE}
        )
        later = ImportBatch.objects.create(source=self.source)  # neither the first nor the last of her card
        RejectedRow.objects.create(batch=later, kind="cards", line=1, reason="bad_email", raw={"К": CODE})
        RejectedRow.objects.create(
            batch=later, kind="cards", line=2, reason="no_code", raw={"Т": f"8 (912) 345-67-89, {SHARED}"}
        )
        RejectedRow.objects.create(
            batch=later, kind="cards", line=3, reason="no_code", raw={"E": f"почта: {EMAIL.title()}"}
        )
        RejectedRow.objects.create(batch=later, kind="cards", line=4, reason="no_code", raw={"Т": SHARED})
        InboxLetter.objects.create(raw=f"To: {EMAIL}".encode(), recipient=EMAIL)
        account = Account.objects.create(name="Журнал", channel="sms", provider="smtp")
        JournalEntry.objects.create(account=account, channel="sms", recipient=PHONE, body=f"{NAME}, {PHONE}".encode())
        Call.objects.create(external_id="1", started_at=timezone.now(), caller=PHONE, customer=self.anna)
        LogEntry.objects.create(
            user=make_staff(), content_type=ContentType.objects.get_for_model(Customer), object_id=str(self.anna.pk),
            object_repr=f"{NAME} Анна", action_flag=2,
        )  # fmt: skip

    def test_nothing_in_the_whole_database_says_who_she_was(self) -> None:
        self.fill()
        secrets = (f"{NAME}", PHONE[1:], EMAIL, EMAIL.title(), CODE, "345-67-89")
        assert len(self.rows_that_say(*secrets)) >= 7
        erasing.erase([self.anna.pk])
        assert self.rows_that_say(*secrets) == {}
        assert RejectedRow.objects.get().line == 4

    def test_what_stays_is_figures(self) -> None:
        self.fill()
        assert erasing.erase([self.anna.pk]) == 1
        sale = Interaction.objects.get(pk=self.sale.pk)
        assert (sale.amount, sale.customer_id, sale.card_id, sale.card_code, sale.vehicle_id) == (
            100,
            None,
            None,
            "",
            None,
        )
        assert Vehicle.objects.get().customer_id is None
        call = Call.objects.get()
        assert (call.caller, call.customer_id) == ("", None)

    def test_what_others_hold_stays_with_its_decisions(self) -> None:
        self.fill()
        erasing.erase([self.anna.pk])
        assert list(ContactPoint.objects.values_list("value", flat=True)) == [SHARED]
        assert list(ConsentState.objects.values_list("contact_point__value", "given")) == [(SHARED, False)]
        assert Consent.objects.get().customer_id is None
        assert Card.objects.get().customer == self.oleg
        assert not ReviewPair.objects.exists()

    def test_a_segment_is_smaller_by_her_also_a_list_that_nothing_refreshes(self) -> None:
        segment = make_segment(self.anna, self.oleg, policy="frozen")
        erasing.erase([self.anna.pk])
        segment.refresh_from_db()
        assert segment.size == segment.memberships.count() == 1
        assert segment.changed_at

    def test_whoever_was_merged_into_her_goes_too(self) -> None:
        shell = make_customer(NAME, "А")
        make_card(shell)
        merging.merge_by_hand([self.anna.pk, shell.pk], self.anna.pk, make_staff().pk)
        assert erasing.erase([self.anna.pk]) == 2
        assert list(Customer.objects.all()) == [self.oleg]
        assert not MergeRecord.objects.exists()

    def test_the_family_is_counted_anew(self) -> None:
        home = Household.objects.create(name="Журавлёвы", size=2)
        Customer.objects.update(household=home)
        erasing.erase([self.anna.pk])
        assert not Household.objects.exists()
        assert Customer.objects.get().household_id is None

    def test_hashes_stay_and_say_nothing(self) -> None:
        erasing.erase([self.anna.pk])
        kinds = sorted(ErasedKey.objects.values_list("kind", flat=True))
        assert kinds == ["card", "email", "phone"]  # not the number that another has
        assert {len(key.digest) for key in ErasedKey.objects.all()} == {32}
        assert erasing.erased("phone", [PHONE, SHARED]) == {PHONE}
        assert erasing.erased("email", [EMAIL, PHONE]) == {EMAIL}
        card = erasing.card_key(self.source.pk, CODE)
        assert erasing.erased("card", [card, erasing.card_key(self.source.pk + 1, CODE)]) == {card}

    def test_hashes_are_keyed_and_survive_a_rotation_of_the_secret(self) -> None:
        with override_settings(SECRET_KEY="old"):
            erasing.erase([self.anna.pk])
        assert erasing.erased("phone", [PHONE]) == set()
        with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
            assert erasing.erased("phone", [PHONE]) == {PHONE}

    def test_beside_an_import_it_is_refused_and_nothing_goes(self) -> None:
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (merging.LOCK,))
        with self.assertRaises(erasing.Refused):
            erasing.erase([self.anna.pk])
        assert Customer.objects.filter(pk=self.anna.pk).exists()

    def test_an_eraser_of_an_upper_app_sees_the_rows_and_is_asked_once(self) -> None:
        seen: list[Any] = []

        def eraser(customer_ids: Any) -> None:
            seen.append((list(customer_ids), ContactPoint.objects.filter(value=PHONE).exists()))

        erasing.register(eraser)
        erasing.register(eraser)
        self.addCleanup(erasing._erasers.remove, eraser)
        erasing.erase([self.anna.pk])
        assert seen == [([self.anna.pk], True)]


class NextImport(ErasingTestCase):
    def load(self, *rows: str) -> ImportBatch:
        file = io.BytesIO("\r\n".join((HEADER, *rows)).encode("cp1251"))
        file.name = "cards.csv"
        batch = running.receive("1С", cards=file)
        running.confirm(batch, background=False)
        batch = running.run(batch.pk)
        assert batch.state == ImportBatch.State.DONE, batch.error
        return batch

    def test_she_does_not_come_back(self) -> None:
        erasing.erase([self.anna.pk])
        batch = self.load(
            f"{CODE};{NAME} Анна;8 912 000-00-00;",  # by her code
            f"НО-1;{NAME} Анна;8 (912) 345-67-89;{EMAIL}",  # by her addresses
            "НО-2;Орлов Пётр;8 921 111-22-33;",
        )
        counted = {name: batch.counters["cards"][name] for name in ("read", "new", "rejected")}
        assert counted == {"read": 3, "new": 1, "rejected": 2}
        assert not Customer.objects.filter(last_name=NAME).exists()
        assert not ContactPoint.objects.filter(value__in=[PHONE, EMAIL]).exists()
        refused = RejectedRow.objects.filter(batch=batch)
        assert set(refused.values_list("reason", "whole_row")) == {("erased", True)}
        assert NAME not in json.dumps([row.raw for row in refused], ensure_ascii=False)

    def test_an_address_of_hers_on_the_card_of_another_is_left_out_alone(self) -> None:
        erasing.erase([self.anna.pk])
        batch = self.load("НО-3;Орлов Пётр;8 921 111-22-33, 8 912 345-67-89;")
        assert batch.counters["cards"]["new"] == 1
        values = ContactPoint.objects.filter(holders__card__code="НО-3").values_list("value", flat=True)
        assert list(values) == ["+79211112233"]
        assert "345" not in Card.objects.get(code="НО-3").raw
        assert RejectedRow.objects.filter(batch=batch).values_list("column", "whole_row").get() == ("phone", False)

    def test_a_stop_list_that_names_her_keeps_the_refusal_and_no_person(self) -> None:
        erasing.erase([self.anna.pk])
        rows = io.BytesIO(f"Телефон;E-mail;Канал;Марка;Причина;Дата отказа\r\n{PHONE};;смс;;;\r\n".encode("cp1251"))
        rows.name = "stop.csv"
        batch = running.receive("1С", stop_list=rows)
        running.confirm(batch, background=False)
        assert running.run(batch.pk).state == ImportBatch.State.DONE
        assert not ConsentState.objects.get(contact_point__value=PHONE).given
        assert Consent.objects.get().customer_id is None
        self.load(f"{CODE};{NAME} Анна;{PHONE};", f"НО-5;Орлов Пётр;{PHONE}, 8 921 111-22-33;")
        assert not ContactPoint.objects.get(value=PHONE).holders.exists()
        assert not Customer.objects.filter(last_name=NAME).exists()

    def test_a_namesake_of_hers_comes(self) -> None:
        erasing.erase([self.anna.pk])
        self.load(f"НО-4;{NAME} Анна;8 921 111-22-44;")
        assert Customer.objects.filter(last_name=NAME).count() == 1


class Page(ErasingTestCase):
    def setUp(self) -> None:
        self.user = make_staff("segments.view_customer", "segments.erase_customer")
        self.client.force_login(self.user)
        self.url = reverse("admin:segments_customer_erase", args=[self.anna.pk])

    def test_the_number_has_to_be_typed(self) -> None:
        page = self.client.get(self.url)
        self.assertContains(page, "Отменить удаление не сможет никто")
        self.assertContains(page, "Файлы прежних импортов хранятся 30 дней")
        for wrong in ("", "1000000", "да"):
            assert self.client.post(self.url, {"number": wrong}).status_code == 200
        assert Customer.objects.filter(pk=self.anna.pk).exists()
        response = self.client.post(self.url, {"number": f"№ {self.anna.pk}"})
        self.assertRedirects(response, reverse("admin:segments_customer_changelist"))
        assert not Customer.objects.filter(pk=self.anna.pk).exists()

    def test_it_is_logged_without_her_name(self) -> None:
        self.client.post(self.url, {"number": str(self.anna.pk)})
        entry = LogEntry.objects.get(object_id=str(self.anna.pk))
        assert (entry.user, entry.object_repr) == (self.user, "")
        assert NAME not in entry.change_message

    def test_it_needs_its_right(self) -> None:
        self.client.force_login(make_staff("segments.view_customer", "segments.merge_customers"))
        assert self.client.get(self.url).status_code == 403
        assert self.client.post(self.url, {"number": str(self.anna.pk)}).status_code == 403
        assert Customer.objects.filter(pk=self.anna.pk).exists()
