import io
from datetime import datetime
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase

from segments.base_hash import base_hash
from segments.consents import said_in_batch, take_back
from segments.facts import refresh_facts
from segments.identity.golden import refresh_golden
from segments.importing import indexes, loading, loading_cards, loading_documents, running, undoing
from segments.importing.reading import separated
from segments.models import (
    Card,
    CardHeaders,
    Consent,
    ConsentState,
    ContactPoint,
    Customer,
    ImportBatch,
    Mapping,
    Source,
)
from segments.models.people import CELLS_APART
from tests.segments.builders import make_contact, make_customer
from tests.segments.test_importing_indexes import constraints_of
from tests.segments.test_importing_running import CARDS, DATA, IVANOV, Importing


def waiting() -> int:
    """Rows in the buffer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM staging.cards")
        return cursor.fetchone()[0]


def hashed() -> Any:
    with transaction.atomic():
        return base_hash()


class BufferTest(Importing):
    def test_it_is_empty_after_an_import(self) -> None:
        self.bring(IVANOV)
        self.assertEqual(waiting(), 0)

    def test_a_run_that_dies_before_its_cards_leaves_neither_rows_nor_addresses(self) -> None:
        kept = make_contact(make_customer(), "anna@example.ru")
        with mock.patch.object(loading, "identify", side_effect=ValueError), self.assertRaises(ValueError):
            self.bring(IVANOV)
        self.assertEqual(ImportBatch.objects.get().state, "failed")
        self.assertEqual((waiting(), list(ContactPoint.objects.all())), (0, [kept]))

    def test_what_a_killed_run_left_is_gone_when_the_next_begins(self) -> None:
        with mock.patch.object(loading, "identify", side_effect=OperationalError), self.assertRaises(OperationalError):
            self.bring(IVANOV)
        self.assertGreater(waiting(), 0)
        self.bring("2;Ким Анна;89608724887;;;;\r\n")
        self.assertEqual([card.code for card in Card.objects.all()], ["2"])

    def test_only_clean_columns_are_in_it(self) -> None:
        """Nothing of the file but what the mapping asked for; the cells as they were only as the card's `raw`."""
        with mock.patch.object(loading, "identify", side_effect=OperationalError), self.assertRaises(OperationalError):
            file = (CARDS.strip() + ";Паспорт\r\n" + IVANOV.strip() + ";4010 123456\r\n").encode("cp1251")
            self.bring_files({"cards": io.BytesIO(file)})
        with connection.cursor() as cursor:
            cursor.execute("SELECT c::text FROM staging.cards AS c")
            (row,) = cursor.fetchone()
        self.assertIn("Иванов", row)
        self.assertNotIn("4010", row)

    def test_addresses_say_what_is_known_of_them(self) -> None:
        batch = self.bring(IVANOV)
        phone, mail = ContactPoint.objects.order_by("-kind")
        self.assertEqual((phone.is_mobile, phone.country, phone.first_batch_id), (True, "RU", batch.pk))
        self.assertEqual((mail.is_mobile, mail.country), (None, ""))


class CellsTest(Importing):
    """What a card says “as the source has it”: its own cells, whatever columns later files have."""

    def bring_table(self, *lines: str) -> ImportBatch:
        return self.bring_files({"cards": io.BytesIO("\r\n".join(lines).encode("cp1251"))})

    def cells(self, code: str) -> dict[str, str]:
        return Card.objects.get(code=code).cells()

    def test_each_card_keeps_the_headers_of_its_file_and_an_undo_gives_them_back(self) -> None:
        self.bring_table("Телефон;Код;ФИО", "89216756405;1;Иванов Пётр", "89608724887;2;Ким Анна")
        first = {"Телефон": "89216756405", "Код": "1", "ФИО": "Иванов Пётр"}
        self.assertEqual(self.cells("1"), first)
        changed = self.bring_table("Код;ФИО;E-mail", "1;Иванов Пётр;petr@mail.ru")
        self.assertEqual(self.cells("1"), {"Код": "1", "ФИО": "Иванов Пётр", "E-mail": "petr@mail.ru"})
        self.assertEqual(self.cells("2"), {"Телефон": "89608724887", "Код": "2", "ФИО": "Ким Анна"})
        undoing.begin(changed, background=False)
        undoing.undo(changed.pk)
        self.assertEqual(self.cells("1"), first)
        self.bring_table("Телефон;Код;ФИО", "89216756406;1;Иванов Пётр")
        self.assertEqual(CardHeaders.objects.count(), 2)

    def test_the_mark_between_cells_in_a_cell_is_a_space(self) -> None:
        self.bring_table("Код;ФИО;Телефон", f"1;Иванов{CELLS_APART}Пётр;89216756405")
        self.assertEqual(self.cells("1")["ФИО"], "Иванов Пётр")


