import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import OperationalError
from django.utils import timezone

from segments.base_hash import base_hash
from segments.consents import record_consent
from segments.importing import jobs, running, undo_keeps, undo_steps, undoing
from segments.importing.work import folder_of
from segments.models import (
    Card,
    CardContact,
    CarInStock,
    CarPrice,
    CentreTraffic,
    Consent,
    ConsentState,
    ContactPoint,
    Customer,
    CustomerFacts,
    ImportBatch,
    Interaction,
    MergeRecord,
    Preference,
    Vehicle,
)
from segments.models.imports import BeforeImage, RejectedRow
from tests.segments.test_importing_running import DATA, IVANOV, SALE, Importing

KIM = "2;Ким Анна Олеговна;89608724887;;03.04.1985;СПб;Да\r\n"


class Undoing(Importing):
    def undo(self, batch: ImportBatch) -> ImportBatch:
        undoing.begin(batch, background=False)
        return undoing.undo(batch.pk)

    def kept(self, batch: ImportBatch) -> set[tuple[str, str]]:
        return {(row["kind"], row["reason"]) for row in undoing.kept_of(batch)}


class WholeExport(Undoing):
    """The export of a dealership, and a later one of it in which every tenth card and document has changed."""

    def changed(self, name: str, change: Any) -> io.BytesIO:
        with (DATA / name).open(encoding="cp1251", newline="") as file:
            header, *rows = csv.reader(file, delimiter=";")
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow(header)
        for number, row in enumerate(rows):
            if number % 10 == 0:
                change(dict(zip(header, range(len(header)), strict=True)), row, rows, number)
            writer.writerow(row)
        return io.BytesIO(text.getvalue().encode("cp1251", "replace"))

    def second(self) -> ImportBatch:
        return self.bring_files({
            "cards": self.changed("counterparties.csv", self.card), "documents": self.changed("documents.csv", self.document)
        })  # fmt: skip

    @staticmethod
    def card(at: dict[str, int], row: list[str], rows: list[list[str]], number: int) -> None:
        phones, consent = at["Телефон"], at["Согласие на рассылку"]
        other = rows[(number + 7) % len(rows)]
        row[phones] = other[phones]
        if number % 20 == 0:  # this customer turns out to be that one
            for column in ("Наименование", "E-mail", "Дата рождения"):
                row[at[column]] = other[at[column]]
        row[consent] = {"Да": "Нет", "": "Да"}.get(row[consent], "Да")
        if number % 30 == 0:
            row[at["Код"]] = f"НОВ-{number}"

    @staticmethod
    def document(at: dict[str, int], row: list[str], rows: list[list[str]], number: int) -> None:
        other = rows[(number + 11) % len(rows)]
        row[at["Код контрагента"]] = other[at["Код контрагента"]]
        if number % 30 == 0:
            row[at["Номер"]] = f"Н{number}"

    def test_a_first_load_leaves_nothing(self) -> None:
        empty = base_hash()
        batch = self.bring_export()
        self.assertEqual(BeforeImage.objects.exclude(kind="contact").count(), 0)
        plan = undoing.plan(batch)
        undone = self.undo(batch)
        self.assertEqual((undone.state, base_hash()), ("undone", empty))
        for model in (Card, CardContact, ContactPoint, ConsentState, Customer, Interaction, Vehicle, CustomerFacts):
            self.assertEqual(model.objects.count(), 0, model)
        self.assertEqual(undone.counters["undo"]["removed"], plan.counts.removed)
        self.assertEqual((plan.kept, undone.counters["undo"]["kept"]), ([], {}))

    def test_a_second_load_is_taken_back_to_the_letter(self) -> None:
        first = self.bring_export()
        before, facts = base_hash(), self.facts()
        second = self.second()
        self.assertGreater(second.counters["cards"]["updated"], 50)
        self.assertGreater(second.counters["documents"]["updated"], 100)
        self.assertGreater(MergeRecord.objects.filter(batch_id=second.pk).count(), 0)
        self.assertNotEqual(base_hash(), before)
        plan = undoing.plan(second)
        undone = self.undo(second)
        self.assertEqual(base_hash(), before)
        self.assertEqual(self.facts(), facts)
        counted = undone.counters["undo"]
        self.assertEqual((counted["removed"], counted["restored"]), (plan.counts.removed, plan.counts.restored))
        self.assertEqual(counted["restored"]["card"], second.counters["cards"]["updated"])
        self.assertEqual(undoing.kept_of(undone), [])
        self.assertEqual(self.undo(first).state, "undone")
        self.assertEqual((Card.objects.count(), Customer.objects.count(), ContactPoint.objects.count()), (0, 0, 0))

    def test_in_the_other_order_what_the_second_changed_stays_until_it_goes_too(self) -> None:
        empty, first = base_hash(), self.bring_export()
        second = self.second()
        changed = second.counters["cards"]["updated"] + second.counters["documents"]["updated"]
        undone = self.undo(first)
        self.assertLessEqual(self.kept(undone) - {("contact", "held"), ("vehicle", "used")}, {
            ("card", "changed"), ("card", "documents"), ("document", "changed"), ("contact", "said")
        })  # fmt: skip
        kept = undone.counters["undo"]["kept"]
        self.assertGreaterEqual(kept["card"] + kept["document"], changed)
        self.undo(second)
        self.assertEqual(base_hash(), empty)

    @staticmethod
    def facts() -> list[tuple[Any, ...]]:
        columns = ("purchases", "purchases_sum", "visits", "has_email", "has_phone", "cars", "customer__name_key")
        return sorted(CustomerFacts.objects.values_list(*columns), key=str)


