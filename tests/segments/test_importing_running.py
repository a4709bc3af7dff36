import io
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import django_rq
from django.db import OperationalError, connection
from django.test import TestCase

from segments.base_hash import base_hash
from segments.consents import record_consent
from segments.identity.identities import identities
from segments.importing import loading, loading_cards, running
from segments.importing.errors import UnusableFile
from segments.importing.jobs import sweep
from segments.importing.reading import separated
from segments.models import (
    Card,
    CardContact,
    Consent,
    ConsentState,
    ContactPoint,
    Customer,
    CustomerFacts,
    ImportBatch,
    Interaction,
    Mapping,
    MergeRecord,
    RejectedRow,
    Segment,
    Source,
    Vehicle,
)
from tests.media import own_media
from tests.segments.scoring import score

DATA = Path(__file__).parent.parent / "data"
CARDS = "Код;ФИО;Телефон;E-mail;Дата рождения;Город;Согласие на рассылку\r\n"
DOCUMENTS = "Номер;Дата;Вид операции;Код контрагента;Марка;Модель;VIN;Состояние;Сумма документа\r\n"
IVANOV = "1;Иванов Пётр Ильич;89216756405;petr.ivanov7@mail.ru;02.01.1960;СПб;Да\r\n"
SALE = "А1;08.03.2020 12:22:00;Продажа автомобиля;{code};Мицубиси;ASX;XWEFA3DBK1P772902;Новый;1 032 000,00\r\n"


class Importing(TestCase):
    def setUp(self) -> None:
        own_media(self)

    def bring(self, cards: str = "", documents: str = "", *, dry_run: bool = False) -> ImportBatch:
        files = {
            "cards": (CARDS + cards).encode("cp1251") if cards else None,
            "documents": (DOCUMENTS + documents).encode("cp1251") if documents else None,
        }
        return self.bring_files(
            {kind: io.BytesIO(content) for kind, content in files.items() if content}, dry_run=dry_run
        )

    def bring_files(self, files: dict[str, Any], *, dry_run: bool = False) -> ImportBatch:
        batch = running.receive("Альфа-Авто", **files)
        running.confirm(batch, dry_run=dry_run, background=False)
        return running.run(batch.pk)

    def bring_export(self, **options: Any) -> ImportBatch:
        with (DATA / "counterparties.csv").open("rb") as cards, (DATA / "documents.csv").open("rb") as documents:
            return self.bring_files({"cards": cards, "documents": documents}, **options)


class ExportTest(Importing):
    """The whole export of a dealership."""

    def test_the_same_files_twice_change_nothing_and_a_dry_run_writes_nothing(self) -> None:
        tried = self.bring_export(dry_run=True)
        self.assertEqual((tried.state, Card.objects.count(), Customer.objects.count()), ("previewed", 0, 0))
        first = self.bring_export()
        for part in ("cards", "documents", "customers"):
            self.assertEqual(tried.counters[part], first.counters[part])
        cards = first.counters["cards"]
        self.assertEqual(cards, {"read": 1475, "new": 1473, "updated": 0, "unchanged": 0, "rejected": 2})
        self.assertEqual(first.counters["documents"]["new"], 3385)
        self.assertEqual(first.counters["unrecognised"], {"brand": {}, "city": {}})
        before, logged = base_hash(), Consent.objects.count()
        second = self.bring_export()
        self.assertEqual(second.counters["cards"]["unchanged"], 1473)
        self.assertEqual(second.counters["documents"]["unchanged"], 3385)
        self.assertEqual((base_hash(), Consent.objects.count()), (before, logged))
        self.assertEqual(CustomerFacts.objects.count(), first.counters["customers"]["total"])

    def test_cards_of_one_person_are_found(self) -> None:
        self.bring_export()
        found = score(DATA / "truth.csv", ((code, customer) for _, code, customer, _ in identities()))
        self.assertGreaterEqual(found.precision, 0.999)
        self.assertGreaterEqual(found.recall, 0.93)

    def test_killed_in_the_middle_and_run_again(self) -> None:
        with mock.patch.object(separated, "BLOCK", 64 << 10), mock.patch.object(loading_cards, "PART_CARDS", 300):
            clean = self.bring_export()
            expected = base_hash()
            self._empty()
            batch = running.receive(
                "Альфа-Авто",
                cards=(DATA / "counterparties.csv").open("rb"),
                documents=(DATA / "documents.csv").open("rb"),
            )
            running.confirm(batch, background=False)
            self._run_and_die(batch, loading, "load_part")
            self.assertLess(0, Card.objects.count())
            self.assertLess(Card.objects.count(), clean.counters["cards"]["new"])
            self._run_and_die(batch, loading, "settle_owners")
            done = running.run(batch.pk)
        self.assertEqual(base_hash(), expected)
        for part in ("cards", "documents", "customers"):
            self.assertEqual(done.counters[part], clean.counters[part])

    def _run_and_die(self, batch: ImportBatch, module: Any, name: str) -> None:
        """Run until the second call of `name`, where the database goes away."""
        real, calls = getattr(module, name), []

        def dying(*args: Any) -> Any:
            calls.append(args)
            if len(calls) == 2 or name == "settle_owners":
                raise OperationalError("gone")
            return real(*args)

        with mock.patch.object(module, name, dying), self.assertRaises(OperationalError):
            running.run(batch.pk)
        batch.refresh_from_db()
        self.assertEqual(batch.state, "loading")

    def _empty(self) -> None:
        for model in (Card, CardContact, ContactPoint, Consent, ConsentState, Interaction, Vehicle, CustomerFacts):
            model.objects.all().delete()
        Customer.objects.all().delete()