class NotesTest(Importing):
    def test_a_city_that_nobody_knows_is_noted_on_its_card(self) -> None:
        self.bring(
            "1;Ким Анна;89608724887;;;Энск;\r\n2;Ли Олег;8921675640;;;г. Энск;\r\n3;Пак Ия;89216756405;;;СПб;\r\n"
        )
        notes = dict(Card.objects.values_list("code", "notes"))
        self.assertEqual(notes["1"]["city"], ["unknown_word"])
        self.assertEqual(notes["2"], {"city": ["unknown_word"], "phone": ["lost_digit"]})
        self.assertNotIn("city", notes["3"])


class GoldenTest(Importing):
    def test_a_new_customer_made_from_the_buffer_is_as_from_her_cards(self) -> None:
        self.bring_export()
        everybody = list(Customer.objects.filter(merged_into=None).values_list("pk", flat=True))
        self.assertEqual(refresh_golden(everybody), 0)

    def test_facts_in_shares_are_those_of_all_at_once(self) -> None:
        self.bring_export()
        self.assertEqual(refresh_facts()["changed"], 0)
        self.assertEqual(sum(refresh_facts(share=(share, 3))["changed"] for share in range(3)), 0)


class ConsentTest(Importing):
    def states(self) -> dict[tuple[str, str], bool]:
        rows = ConsentState.objects.values_list("contact_point__value", "channel", "given")
        return {(value, channel): given for value, channel, given in rows}

    def test_no_on_any_card_of_the_person_covers_all_her_addresses(self) -> None:
        self.bring(IVANOV + "2;Иванов Пётр Ильич;89608724887, 89216756405;;;;Нет\r\n")
        self.assertEqual(Customer.objects.count(), 1)
        states = self.states()
        self.assertEqual(set(states.values()), {False})
        self.assertIn(("petr.ivanov7@mail.ru", "email"), states)

    def test_no_of_an_earlier_import_outlives_a_yes_at_a_new_address(self) -> None:
        self.bring(IVANOV.replace("Да", "Нет"))
        self.bring("2;Иванов Пётр Ильич;89608724887, 89216756405;;;;Да\r\n")
        self.assertEqual(Customer.objects.count(), 1)
        self.assertNotIn(("+79608724887", "sms"), self.states())

    def test_a_later_no_covers_the_addresses_that_the_base_has(self) -> None:
        self.bring(IVANOV)
        self.bring("2;Иванов Пётр Ильич;89216756405;;;;Нет\r\n")
        self.assertFalse(self.states()["petr.ivanov7@mail.ru", "email"])

    def test_a_yes_covers_what_the_mapping_says(self) -> None:
        batch = running.receive("Альфа-Авто", cards=io.BytesIO((CARDS + IVANOV).encode("cp1251")))
        consent = {"channels": ["whatsapp"], "purpose": "service", "text": "Согласие № 4"}
        running.confirm(batch, options={Mapping.Kind.CARDS: {"consent": consent}}, background=False)
        running.run(batch.pk)
        state = ConsentState.objects.get()
        self.assertEqual(
            (state.channel, state.purpose, state.given, state.decided_at), ("whatsapp", "service", True, None)
        )

    def test_a_yes_for_advertising_platforms_is_of_every_address_and_only_where_it_is_said(self) -> None:
        self.bring(IVANOV)
        self.assertNotIn("ads", {channel for _value, channel in self.states()})
        batch = running.receive("Сайт", cards=io.BytesIO((CARDS + IVANOV).encode("cp1251")))
        running.confirm(batch, options={Mapping.Kind.CARDS: {"consent": {"channels": ["ads"]}}}, background=False)
        running.run(batch.pk)
        agreed = [value for (value, channel), given in self.states().items() if channel == "ads" and given]
        self.assertEqual(sorted(agreed), ["+79216756405", "petr.ivanov7@mail.ru"])

    def test_a_remark_withdraws_every_channel(self) -> None:
        self.bring("2;Ким Анна (не звонить);89608724887;;;;\r\n")
        states = self.states()
        self.assertEqual({channel for _, channel in states} & {"sms", "call", "whatsapp"}, {"sms", "call", "whatsapp"})
        self.assertEqual(set(states.values()), {False})