class SmallFiles(Undoing):
    def test_a_changed_card_gets_its_contacts_back_and_a_merge_is_taken_apart(self) -> None:
        self.bring(IVANOV + KIM.replace("Ким Анна Олеговна", "Иванов Пётр Ильич").replace("03.04.1985", ""))
        before = base_hash()
        second = self.bring("2;Иванов Пётр Ильич;89608724887, 89216756405;;;;\r\n")
        self.assertEqual(Customer.objects.filter(merged_into=None).count(), 1)
        undone = self.undo(second)
        self.assertEqual((base_hash(), undone.counters["undo"]["restored"]), (before, {"card": 1, "merge": 1}))
        self.assertEqual(Customer.objects.filter(merged_into=None).count(), 2)

    def test_orphans_tied_by_the_import_become_orphans_again(self) -> None:
        self.bring(documents=SALE.format(code="1"))
        before = base_hash()
        batch = self.bring(IVANOV)
        self.assertIsNotNone(Vehicle.objects.get().customer_id)
        self.undo(batch)
        sale = Interaction.objects.get()
        self.assertEqual((sale.customer_id, sale.card_id, Vehicle.objects.get().customer_id), (None, None, None))
        self.assertEqual((base_hash(), Customer.objects.count()), (before, 0))

    def test_a_document_goes_back_to_its_card_and_the_car_to_its_owner(self) -> None:
        self.bring(IVANOV + KIM, SALE.format(code="1"))
        before, owner = base_hash(), Vehicle.objects.get().customer_id
        batch = self.bring(documents=SALE.format(code="2").replace("Мицубиси", "Тойота"))
        self.assertNotEqual(Vehicle.objects.get().customer_id, owner)
        self.undo(batch)
        self.assertEqual((base_hash(), Vehicle.objects.get().customer_id), (before, owner))
        self.assertEqual(CustomerFacts.objects.get(customer=owner).purchases, 1)

    def test_what_was_filled_in_of_a_car_is_emptied(self) -> None:
        self.bring(IVANOV, SALE.format(code="1").replace("Мицубиси;ASX", ";"))
        before = base_hash()
        batch = self.bring(documents=SALE.format(code="1").replace("А1", "А2"))
        self.assertEqual(Vehicle.objects.get().brand.name, "Mitsubishi")
        self.undo(batch)
        self.assertEqual((base_hash(), Vehicle.objects.get().brand), (before, None))

    def test_a_hub_is_no_hub_any_more(self) -> None:
        self.bring("1;Алин Анна;89216756405;;;;\r\n")
        before = base_hash()
        names = ("Белов Борис", "Волков Вадим", "Громов Глеб", "Дёмин Денис", "Ежов Егор", "Жаров Женя")
        batch = self.bring("".join(f"{n};{name};89216756405;;;;\r\n" for n, name in enumerate(names, start=2)))
        self.assertTrue(ContactPoint.objects.get().is_shared)
        self.undo(batch)
        self.assertFalse(ContactPoint.objects.get().is_shared)
        self.assertEqual(base_hash(), before)

    def test_a_killed_and_repeated_import_has_one_image_of_a_row(self) -> None:
        self.bring(IVANOV)
        before = base_hash()
        batch = self.bring(IVANOV.replace("СПб", "Псков"))
        ImportBatch.objects.filter(pk=batch.pk).update(state="loading")
        running.run(batch.pk)
        self.assertEqual(BeforeImage.objects.filter(batch=batch, kind="card").count(), 1)
        batch.refresh_from_db()
        self.undo(batch)
        self.assertEqual(base_hash(), before)


