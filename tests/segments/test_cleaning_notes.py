"""What cleaning says of a block: notes of a row, counts of a file; through the doors `clean_cards` and `clean_documents`."""

import csv
import json
from pathlib import Path

import polars as pl
from django.test import SimpleTestCase

from segments.cleaning.notes import (
    CODE,
    FORM,
    MARKED,
    MENDED,
    REFUSED,
    Quality,
    add_quality,
    as_json,
    mask_of,
    note,
    notes_where,
    patch,
    quality,
)
from segments.importing.cards import CleanCards, clean_cards
from segments.importing.documents import KINDS, CleanDocuments, clean_documents, judge_documents, keyed
from segments.importing.mapping import FIELDS, fields_of, propose
from segments.importing.reasons import NOTES, REASONS
from segments.models import Interaction, Mapping

DATA = Path(__file__).resolve().parent.parent / "data"


def rows_of(series: list[int]) -> pl.Series:
    return pl.Series(series, dtype=pl.UInt32)


class NotesTest(SimpleTestCase):
    def test_every_code_has_words_and_one_level(self) -> None:
        self.assertEqual(sorted(NOTES), sorted([*FORM, *MENDED, *MARKED, *REFUSED]))
        self.assertEqual(len(NOTES), len(CODE.categories))

    def test_only_what_is_worth_knowing_is_kept_with_the_row(self) -> None:
        name = notes_where({"order": pl.Series([True, False, True]), "case": pl.Series([True, True, True])})
        phone = note("foreign", rows_of([2, 2]))
        texts = as_json({"name": name, "phone": phone, "email": note("formatted", rows_of([1]))}, 4).to_list()
        self.assertEqual(texts, ['{"name": ["order"]}', "{}", '{"name": ["order"], "phone": ["foreign"]}', "{}"])
        self.assertEqual(as_json({}, 2).to_list(), ["{}", "{}"])

    def test_quality_counts_cells_and_reasons_count_values(self) -> None:
        notes = pl.concat([
            note("formatted", rows_of([0, 1])), note("letter_for_digit", rows_of([1])), note("lost_digit", rows_of([1, 3, 3])),
            note("landline", rows_of([2])),
        ])  # fmt: skip
        self.assertEqual(
            quality(notes, rows_of([0, 1, 1, 2])),
            {
                "filled": 4, "clean": 2, "mended": 1, "refused": 1,
                "by_reason": {"formatted": 2, "letter_for_digit": 1, "landline": 1, "lost_digit": 3},
            },
        )  # fmt: skip
        nothing = {"filled": 0, "clean": 0, "mended": 0, "refused": 0, "by_reason": {}}
        self.assertEqual(quality(notes.clear(), rows_of([])), nothing)

    def test_parts_add_up(self) -> None:
        total: Quality = {}
        part: Quality = {"phone": quality(note("junk", rows_of([1])), rows_of([0]))}
        add_quality(total, part)
        add_quality(total, part)
        add_quality(total, {"email": quality(note("role", rows_of([0])), rows_of([0]))})
        self.assertEqual(
            total,
            {
                "phone": {"filled": 4, "clean": 2, "mended": 0, "refused": 2, "by_reason": {"junk": 2}},
                "email": {"filled": 1, "clean": 1, "mended": 0, "refused": 0, "by_reason": {"role": 1}},
            },
        )
        self.assertEqual(part["phone"]["by_reason"], {"junk": 1})

    def test_patching_leaves_the_given_column_alone(self) -> None:
        values = pl.Series([1, 2, 3])
        self.assertEqual(patch(values, pl.Series([False, True, True]), pl.Series([8, 9])).to_list(), [1, 8, 9])
        self.assertEqual(
            patch(values, pl.Series([False, False, False]), pl.Series([], dtype=pl.Int64)).to_list(), [1, 2, 3]
        )
        self.assertEqual(values.to_list(), [1, 2, 3])
        self.assertEqual(mask_of(rows_of([2]), 3).to_list(), [False, False, True])


def cards(*rows: dict[str, str]) -> CleanCards:
    names = [field.name for field in FIELDS[Mapping.Kind.CARDS]]
    full = [dict.fromkeys(names, "") | {"code": str(number)} | row for number, row in enumerate(rows)]
    fields = pl.DataFrame(full, schema=dict.fromkeys(names, pl.String)).with_row_index("line", 2)
    return clean_cards(fields.with_columns(pl.col("line").cast(pl.Int64)), fields.select("code").to_struct())