class DatedConsentTest(Importing):
    """A file with a column for the day of the consent."""

    HEADER = "Код;ФИО;E-mail;Согласие на рассылку;Дата согласия\r\n"

    def bring_dated(self, *rows: str) -> ImportBatch:
        text = self.HEADER + "".join(f"{row}\r\n" for row in rows)
        return self.bring_files({"cards": io.BytesIO(text.encode("cp1251"))})

    def state(self, value: str) -> tuple[bool, str]:
        state = ConsentState.objects.get(contact_point__value=value)
        zone = ZoneInfo(Source.objects.get().time_zone)
        return state.given, f"{state.decided_at.astimezone(zone):%d.%m.%Y %H:%M}" if state.decided_at else ""

    def test_an_answer_has_its_day_where_the_row_has_it(self) -> None:
        Source.objects.create(name="Альфа-Авто", time_zone="Asia/Vladivostok")
        self.bring_dated(
            "1;Ким Анна;anna@mail.ru;Да;05.03.2021", "2;Ли Олег;oleg@mail.ru;Да;", "3;Пак Ия;iya@mail.ru;Нет;1.2.2020",
            "4;Цой Лев;lev@mail.ru;;05.03.2021",
        )  # fmt: skip
        self.assertEqual(self.state("anna@mail.ru"), (True, "05.03.2021 00:00"))
        self.assertEqual(self.state("oleg@mail.ru"), (True, ""))
        self.assertEqual(self.state("iya@mail.ru"), (False, "01.02.2020 00:00"))
        self.assertFalse(ConsentState.objects.filter(contact_point__value="lev@mail.ru").exists())
        midnight = datetime(2021, 3, 5, tzinfo=ZoneInfo("Asia/Vladivostok"))
        self.assertEqual(Consent.objects.get(contact_point__value="anna@mail.ru").decided_at, midnight)

    def test_a_day_that_cannot_be_is_no_date_of_the_answer(self) -> None:
        batch = self.bring_dated("1;Ким Анна;anna@mail.ru;Да;05.03.2098", "2;Ли Олег;oleg@mail.ru;Да;32.01.2020")
        self.assertEqual((self.state("anna@mail.ru"), self.state("oleg@mail.ru")), ((True, ""), (True, "")))
        rejected = batch.rejected.values_list("line", "column", "reason", "whole_row")
        self.assertEqual(list(rejected), [(3, "consent_date", "bad_date", False)])
        self.assertEqual(batch.counters["quality"]["cards"]["consent_date"]["by_reason"], {"not_a_date": 1})

    def test_a_no_wins_over_a_later_yes_in_one_file_and_in_two_whichever_comes_first(self) -> None:
        yes, no = "1;Ким Анна Олеговна;anna@mail.ru;Да;05.03.2021", "2;Ким Анна Олеговна;anna@mail.ru;Нет;01.02.2020"
        for files in ([yes, no],), ([yes], [no]), ([no], [yes]):
            with self.subTest(files=files):
                for rows in files:
                    self.bring_dated(*rows)
                self.assertEqual(self.state("anna@mail.ru"), (False, "01.02.2020 00:00"))
                for model in (Card, Customer, Consent, ConsentState):
                    model.objects.all().delete()

    def test_of_two_that_share_an_address_the_later_yes_is_in_force_and_one_entry_each_is_logged(self) -> None:
        self.bring_dated(
            "1;Ким Анна;anna@mail.ru;Да;05.03.2021",
            "2;Ким Анна;anna@mail.ru;Да;",
            "3;Орлов Лев;anna@mail.ru;Да;1.1.2023",
        )
        self.assertEqual(self.state("anna@mail.ru"), (True, "01.01.2023 00:00"))
        self.assertEqual(Consent.objects.count(), Customer.objects.count())

    def test_taking_an_import_back_brings_the_day_of_the_one_before(self) -> None:
        self.bring_dated("1;Ким Анна;anna@mail.ru;Да;05.03.2021", "3;Орлов Лев;anna@mail.ru;Да;1.1.2023")
        again = self.bring_dated("1;Ким Анна;anna@mail.ru;Нет;06.03.2021")
        self.assertEqual(self.state("anna@mail.ru"), (False, "06.03.2021 00:00"))
        self.assertEqual(take_back(again.pk, said_in_batch(again.pk)), 1)
        self.assertEqual(self.state("anna@mail.ru"), (True, "01.01.2023 00:00"))