class OtherFiles(Undoing):
    STOCK = "VIN;Марка;Модель;Цена\r\n"
    FIRST = "XWEFA3DBK1P772902;Lada;Vesta;1 000 000\r\nX7LKV9LTAKY929662;Toyota;RAV4;2 000 000\r\n"

    def test_cars_in_stock_come_back_with_their_prices(self) -> None:
        self.bring_files({"stock": io.BytesIO((self.STOCK + self.FIRST).encode())})
        before = self.stock()
        batch = self.bring_files({
            "stock": io.BytesIO((self.STOCK + self.FIRST[:51].replace("1 000", "900").replace("RAV4", "") + "\r\n").encode())
        })  # fmt: skip
        self.assertNotEqual(self.stock(), before)
        undone = self.undo(batch)
        self.assertEqual((self.stock(), undone.counters["undo"]["restored"]), (before, {"stock": 2}))

    @staticmethod
    def stock() -> list[tuple[Any, ...]]:
        cars = CarInStock.objects.order_by("vin").values_list("vin", "price", "gone_on", "last_batch_id")
        return [*cars, *CarPrice.objects.order_by("car__vin", "since").values_list("car__vin", "since", "price")]

    def test_counters_of_visitors(self) -> None:
        header = "Подразделение;Дата;Посетителей\r\n"
        self.bring_files({"traffic": io.BytesIO((header + "Лахта;01.06.2026;100\r\n").encode())})
        batch = self.bring_files({
            "traffic": io.BytesIO((header + "Лахта;01.06.2026;70\r\nЛахта;02.06.2026;80\r\n").encode())
        })  # fmt: skip
        undone = self.undo(batch)
        self.assertEqual(list(CentreTraffic.objects.values_list("visitors", flat=True)), [100])
        counted = undone.counters["undo"]
        self.assertEqual((counted["removed"], counted["restored"]), ({"traffic": 1}, {"traffic": 1}))

    def test_a_stop_list_sets_free_what_it_alone_stopped(self) -> None:
        self.bring(IVANOV)
        before = base_hash()
        batch = self.bring_files(
            {"stop_list": io.BytesIO("Телефон;Канал\r\n89216756405;\r\n89110000009;\r\n".encode())}
        )
        self.assertTrue(ConsentState.objects.filter(given=False).exists())
        self.undo(batch)
        self.assertEqual(base_hash(), before)


class Consents(Undoing):
    def test_the_log_only_grows_and_the_projection_follows_from_what_is_left(self) -> None:
        self.bring(IVANOV)
        before, logged = base_hash(), Consent.objects.count()
        batch = self.bring(IVANOV.replace("Да", "Нет"))
        self.assertFalse(ConsentState.objects.filter(given=True).exists())
        said = Consent.objects.filter(batch_id=batch.pk).count()
        undone = self.undo(batch)
        self.assertEqual(undone.counters["undo"]["removed"], {"consent": said})
        self.assertEqual((base_hash(), Consent.objects.count()), (before, logged + 2 * said))
        self.assertEqual(ConsentState.objects.filter(given=True).count(), 2)

    def test_a_withdrawal_made_since_stays_in_force(self) -> None:
        self.bring(IVANOV)
        mail = ContactPoint.objects.get(kind="email")
        batch = self.bring(IVANOV.replace("Да", "Нет"))
        for given in (True, False):
            record_consent(
                contact_point_ids=[mail.pk], channels=["email"], purpose="advertising", given=given, origin="person"
            )
        self.undo(batch)
        state = ConsentState.objects.get(contact_point=mail)
        self.assertEqual((state.given, state.origin), (False, "person"))
        self.assertTrue(ConsentState.objects.get(contact_point__kind="phone").given)

    def test_an_address_that_the_person_spoke_of_stays_and_is_listed(self) -> None:
        batch = self.bring(IVANOV)
        mail = ContactPoint.objects.get(kind="email")
        record_consent(
            contact_point_ids=[mail.pk], channels=["email"], purpose="advertising", given=False, origin="person"
        )
        undone = self.undo(batch)
        self.assertEqual(undoing.kept_of(undone), [{"kind": "contact", "key": mail.value, "reason": "said"}])
        self.assertEqual(list(ContactPoint.objects.all()), [mail])
        self.bring(IVANOV)
        self.assertFalse(ConsentState.objects.get(contact_point=mail).given)