class CardsTest(SimpleTestCase):
    def test_raw_clean_and_reason_of_a_card(self) -> None:
        clean = cards(
            {"name": "Иванов Иван Ильич", "phone": "+79216756405", "email": "ivan7@bk.ru", "birth_date": "27.07.1996"},
            {"name": "Иван Петров (жена)", "phone": "8 921 675-64-О5, 8921675640", "email": "ivan7@yandex.tu"},
            {"name": "Ли Щорс", "phone": "+375291234567", "birth_date": "35251", "consent": "может быть"},
        )
        self.assertEqual(
            [json.loads(text) for text in clean.cards["notes"]],
            [
                {},
                {"name": ["order", "remark"], "phone": ["letter_for_digit", "lost_digit"], "email": ["host_mended"]},
                {
                    "phone": ["foreign"], "birth_date": ["excel_serial"], "consent": ["unknown_word"],
                    "first_name": ["not_in_dictionary"],
                },
            ],
        )  # fmt: skip
        self.assertEqual(clean.cards["greetable"].to_list(), [True, True, False])
        contacts = clean.contacts.select("line", "kind", "value", "position", "country", "is_mobile").sort(
            "line", "kind", descending=[False, True]
        )
        self.assertEqual(
            list(contacts.iter_rows()),
            [
                (2, "phone", "+79216756405", 0, "RU", True),
                (2, "email", "ivan7@bk.ru", 0, None, None),
                (3, "phone", "+79216756405", 0, "RU", True),
                (3, "email", "ivan7@yandex.ru", 0, None, None),
                (4, "phone", "+375291234567", 0, "BY", True),
            ],
        )
        self.assertEqual(len(clean.refused), 0)  # the second phone of the second card is told of in its notes

    def test_whoever_asks_not_to_be_called_withdraws(self) -> None:
        phone = "+79216756405"
        clean = cards(
            {"name": "Ким Анна (не звонить)", "phone": phone},
            {"name": "Ким Анна", "phone": "отказ"},
            {"name": "Ким Анна", "phone": phone, "comment": "не звонить!!!"},
            {"name": "Ким Анна", "phone": phone, "comment": "отказ по цене"},
            {"name": "Ким Анна", "phone": phone, "email": "отказ"},
        )
        self.assertEqual(clean.cards["refuses_contact"].to_list(), [True, True, True, False, False])
        notes = [json.loads(text) for text in clean.cards["notes"]]
        self.assertEqual(
            notes[:3],
            [{"name": ["remark", "refuses_contact"]}, {"phone": ["refuses_contact"]}, {"comment": ["refuses_contact"]}],
        )
        self.assertEqual(notes[3:], [{}, {}])

    def test_an_empty_consent_is_no_consent(self) -> None:
        clean = cards(*({"name": "Ким Анна", "consent": word} for word in ("", "Да", "Нет", "наверное")))
        self.assertEqual(clean.cards["consent"].to_list(), [None, True, False, None])
        self.assertEqual(
            clean.quality["consent"],
            {"filled": 3, "clean": 2, "mended": 0, "refused": 1, "by_reason": {"unknown_word": 1}},
        )

    def test_refused_cells_and_rows(self) -> None:
        clean = cards(
            {"name": "Ким Анна", "phone": "8921675640", "email": "нет@нет.ру", "birth_date": "31.02.2020"},
            {"name": "Ким Анна", "phone": "9999999999", "email": "нет", "birth_date": "01.01.1900"},
            {"name": "ТЕСТ ТЕСТОВ", "phone": "8921675640"},
            {"name": "???"},
        )
        refused = clean.refused.select("line", "column", "reason", "whole_row").sort("line", "column")
        self.assertEqual(
            list(refused.iter_rows()),
            [(2, "birth_date", "bad_date", False), (2, "email", "bad_email", False), (2, "phone", "bad_phone", False),
             (4, "", "test_card", True), (5, "", "empty_card", True)],
        )  # fmt: skip
        self.assertLessEqual(set(clean.refused["reason"]), set(REASONS))

    def test_cities_are_asked_of_the_dictionary_without_their_prefix(self) -> None:
        clean = cards({"name": "Ким Анна", "city": "г. Санкт-Петербург"}, {"name": "Ли Олег", "city": "Москва г"})
        self.assertEqual(clean.cards["city"].to_list(), ["санкт-петербург", "москва"])

    def test_a_block_without_rows(self) -> None:
        clean = cards()
        self.assertEqual((len(clean.cards), len(clean.contacts), len(clean.refused)), (0, 0, 0))

    def test_counts_of_an_export_add_up(self) -> None:
        fields = fields_of_file("counterparties.csv", Mapping.Kind.CARDS)
        clean = clean_cards(fields, fields.select("code").to_struct())
        for field, counts in clean.quality.items():
            with self.subTest(field):
                self.assertEqual(counts["filled"], counts["clean"] + counts["mended"] + counts["refused"])
                self.assertLessEqual(counts["filled"], len(fields))
                self.assertTrue(set(counts["by_reason"]) <= set(NOTES))
        self.assertGreater(clean.quality["phone"]["by_reason"]["letter_for_digit"], 0)
        self.assertGreater(clean.quality["email"]["mended"], 0)
        self.assertLess((clean.cards["notes"] != "{}").mean(), 0.35)  # most rows cost nothing
        self.assertTrue(clean.cards["refuses_contact"].any())