class CardsTest(Importing):
    def test_every_row_has_an_outcome(self) -> None:
        self.bring(IVANOV + "2;Ким Анна;;;;;\r\n")
        batch = self.bring(
            IVANOV + "2;Ким Анна;89608724887;;;;\r\n" + "3;Ли Олег;8921675640;;;;\r\n" + ";Без кода;;;;;\r\n"
            "4;ТЕСТ ТЕСТОВ;;;;;\r\n" + "3;Ли Олег;;;;;\r\n" + "5;только две\r\n" + "6;???;нет;;;;\r\n"
        )
        self.assertEqual(batch.counters["cards"], {"read": 8, "new": 1, "updated": 1, "unchanged": 1, "rejected": 5})
        rejected = RejectedRow.objects.filter(batch=batch).order_by("line").values_list("line", "reason", "whole_row")
        self.assertEqual(
            list(rejected),
            [(4, "bad_phone", False), (5, "no_code", True), (6, "test_card", True), (7, "repeated", True),
             (8, "wrong_cells", True), (9, "empty_card", True)],
        )  # fmt: skip

    def test_cards_of_one_person_in_two_imports(self) -> None:
        self.bring(IVANOV)
        self.bring("7;ИВАНОВ П.И.;+7 921 675-64-05;;;;\r\n")
        cards = Card.objects.order_by("code")
        self.assertEqual(len({card.customer_id for card in cards}), 1)
        self.assertEqual([card.why for card in cards], ["alone", "phone:initials"])
        customer = Customer.objects.get()
        self.assertEqual(
            (customer.last_name, customer.middle_name, customer.city.name), ("Иванов", "Ильич", "Санкт-Петербург")
        )
        self.assertEqual(customer.name_key, "иванов петр ильич")

    def test_two_known_customers_that_turn_out_to_be_one_are_merged(self) -> None:
        self.bring(IVANOV + "2;Иванов Пётр Ильич;89608724887;;;;\r\n", SALE.format(code="2"))
        self.assertEqual(Customer.objects.count(), 2)
        batch = self.bring("2;Иванов Пётр Ильич;89608724887, 89216756405;;;;\r\n")
        self.assertEqual(batch.counters["customers"], {"total": 1, "created": 0, "merged": 1})
        record = MergeRecord.objects.get()
        self.assertEqual((record.reason, record.batch_id, len(record.card_ids)), ("phone:same", batch.pk, 1))
        loser = Customer.objects.get(pk=record.loser_id)
        self.assertEqual(loser.merged_into_id, record.survivor_id)
        self.assertEqual({card.customer_id for card in Card.objects.all()}, {record.survivor_id})
        self.assertEqual(Interaction.objects.get().customer_id, record.survivor_id)
        self.assertEqual(Vehicle.objects.get().customer_id, record.survivor_id)
        self.assertEqual(CustomerFacts.objects.get().purchases, 1)

    def test_a_changed_card_keeps_its_person_and_changes_her_contacts(self) -> None:
        self.bring(IVANOV)
        customer = Customer.objects.get()
        self.bring("1;Иванов Пётр Ильич;89608724887;;;;\r\n")
        held = CardContact.objects.filter(customer=customer).values_list("contact_point__value", flat=True)
        self.assertEqual((list(held), Customer.objects.get()), (["+79608724887"], customer))

    def test_consent_covers_mail_and_sms_and_no_wins(self) -> None:
        self.bring(IVANOV)
        states = ConsentState.objects.values_list("channel", "contact_point__kind", "given")
        self.assertEqual(set(states), {("email", "email", True), ("sms", "phone", True)})
        self.bring("9;Иванова Анна;89216756405;;;;Нет\r\n")
        self.assertFalse(ConsentState.objects.get(channel="sms").given)
        self.bring("9;Иванова Анна;89216756405;;;;Да\r\n")
        self.assertFalse(ConsentState.objects.get(channel="sms").given)

    def test_an_opt_out_survives_every_import(self) -> None:
        self.bring(IVANOV)
        mail = ContactPoint.objects.get(kind="email")
        record_consent(
            contact_point_ids=[mail.pk], channels=["email"], purpose="advertising", given=False, origin="person"
        )
        self.bring(IVANOV.replace("СПб", "Псков"))
        self.assertFalse(ConsentState.objects.get(contact_point=mail).given)

    def test_a_hub_is_marked(self) -> None:
        names = ("Алин Анна", "Белов Борис", "Волков Вадим", "Громов Глеб", "Дёмин Денис", "Ежов Егор")
        self.bring("".join(f"{n};{name};89216756405;;;;\r\n" for n, name in enumerate(names)))
        self.assertTrue(ContactPoint.objects.get().is_shared)
        self.bring("77;Алин Анна;89216756405;;;;\r\n")
        self.assertEqual(Customer.objects.count(), 7)

    def test_a_hub_is_marked_although_the_import_broke_after_its_last_card(self) -> None:
        def broken(*args: Any) -> None:
            real(*args)
            raise OperationalError("gone")

        real, names = loading_cards.load_part, ("Алин Анна", "Белов Борис", "Волков Вадим", "Громов Глеб", "Ежов Егор")
        rows = "".join(f"{n};{name};89216756405;;;;\r\n" for n, name in enumerate((*names, "Дёмин Денис")))
        batch = running.receive("Альфа-Авто", cards=io.BytesIO((CARDS + rows).encode("cp1251")))
        running.confirm(batch, background=False)
        with mock.patch.object(loading, "load_part", broken), self.assertRaises(OperationalError):
            running.run(batch.pk)
        self.assertEqual(Card.objects.count(), 6)
        running.run(batch.pk)
        self.assertTrue(ContactPoint.objects.get().is_shared)

    def test_segments_are_refreshed_at_once_but_not_by_a_dry_run(self) -> None:
        queue = django_rq.get_queue("segments")
        segment = Segment.objects.create(name="All", slug="all", rule={}, refresh_due_at=None)
        for dry_run in (True, False):
            with self.captureOnCommitCallbacks(execute=True):
                self.bring(IVANOV, dry_run=dry_run)
            self.assertEqual(f"refresh-segment-{segment.pk}" in queue.get_job_ids(), not dry_run)
        queue.remove(f"refresh-segment-{segment.pk}")

    def test_nul_and_other_oddities_do_not_stop_the_others(self) -> None:
        batch = self.bring("1;И\u00a0ванов \\.;\\N;;;;\r\n" + IVANOV.replace("1;", "2;", 1))
        self.assertEqual((batch.state, batch.counters["cards"]["new"]), ("done", 2))


