"""Calls: reading any usual file, loading each call once, tying it to lease, campaign and customer."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase

from segments.models import Interaction
from tests.campaigns.builders import make_campaign, make_reader
from tests.segments.builders import make_brand, make_card, make_contact, make_customer
from tests.tracking.builders import (
    HEADER,
    call_file,
    call_line,
    make_lease,
    make_message,
    make_number,
    make_period,
    make_run,
)
from tracking.calls import UnusableFile, load_calls
from tracking.calls.reading import read
from tracking.jobs import sweep
from tracking.models import Call
from tracking.numbers import Line

NUMBER, CALLER = "+78120006666", "+79211234567"


class Reading(SimpleTestCase):
    def test_times_are_moscow_and_phones_e164(self) -> None:
        file = read(call_file([call_line(NUMBER, "8 (921) 123-45-67", key="a", at="2026-05-03 14:05:00")]))
        row = file.rows[0]
        self.assertEqual(row.started_at, datetime(2026, 5, 3, 11, 5, tzinfo=UTC))
        self.assertEqual((row.caller, row.virtual_number, row.talk_seconds), (CALLER, NUMBER, 60))

    def test_encodings_and_delimiters_give_the_same_rows(self) -> None:
        text = call_file([call_line(NUMBER, key=1, at="2026-05-03 14:05:00")]).decode() + "\r\n"
        variants = [text.encode(name) for name in ("utf-8", "utf-8-sig", "cp1251", "utf-16")]
        variants += [text.replace(";", other).encode() for other in (",", "\t")]
        variants += [text.replace("\r\n", "\n").encode(), text.replace("id;", "ID ;", 1).encode()]
        self.assertEqual({read(variant).rows[0] for variant in variants}, {read(variants[0]).rows[0]})

    def test_a_bad_row_is_refused_with_its_line_and_column(self) -> None:
        bad = {
            "start_time": call_line(NUMBER, at="yesterday"),
            "virtual_phone_number": call_line("нет"),
            "id": call_line(NUMBER, key=""),
            "direction": call_line(NUMBER, direction="sideways"),
            "": call_line(NUMBER) + ";lost;cells",
        }
        file = read(call_file([*bad.values(), call_line(NUMBER)]))
        self.assertEqual([(r.line, r.column) for r in file.refused], [(n, c) for n, c in enumerate(bad, start=2)])
        self.assertEqual((len(file.rows), file.read), (1, 6))

    def test_a_hidden_caller_is_no_fault(self) -> None:
        self.assertEqual(read(call_file([call_line(NUMBER, "anonymous")])).rows[0].caller, "")

    def test_of_one_call_told_twice_the_later_line_counts(self) -> None:
        file = read(call_file([call_line(NUMBER, key=7), call_line("+78120001111", key=7)]))
        self.assertEqual((file.rows[0].virtual_number, file.refused[0].line, file.read), ("+78120001111", 2, 2))

    def test_an_unusable_file_is_a_sentence(self) -> None:
        unusable = {
            "empty": b" \n",
            "book": b"PK\x03\x04rest",
            "binary": b"\x00\x01\x02\xff" * 9,
            "columns": b"id;time\n1;2\n",
            "quotes": call_file(['1;"2026']),
            "long cell": call_file(["x" * 200_000]),
        }
        for name, data in unusable.items():
            with self.subTest(name), self.assertRaises(UnusableFile) as refused:
                read(data)
            self.assertGreater(len(refused.exception.messages[0]), 20)


class Loading(TestCase):
    def setUp(self) -> None:
        self.reader = make_reader()
        make_contact(self.reader, CALLER)
        self.run_ = make_run(make_campaign(brand=make_brand("Mitsubishi")), days_ago=3)
        self.message = make_message(self.run_, self.reader)
        self.lease = make_lease(make_number(NUMBER), self.run_.campaign)

    def load(self, *lines: str, **options: bool) -> Call:
        self.loaded = load_calls(call_file(lines), **options)
        return Call.objects.first()

    def test_a_recipients_call_is_tied_to_everything(self) -> None:
        call = self.load(call_line(NUMBER, key="c1"))
        self.assertEqual(call.lease, self.lease)
        self.assertEqual((call.campaign_id, call.run_id), (self.run_.campaign_id, self.run_.pk))
        self.assertEqual((call.customer_id, call.message_id), (self.reader.pk, self.message.pk))
        self.assertEqual((self.loaded.new, self.loaded.with_campaign, self.loaded.with_customer), (1, 1, 1))

    def test_a_call_is_one_interaction_of_its_customer(self) -> None:
        self.load(call_line(NUMBER, key="c1"))
        self.load(call_line(NUMBER, key="c1", lost=True))
        interaction = Interaction.objects.get(kind="call")
        self.assertEqual((interaction.source.name, interaction.external_key), ("Звонки", "c1"))
        self.assertEqual((interaction.customer_id, interaction.status), (self.reader.pk, "пропущен"))
        self.assertEqual(interaction.brand.name, "Mitsubishi")

    def test_the_same_file_again_changes_nothing(self) -> None:
        line = call_line(NUMBER)
        self.load(line)
        self.load(line)
        self.assertEqual((self.loaded.new, self.loaded.updated, self.loaded.unchanged), (0, 0, 1))
        self.assertEqual((Call.objects.count(), Interaction.objects.filter(kind="call").count()), (1, 1))

    def test_a_dry_run_counts_and_writes_nothing(self) -> None:
        self.load(call_line(NUMBER), dry_run=True)
        self.assertEqual((self.loaded.new, self.loaded.with_customer, Call.objects.count()), (1, 1, 0))

    def test_a_stranger_stays_a_stranger(self) -> None:
        call = self.load(call_line(NUMBER, "79990000000"))
        self.assertEqual((call.campaign_id, call.customer_id), (self.run_.campaign_id, None))
        self.assertEqual(self.loaded.strangers, 1)

    def test_of_a_family_the_recipient_called(self) -> None:
        make_contact(make_customer("Иванов", "Пётр"), CALLER, card=make_card(make_customer("Иванов", "Пётр")))
        self.assertEqual(self.load(call_line(NUMBER)).customer_id, self.reader.pk)

    def test_a_number_on_too_many_cards_names_nobody_without_a_message(self) -> None:
        make_contact(make_customer("Чужой", "Телефон"), "+79219999999", is_shared=True)
        self.assertIsNone(self.load(call_line(NUMBER, "79219999999")).customer_id)

    def test_a_call_outside_the_lease_belongs_to_no_campaign(self) -> None:
        call = self.load(call_line(NUMBER, at="2020-01-01 10:00:00"))
        self.assertEqual((call.lease, call.campaign_id, call.customer_id), (None, None, self.reader.pk))

    def test_late_calls_count_for_the_old_campaign_until_somebody_else_holds_the_number(self) -> None:
        number = make_number("+78120007777")
        old = make_lease(number, self.run_.campaign, period=make_period(10, begins=-20))
        self.assertEqual(self.load(call_line(number.number, key="late")).lease, old)
        new = make_lease(number, make_campaign(), period=make_period(5, begins=-1))
        self.load(call_line(number.number, key="new"))
        self.assertEqual(Call.objects.get(external_id="new").lease, new)

    def test_after_its_quarantine_a_number_is_nobody_s(self) -> None:
        number = make_number("+78120007777")
        make_lease(number, self.run_.campaign, period=make_period(10, begins=-45))
        self.assertIsNone(self.load(call_line(number.number)).lease)
        self.assertEqual(sweep()["calls_tied"], 0)

    def test_a_standing_number_takes_the_latest_message_of_its_line(self) -> None:
        make_lease(make_number("+78120006667"), line=Line("email", self.run_.campaign.brand))
        self.assertEqual(self.load(call_line("+78120006667")).campaign_id, self.run_.campaign_id)

    def test_a_survivor_of_a_merge_is_the_recipient(self) -> None:
        survivor = make_customer()
        make_contact(survivor, "+79217777777")
        type(self.reader).objects.filter(pk=self.reader.pk).update(merged_into=survivor)
        call = self.load(call_line(NUMBER, "79217777777"))
        self.assertEqual((call.customer_id, call.message_id), (survivor.pk, self.message.pk))

    def test_the_sweep_ties_what_came_later(self) -> None:
        call = self.load(call_line(NUMBER, "79215555555"))
        make_contact(self.reader, "+79215555555")
        self.assertEqual(sweep()["calls_tied"], 1)
        self.assertEqual(sweep()["calls_tied"], 0)
        call.refresh_from_db()
        self.assertEqual(call.customer_id, self.reader.pk)
        self.assertEqual(Interaction.objects.get(kind="call").customer_id, self.reader.pk)

    def test_queries_do_not_grow_with_the_file(self) -> None:
        data = call_file([call_line(NUMBER, f"7921{n:07}") for n in range(300)])
        with self.assertNumQueries(16):
            load_calls(data)


class Command(TestCase):
    def run_on(self, data: bytes, *options: str) -> str:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "calls.csv"
            path.write_bytes(data)
            out = StringIO()
            call_command("import_calls", str(path), *options, stdout=out)
            return out.getvalue()

    def test_prints_one_object(self) -> None:
        told = json.loads(self.run_on(call_file([call_line(NUMBER), call_line("нет")]), "--json"))
        self.assertEqual((told["format"], told["read"], told["new"], told["rejected"]), (1, 2, 1, 1))
        self.assertEqual(told["rejected_rows"][0]["line"], 3)

    def test_says_what_is_wrong_with_a_file(self) -> None:
        with self.assertRaisesRegex(CommandError, "start_time"):
            self.run_on(HEADER.replace("start_time", "начало").encode() + b"\n")
        with self.assertRaises(CommandError):
            call_command("import_calls", "/nowhere.csv")