def fields_of_file(name: str, kind: str) -> pl.DataFrame:
    with (DATA / name).open(encoding="cp1251", newline="") as file:
        frame = pl.DataFrame(list(csv.DictReader(file, delimiter=";")), infer_schema_length=None).with_row_index(
            "line", 2
        )
    return fields_of(kind, frame.with_columns(pl.col("line").cast(pl.Int64)), propose(kind, frame.columns[1:]))


def documents(*rows: dict[str, str], kinds: dict[str, str] | None = None) -> CleanDocuments:
    return judge_documents(key(*rows, kinds=kinds))


def key(*rows: dict[str, str], kinds: dict[str, str] | None = None) -> pl.DataFrame:
    names = [field.name for field in FIELDS[Mapping.Kind.DOCUMENTS]]
    usual = {
        "number": "1",
        "date": "08.03.2020 12:00:00",
        "kind": "Продажа",
        "card_code": "1",
        "raw": "{}",
        "content_hash": "",
    }
    full = [dict.fromkeys(names, "") | usual | row for row in rows]
    frame = pl.DataFrame(full, schema=dict.fromkeys([*names, "raw", "content_hash"], pl.String))
    frame = frame.with_row_index("line", 2).with_columns(pl.lit(None, pl.Int64).alias("interaction_id"))
    return keyed(frame, "Europe/Moscow", **({"kinds": kinds} if kinds else {}))


class DocumentsTest(SimpleTestCase):
    def test_notes_of_a_document(self) -> None:
        clean = documents(
            {"vin": "XWEFA3DBK1P772902", "amount": "1 032 000,00", "plate": "Е383ММ147"},
            {"vin": "ХWEFА3DBК1Р772902", "amount": "много"},
            {"vin": "GX100-1234567", "margin": "7 000 руб."},
            {"vin": "XWEFA3DBK1P7729O2", "plate": "без номера"},
            {"vin": "7,99956E+10"},
        )
        self.assertEqual(
            [json.loads(text) for text in as_json(clean.notes, len(clean.documents))],
            [
                {},
                {"amount": ["not_a_sum"], "vin": ["look_alikes"]},
                {"vin": ["body_number"]},
                {"vin": ["suspect_letters"], "plate": ["not_a_plate"]},
                {"vin": ["scientific"]},
            ],
        )
        self.assertEqual(clean.documents["body_number"].to_list(), ["", "", "GX100-1234567", "", ""])
        self.assertEqual(clean.documents["vin_suggestion"].to_list(), ["", "", "", "XWEFA3DBK1P772902", ""])
        refused = clean.refused.select("line", "column", "reason").sort("line")
        self.assertEqual(
            list(refused.iter_rows()), [(3, "amount", "bad_sum"), (5, "vin", "bad_vin"), (6, "vin", "bad_vin")]
        )
        self.assertEqual(clean.quality["vin"], {
            "filled": 4, "clean": 1, "mended": 1, "refused": 2,
            "by_reason": {"look_alikes": 1, "body_number": 1, "scientific": 1, "suspect_letters": 1},
        })  # fmt: skip
        self.assertEqual(clean.quality["amount"]["refused"], 1)

    def test_kinds_are_a_table_that_users_edit(self) -> None:
        rows = ({"kind": "Продажа"}, {"kind": "ОТГРУЗКА"}, {"kind": ""})
        self.assertEqual(key(*rows)["interaction_kind"].to_list(), ["sale", None, None])
        mine = key(*rows, kinds={"отгрузка": Interaction.Kind.SALE})
        self.assertEqual(mine["interaction_kind"].to_list(), [None, "sale", None])
        self.assertEqual(mine["refusal_reason"].to_list(), ["unknown_kind", None, "unknown_kind"])
        self.assertEqual(key(*rows, kinds=dict(KINDS))["interaction_kind"].to_list(), ["sale", None, None])

    def test_an_export_is_read_whole(self) -> None:
        fields = fields_of_file("documents.csv", Mapping.Kind.DOCUMENTS)
        frame = keyed(
            fields.with_columns(
                pl.lit("{}").alias("raw"),
                pl.lit("").alias("content_hash"),
                pl.lit(None, pl.Int64).alias("interaction_id"),
            ),
            "Europe/Moscow",
        )
        self.assertEqual(frame["refusal_reason"].null_count(), len(frame))
        clean = judge_documents(frame)
        self.assertEqual((len(clean.refused), clean.quality["amount"]["refused"]), (0, 0))
        self.assertTrue(clean_documents(frame).equals(clean.documents))