class DocumentsTest(Importing):
    def test_a_sale(self) -> None:
        self.bring(IVANOV, SALE.format(code="1"))
        sale = Interaction.objects.get()
        self.assertEqual((sale.kind, sale.line, sale.external_key), ("sale", "new", "А1/2020"))
        self.assertEqual((sale.brand.name, sale.model.name, str(sale.amount)), ("Mitsubishi", "ASX", "1032000.00"))
        self.assertEqual(sale.happened_at.isoformat(), "2020-03-08T09:22:00+00:00")
        self.assertEqual((sale.vehicle.customer_id, sale.vehicle.owned_since), (sale.customer_id, date(2020, 3, 8)))

    def test_a_journal_of_visits_has_no_column_of_kinds(self) -> None:
        rows = "Номер;Дата;Код контрагента\r\n1;08.03.2020 12:22:00;1\r\n2;09.03.2020;\r\n"
        batch = running.receive("Альфа-Авто", documents=io.BytesIO(rows.encode("cp1251")))
        with self.assertRaises(UnusableFile):
            running.confirm(batch, background=False)
        running.confirm(batch, options={"documents": {"kind": "visit"}}, background=False)
        self.assertEqual(running.run(batch.pk).counters["documents"]["new"], 2)
        self.assertEqual(set(Interaction.objects.values_list("kind", "card_code")), {("visit", "1"), ("visit", "")})

    def test_brand_and_model_in_one_cell(self) -> None:
        header = DOCUMENTS.replace("Марка;Модель", "Марка, модель")
        sale = SALE.replace("Мицубиси;ASX", "Мицубиси Pajero Sport").format(code="1")
        self.bring_files({"documents": io.BytesIO((header + sale).encode("cp1251"))})
        sale = Interaction.objects.select_related("brand", "model").get()
        self.assertEqual((sale.brand.name, sale.model.name), ("Mitsubishi", "Pajero Sport"))

    def test_how_good_the_cells_were_is_counted_over_all_blocks(self) -> None:
        sale = SALE.format(code="1")
        bad = (
            sale.replace("А1", "А2")
            .replace("1 032 000,00", "договорная")
            .replace("XWEFA3DBK1P772902", "XWEFA3D6K1P77290")
        )
        with mock.patch.object(separated, "BLOCK", 100):
            batch = self.bring(IVANOV, sale + bad + sale.replace("А1", "А3"))
        counted = batch.counters["quality"]["documents"]
        self.assertEqual({field: counted[field]["filled"] for field in ("amount", "vin")}, {"amount": 3, "vin": 3})
        self.assertEqual((counted["amount"]["refused"], counted["vin"]["refused"]), (1, 1))
        refused = batch.rejected.filter(whole_row=False).order_by("column").values_list("line", "column", "reason")
        self.assertEqual(list(refused), [(3, "amount", "bad_sum"), (3, "vin", "bad_vin")])

    def test_an_orphan_is_tied_when_its_card_comes(self) -> None:
        batch = self.bring(documents=SALE.format(code="1"))
        self.assertEqual((batch.counters["documents"]["orphans"], Interaction.objects.get().customer_id), (1, None))
        self.bring(IVANOV)
        customer = Customer.objects.get()
        self.assertEqual((Interaction.objects.get().customer_id, Vehicle.objects.get().customer_id), (customer.pk,) * 2)
        self.assertEqual(CustomerFacts.objects.get().purchases, 1)

    def test_a_corrected_date_is_the_same_document_and_next_year_s_number_another(self) -> None:
        self.bring(IVANOV, SALE.format(code="1"))
        batch = self.bring(documents=SALE.format(code="1").replace("08.03.2020", "09.03.2020"))
        self.assertEqual((batch.counters["documents"]["updated"], Interaction.objects.count()), (1, 1))
        self.bring(documents=SALE.format(code="1").replace("08.03.2020", "09.03.2021"))
        self.assertEqual(Interaction.objects.count(), 2)

    def test_bad_rows_are_refused_one_by_one(self) -> None:
        batch = self.bring(
            documents=SALE.format(code="1") + SALE.format(code="1") + ";08.03.2020;Посещение;1;;;;;\r\n"
            "2;вчера;Посещение;1;;;;;\r\n3;08.03.2020;Пикник;1;;;;;\r\n4;08.03.2020;Посещение;1;;;123;;много\r\n"
        )
        reasons = RejectedRow.objects.filter(batch=batch).order_by("line", "reason").values_list("reason", flat=True)
        self.assertEqual(list(reasons), ["repeated", "no_number", "bad_date", "unknown_kind", "bad_sum", "bad_vin"])
        self.assertEqual(batch.counters["documents"]["new"], 2)

    def test_an_unknown_brand_is_reported_not_guessed(self) -> None:
        batch = self.bring(IVANOV, SALE.format(code="1").replace("Мицубиси", "Запорожец"))
        self.assertEqual(batch.counters["unrecognised"]["brand"], {"запорожец": 1})

    def test_a_car_that_was_bought_out_is_nobody_s(self) -> None:
        self.bring(IVANOV, SALE.format(code="1"))
        buyout = SALE.format(code="1").replace("А1", "В2").replace("2020", "2024").replace("Продажа", "Выкуп")
        self.bring(documents=buyout)
        self.assertIsNone(Vehicle.objects.get().customer_id)
        self.assertEqual(CustomerFacts.objects.get().cars, 0)