class Kept(Undoing):
    def test_what_a_later_import_changed_or_uses_stays_and_the_rest_goes(self) -> None:
        first = self.bring(IVANOV + KIM + "3;Ли Олег;89110000001;;;;\r\n", SALE.format(code="3"))
        self.bring(KIM.replace("СПб", "Псков"), SALE.format(code="1").replace("А1", "А2"))
        undone = self.undo(first)
        kept = {(row["kind"], row["key"], row["reason"]) for row in undoing.kept_of(undone)}
        self.assertEqual({row for row in kept if row[0] == "card"}, {
            ("card", "Альфа-Авто 1", "documents"), ("card", "Альфа-Авто 2", "changed")
        })  # fmt: skip
        self.assertIn(("vehicle", "XWEFA3DBK1P772902", "used"), kept)
        self.assertEqual(list(Card.objects.order_by("code").values_list("code", flat=True)), ["1", "2"])
        self.assertEqual(Card.objects.get(code="2").city.name, "Псков")
        self.assertEqual(undone.counters["undo"]["kept"]["card"], 2)

    def test_the_documents_of_a_later_import_that_was_killed_keep_their_card(self) -> None:
        first = self.bring(IVANOV)
        second = self.bring(documents=SALE.format(code="1"))
        ImportBatch.objects.filter(pk=second.pk).update(state="loading", finished_at=None)
        self.assertEqual(undoing.plan(first).counts.kept["card"], 1)
        self.assertIn(("card", "documents"), self.kept(self.undo(first)))
        self.assertIsNotNone(Interaction.objects.get().card_id)

    def test_people_with_preferences_stay_as_shells(self) -> None:
        batch = self.bring(IVANOV + KIM)
        person = Customer.objects.get(last_name="Ким")
        Preference.objects.create(customer=person, kind="fewer")
        undone = self.undo(batch)
        self.assertEqual(
            undoing.kept_of(undone), [{"kind": "customer", "key": "Ким Анна Олеговна", "reason": "preferences"}]
        )
        self.assertEqual((Customer.objects.get(), Card.objects.count()), (person, 0))

    def test_an_upper_app_may_ask_to_keep(self) -> None:
        batch = self.bring(IVANOV + KIM)
        keep = undo_keeps.Keep("letters", "letters", customers="{id} > 0", contacts="cp.kind = 'email'")
        with mock.patch.dict(undo_keeps._keeps, {"letters": keep}):
            plan = undoing.plan(batch)
            undone = self.undo(batch)
        self.assertEqual(plan.counts.kept, {"customer": 2, "contact": 1})
        self.assertEqual(undone.counters["undo"]["kept"], {"customer": 2, "contact": 1})
        self.assertEqual(self.kept(undone), {("customer", "letters"), ("contact", "letters")})

    def test_a_card_that_a_person_placed_stays(self) -> None:
        batch = self.bring(IVANOV)
        Card.objects.update(is_pinned=True)
        self.assertIn(("card", "pinned"), self.kept(self.undo(batch)))
        self.assertEqual(Customer.objects.count(), 1)