def keys() -> list[list[tuple[str, str]]]:
    return [constraints_of(table) for table in loading.POSTPONED[Mapping.Kind.CARDS]]


class ManyPartsTest(TransactionTestCase):
    """Committed for good: parts over two connections, indexes built at the end, cards of the source in memory."""

    setUp = Importing.setUp

    def load(self) -> Any:
        with (DATA / "counterparties.csv").open("rb") as cards, (DATA / "documents.csv").open("rb") as documents:
            batch = running.receive("Альфа-Авто", cards=cards, documents=documents)
        running.confirm(batch, background=False)
        return running.run(batch.pk)

    def test_it_is_as_if_written_row_after_row(self) -> None:
        with (
            mock.patch.object(loading_cards, "PART_CARDS", 200),
            mock.patch.object(separated, "BLOCK", 64 << 10),
            mock.patch.object(loading, "POSTPONE_FROM", 0),
            mock.patch.object(loading_documents, "LONG", 0),
            mock.patch.object(indexes, "postpone", wraps=indexes.postpone) as postpone,
        ):
            first = self.load()
        self.assertEqual(first.state, "done")
        self.assertEqual([bool(call.args[0]) for call in postpone.call_args_list], [True, True])  # loading, then scores
        self.assertEqual((indexes.owed(), waiting()), ([], 0))
        parted = hashed()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE segments_card, segments_customer, segments_contactpoint, segments_cardcontact,"
                           " segments_consent, segments_consentstate, segments_interaction, segments_vehicle,"
                           " segments_customerfacts, segments_mergerecord CASCADE")  # fmt: skip
        second = self.load()
        self.assertEqual(second.counters["customers"], first.counters["customers"])
        self.assertEqual(hashed(), parted)

    def test_a_part_that_dies_owes_indexes_and_the_next_run_pays(self) -> None:
        real, calls, before = loading.load_part, [], keys()

        def dying(*args: Any) -> None:
            calls.append(args)
            if len(calls) == 3:
                raise OperationalError("gone")
            real(*args)

        with (
            mock.patch.object(loading_cards, "PART_CARDS", 200),
            mock.patch.object(loading, "POSTPONE_FROM", 0),
            mock.patch.object(loading, "load_part", dying),
            self.assertRaises(OperationalError),
        ):
            self.load()
        self.assertTrue(indexes.owed())
        self.assertNotEqual(keys(), before)
        self.assertEqual(running.run(ImportBatch.objects.get().pk).state, "done")
        self.assertEqual((indexes.owed(), keys()), ([], before))
        self.assertEqual(Card.objects.count(), 1473)