class LifeTest(Importing):
    def test_a_load_after_a_dry_run_finishes_what_a_failed_one_began(self) -> None:
        batch = self.bring(IVANOV)
        CustomerFacts.objects.all().delete()  # the stage that it did not reach
        ImportBatch.objects.filter(pk=batch.pk).update(state="failed")
        for dry_run in (True, False):
            batch.refresh_from_db()
            running.confirm(batch, dry_run=dry_run, background=False)
            running.run(batch.pk)
        self.assertEqual(CustomerFacts.objects.count(), 1)

    def test_an_unusable_file_leaves_nothing(self) -> None:
        with self.assertRaises(UnusableFile):
            running.receive("Альфа-Авто", cards=io.BytesIO(b"\0\0"))
        self.assertEqual((ImportBatch.objects.count(), Source.objects.count()), (0, 0))

    def test_an_encoding_may_be_picked_by_a_person(self) -> None:
        text = "id;Фамилия\r\n1;Юй\r\n".encode("koi8-r")
        wrong = running.receive("1С", encoding="cp866", cards=io.BytesIO(text))
        self.assertNotIn("Фамилия", running.headers_of(wrong, "cards"))
        batch = running.receive("1С", encoding="koi8-r", cards=io.BytesIO(text))
        self.assertEqual(running.headers_of(batch, "cards"), ["id", "Фамилия"])
        running.confirm(batch, background=False)
        self.assertEqual(running.run(batch.pk).state, "done")
        self.assertEqual(Card.objects.get().last_name, "Юй")

    def test_a_missing_column_is_told_before_anything_runs(self) -> None:
        batch = running.receive("Альфа-Авто", cards=io.BytesIO("Код;Телефон\n1;2\n".encode()))
        with self.assertRaises(UnusableFile):
            running.confirm(batch)
        batch.refresh_from_db()
        self.assertEqual(batch.state, "decoded")
        running.discard(batch)
        self.assertFalse(ImportBatch.objects.exists())

    def test_a_tried_import_may_be_done_but_a_done_one_not_again(self) -> None:
        batch = self.bring(IVANOV, dry_run=True)
        running.confirm(batch, background=False)
        self.assertEqual(running.run(batch.pk).state, "done")
        self.assertEqual(Card.objects.count(), 1)
        with self.assertRaises(UnusableFile):
            running.confirm(batch)

    def test_the_mapping_is_remembered(self) -> None:
        self.bring(IVANOV)
        self.assertEqual(Mapping.objects.get().columns["name"], ["ФИО"])

    def test_cancel(self) -> None:
        batch = running.receive("Альфа-Авто", cards=io.BytesIO((CARDS + IVANOV).encode()))
        running.confirm(batch, background=False)
        ImportBatch.objects.filter(pk=batch.pk).update(state="loading")
        running.cancel(batch)
        self.assertEqual(running.run(batch.pk).state, "cancelled")
        self.assertEqual(Card.objects.count(), 0)
        self.assertEqual(running.run(batch.pk).state, "cancelled")

    def test_an_import_waits_for_another(self) -> None:
        batch = running.receive("Альфа-Авто", cards=io.BytesIO((CARDS + IVANOV).encode()))
        running.confirm(batch, background=False)
        other = connection.copy()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (running.LOCK,))

            def give_up(_seconds: float) -> None:
                self.assertEqual(ImportBatch.objects.get(pk=batch.pk).stage, "waiting")
                cursor.execute("SELECT pg_advisory_unlock(%s)", (running.LOCK,))

            with mock.patch.object(running.time, "sleep", give_up):
                self.assertEqual(running.run(batch.pk).state, "done")

    def test_a_lost_bell_is_rung_again(self) -> None:
        batch = running.receive("Альфа-Авто", cards=io.BytesIO((CARDS + IVANOV).encode()))
        running.confirm(batch, background=False)
        self.assertEqual(sweep(), {"imports": 0})
        ImportBatch.objects.filter(pk=batch.pk).update(heartbeat_at="2020-01-01T00:00Z")
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(sweep(), {"imports": 1})
        self.assertEqual(sweep(), {"imports": 0})
        running.django_rq.get_queue("imports").empty()