class Life(Undoing):
    def test_twice_is_refused_and_so_is_what_wrote_nothing(self) -> None:
        batch = self.undo(self.bring(IVANOV))
        tried = self.bring(IVANOV, dry_run=True)
        for each in (batch, tried):
            with self.subTest(each.state), self.assertRaises(undoing.CannotUndo):
                undoing.begin(each)
            with self.assertRaises(undoing.CannotUndo):
                undoing.plan(each)

    def test_after_thirty_days_it_is_refused(self) -> None:
        batch = self.bring(IVANOV)
        ImportBatch.objects.update(finished_at=timezone.now() - timedelta(days=30, minutes=1))
        batch.refresh_from_db()
        with self.assertRaisesMessage(undoing.CannotUndo, "30"):
            undoing.begin(batch)
        ImportBatch.objects.update(finished_at=timezone.now() - timedelta(days=29))
        batch.refresh_from_db()
        self.assertEqual(self.undo(batch).state, "undone")

    def test_an_import_that_failed_half_way_can_be_undone(self) -> None:
        batch = self.bring(IVANOV)
        ImportBatch.objects.update(state="failed")
        self.assertEqual(self.undo(batch).state, "undone")
        self.assertEqual(Card.objects.count(), 0)

    def test_an_import_that_failed_half_way_can_be_undone_after_a_dry_run_too(self) -> None:
        batch = self.bring(IVANOV)
        ImportBatch.objects.update(state="failed")
        for _twice in range(2):
            batch.refresh_from_db()
            running.confirm(batch, dry_run=True, background=False)
            self.assertEqual(running.run(batch.pk).state, "previewed")
        batch.refresh_from_db()
        self.assertEqual(self.undo(batch).state, "undone")
        self.assertEqual(Card.objects.count(), 0)

    def test_it_dies_anywhere_and_is_run_again(self) -> None:
        self.bring(IVANOV)
        before = base_hash()
        for module, name in (
            (undo_steps, "remove"), (undo_steps, "leave_history"), (undoing.consents, "take_back"),
            (undoing, "_contacts"), (undoing, "_refresh"),
        ):  # fmt: skip
            with self.subTest(name):
                batch = self.bring(IVANOV.replace("Да", "Нет") + KIM)
                undoing.begin(batch, background=False)
                with (
                    mock.patch.object(module, name, side_effect=OperationalError("gone")),
                    self.assertRaises(OperationalError),
                ):
                    undoing.undo(batch.pk)
                batch.refresh_from_db()
                self.assertEqual(batch.state, "undoing")
                undone = undoing.undo(batch.pk)
                self.assertEqual((undone.state, base_hash()), ("undone", before))
                self.assertEqual(undone.counters["undo"]["removed"]["card"], 1)
                self.assertEqual(undone.counters["undo"]["restored"], {"card": 1})
                self.assertEqual(CustomerFacts.objects.count(), 1)

    def test_an_error_of_ours_leaves_the_import_as_it_was_and_says_so(self) -> None:
        batch = self.bring(IVANOV)
        undoing.begin(batch, background=False)
        with (
            mock.patch.object(undo_steps, "settle", side_effect=ZeroDivisionError),
            self.assertRaises(ZeroDivisionError),
        ):
            undoing.undo(batch.pk)
        batch.refresh_from_db()
        self.assertEqual((batch.state, Card.objects.count()), ("done", 1))
        self.assertTrue(batch.error)
        self.assertEqual(self.undo(batch).state, "undone")

    def test_a_lost_bell_is_rung_again(self) -> None:
        batch = self.bring(IVANOV)
        with self.captureOnCommitCallbacks(execute=True):
            undoing.begin(batch)
        queue = undoing.django_rq.get_queue("imports")
        queue.empty()
        ImportBatch.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
        with self.captureOnCommitCallbacks(execute=True):
            self.assertEqual(jobs.sweep(), {"imports": 1})
        self.assertEqual(queue.get_job_ids(), [f"undo-{batch.pk}"])
        queue.empty()
        jobs.undo_batch(batch.pk)
        batch.refresh_from_db()
        self.assertEqual(batch.state, "undone")

    def test_images_and_files_are_kept_for_thirty_days(self) -> None:
        self.bring(IVANOV)
        batch = self.bring(IVANOV.replace("СПб", "Псков"))
        folder: Path = folder_of(batch)
        RejectedRow.objects.create(batch=batch, kind="cards", line=2, reason="no_code", raw={"Наименование": "Кот"})
        self.assertEqual((undoing.forget_old(), folder.exists()), (0, True))
        ImportBatch.objects.filter(pk=batch.pk).update(finished_at=timezone.now() - timedelta(days=31))
        self.assertEqual((undoing.forget_old(), folder.exists()), (1, False))
        self.assertFalse(BeforeImage.objects.exists())
        self.assertFalse(RejectedRow.objects.filter(batch=batch).exists())
        self.assertEqual(undoing.forget_old(), 0)
