"""The OData interface of 1C: what is asked of it, what is made of its answers, and how it fails."""

import json
from pathlib import Path
from typing import Any
from unittest import mock

from django.test import SimpleTestCase

from segments.feeding.errors import FeedError
from segments.feeding.odata import client, pulling, references
from segments.feeding.odata.entities import ALFA_AVTO, understood
from segments.feeding.odata.paths import NO_DATE, NO_REF, parse, plain, read
from segments.feeding.sealing import seal
from segments.feeding.transports import transport_class, transport_for
from segments.importing import running
from segments.models import Card, CardContact, FeedObject, ImportBatch, Interaction, Mapping
from tests.peers.process import peer
from tests.segments.feeding_room import NAMES, FeedTestCase

CARDS, ORDERS, CARS = "Catalog_Контрагенты", "Document_ЗаказНаряд", "Catalog_Автомобили"


def ref(number: int, kind: int = 1) -> str:
    return f"{kind:08d}-0000-4000-8000-{number:012d}"


def card(number: int, **more: Any) -> dict[str, Any]:
    contacts = [
        {"Тип": "Телефон", "Представление": f"8 (921) {number:03d}-11-22", "Вид_Key": ref(1, 9)},
        {"Тип": "АдресЭлектроннойПочты", "Представление": f"kl{number}@mail.ru", "Вид_Key": ref(2, 9)},
        {"Тип": "Адрес", "Представление": "Санкт-Петербург, дом с тайной", "Вид_Key": ref(3, 9)},
    ]
    return {
        "Ref_Key": ref(number), "DataVersion": "AAAAAQAAAAA=", "DeletionMark": False, "Code": f"АА{number:07d}  ",
        "Description": NAMES[number % 4], "НаименованиеПолное": "", "ИНН": "780000000000",
        "КонтактнаяИнформация": contacts, **more,
    }  # fmt: skip


def order(number: int, customer: int, **more: Any) -> dict[str, Any]:
    return {
        "Ref_Key": ref(number, 2), "DataVersion": "AAAAAQAAAAA=", "Posted": True, "Number": f"ЗН{number:06d} ",
        "Date": "2026-03-08T12:22:00", "ДатаЗакрытия": NO_DATE, "Контрагент_Key": ref(customer),
        "Автомобили": [{"Автомобиль_Key": ref(1, 3)}], "СуммаДокумента": 15500.5, "Комментарий": "тайна", **more,
    }  # fmt: skip


class Paths(SimpleTestCase):
    ITEM = card(1)

    def value(self, text: str, item: dict[str, Any] | None = None) -> str:
        return read(parse(text), item or self.ITEM, lambda entity, field, key: f"{entity}.{field}:{key[-2:]}")

    def test_nothing_of_1c_is_nothing(self) -> None:
        self.assertEqual([plain(value) for value in (None, NO_REF, NO_DATE, "  ")], ["", "", "", ""])
        self.assertEqual(
            [plain(value) for value in ("АА1  ", True, False, 15500.5, 0)], ["АА1", "Да", "Нет", "15500.5", "0"]
        )

    def test_paths(self) -> None:
        self.assertEqual(self.value("Code"), "АА0000001")
        self.assertEqual(self.value("НаименованиеПолное|Description"), NAMES[1])
        self.assertEqual(self.value("КонтактнаяИнформация[Тип=Телефон].Представление"), "8 (921) 001-11-22")
        self.assertEqual(self.value("КонтактнаяИнформация[].Тип").count("\n"), 2)
        self.assertEqual(self.value("Ref_Key>Catalog_Марки.Description"), "Catalog_Марки.Description:01")
        self.assertEqual(self.value("Нет_Key>Catalog_Марки.Description"), "")

    def test_what_is_no_path(self) -> None:
        for text in ("", "a.b", "a b", "a'or'", "a[].", "a>b", "a&$filter=1", "a|", "a[x=].b"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse(text)


class Entities(SimpleTestCase):
    def test_the_proposal_is_sound_and_asks_for_nothing_else(self) -> None:
        self.assertEqual(transport_class("odata").mistakes("http://1c.example/b/odata/standard.odata", ALFA_AVTO), {})
        (cards,) = understood(ALFA_AVTO)["cards"]
        self.assertEqual(
            cards.selected,
            [
                "Ref_Key",
                "DataVersion",
                "DeletionMark",
                "Code",
                "НаименованиеПолное",
                "Description",
                "КонтактнаяИнформация",
            ],
        )

    def test_mistakes_are_said_in_a_sentence(self) -> None:
        good = {"Код": "Code", "Наименование": "Description"}
        for files in (
            None, {}, {"cards": {}}, {"people": {"entity": "A", "fields": good}}, {"cards": {"entity": "Catalog/../x", "fields": good}}, {"cards": {"entity": "A"}},
            {"documents": [{"entity": "Document_А", "fields": {"Номер": "Number"}}]},
            {"cards": {"entity": "A", "fields": {**good, "Тайна": "Тайна"}}},
            {"cards": {"entity": "A", "fields": {**good, "Телефон": "a b"}}},
        ):  # fmt: skip
            with self.subTest(files):
                self.assertIn("files", transport_class("odata").mistakes("http://h/odata", files))

    def test_addresses(self) -> None:
        for address in (
            "",
            "ftp://h/",
            "http://",
            "http://u:p@h/",
            "file:///etc/passwd",
            "http://h:x/",
            "http://h/?a=1",
        ):
            with self.subTest(address), self.assertRaises(FeedError):
                client.parsed(address)


class ODataTestCase(FeedTestCase):
    def setUp(self) -> None:
        super().setUp()
        Mapping.objects.all().delete()
        self.state_file = self.media.parent / "base.json"
        self.state: dict[str, Any] = {
            "login": "krug", "password": "пароль",
            "entities": {CARDS: [card(n) for n in range(1, 6)], ORDERS: [order(n, n) for n in range(1, 4)],
                         CARS: [{"Ref_Key": ref(1, 3), "VIN": "XWEFA3DBK1P772902 "}]},
        }  # fmt: skip
        self.publish()
        port = self.enterContext(peer("odata_1c", str(self.state_file)))
        self.enterContext(mock.patch.object(client, "PAUSES", (0, 0, 0)))
        self.feed = self.make_feed(
            name="1С по OData", transport="odata", address=f"http://127.0.0.1:{port}/base/odata/standard.odata",
            login="krug", secret=seal("пароль"), files=ALFA_AVTO,
        )  # fmt: skip

    def publish(self, **changes: Any) -> None:
        self.state |= changes
        self.state_file.write_text(json.dumps(self.state, ensure_ascii=False))

    @property
    def asked(self) -> list[dict[str, str]]:
        journal = self.state_file.with_suffix(".journal")
        return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []

    def forget_asked(self) -> None:
        self.state_file.with_suffix(".journal").unlink(missing_ok=True)

    def pull(self) -> ImportBatch:
        seen = self.look()
        assert seen is not None
        assert seen.batch is not None, seen.detail
        return running.run(seen.batch.pk)

    def table(self, batch: ImportBatch, kind: str) -> list[str]:
        return (Path(self.media) / "imports" / str(batch.pk) / kind).read_text(encoding="utf-8").splitlines()


class Pulling(ODataTestCase):
    def test_cards_and_orders_come_in_with_their_links(self) -> None:
        batch = self.pull()
        self.assertEqual(batch.state, "done", batch.error)
        self.assertEqual((Card.objects.count(), CardContact.objects.count()), (5, 10))
        orders = Interaction.objects.filter(kind="service", customer__isnull=False, vehicle__vin="XWEFA3DBK1P772902")
        self.assertEqual(
            (orders.count(), str(orders.first().amount), orders.first().number), (3, "15500.50", "ЗН000001")
        )
        self.assertEqual(orders.first().happened_at.isoformat(), "2026-03-08T09:22:00+00:00")

    def test_only_mapped_properties_are_asked_for(self) -> None:
        batch = self.pull()
        asked = {name for line in self.asked for name in line["$select"].split(",")}
        self.assertFalse(asked & {"ИНН", "Комментарий", "*"}, asked)
        self.assertTrue(all(line["$orderby"] == "Ref_Key" for line in self.asked))
        everything = "\n".join(self.table(batch, "cards") + self.table(batch, "documents"))
        self.assertNotIn("тайн", everything)

    def test_only_changed_objects_are_fetched_again(self) -> None:
        self.pull()
        self.forget_asked()
        seen = self.look()
        self.assertEqual((seen.outcome, seen.batch), ("nothing", None))
        self.assertNotIn("КонтактнаяИнформация", json.dumps(self.asked, ensure_ascii=False))
        self.feed.refresh_from_db()
        self.assertIsNotNone(self.feed.last_ok_at)
        self.state["entities"][CARDS][1] = card(2, DataVersion="AAAAAgAAAAA=", Description="Смирнова Анна Павловна")
        self.publish()
        batch = self.pull()
        self.assertEqual(len(self.table(batch, "cards")), 2)
        self.assertEqual(batch.counters["cards"]["updated"], 1)
        self.assertFalse(batch.files.filter(kind="documents").exists())

    def test_marked_and_unposted_objects_stay_out(self) -> None:
        self.state["entities"][CARDS][0]["DeletionMark"] = True
        self.state["entities"][ORDERS][1]["Posted"] = False
        self.publish()
        batch = self.pull()
        self.assertEqual((len(self.table(batch, "cards")), len(self.table(batch, "documents"))), (5, 3))
        self.state["entities"][ORDERS][1] |= {"Posted": True, "DataVersion": "AAAAAgAAAAA="}
        self.publish()
        self.assertEqual(len(self.table(self.pull(), "documents")), 2)

    def test_paging_even_when_the_server_gives_less_than_asked(self) -> None:
        self.state["entities"][CARDS] = [card(n) for n in range(1, 24)]
        self.publish(cap=5)
        with mock.patch.object(client, "PAGE", 10), mock.patch.object(pulling, "FEW", 3):
            batch = self.pull()
        self.assertEqual(batch.counters["cards"]["new"], 23)

    def test_many_references_read_the_whole_entity_once(self) -> None:
        with mock.patch.object(references, "MANY", 2):
            self.assertEqual(self.pull().counters["documents"]["new"], 3)
        whole = [line for line in self.asked if line["$select"] == "Ref_Key,Code" and "$filter" not in line]
        self.assertEqual(len(whole), 1)

    def test_objects_of_a_failed_import_come_again(self) -> None:
        first = self.look().batch
        ImportBatch.objects.filter(pk=first.pk).update(state="failed", error="Нет места на диске.")
        self.assertEqual(self.standing(), "failed")
        self.assertEqual(self.look().outcome, "nothing")  # the same content: a person decides
        self.state["entities"][CARDS][0]["DataVersion"] = "AAAAAgAAAAA="
        self.state["entities"][CARDS][0]["Description"] = "Попова Инна Игоревна"
        self.publish()
        self.assertEqual(len(self.table(self.pull(), "cards")), 6)
        self.assertEqual(FeedObject.objects.filter(batch=first).count(), 3)  # orders: the same content, not taken again
        self.assertEqual(self.standing(), "")

    def test_other_columns_fetch_everything_anew(self) -> None:
        self.pull()
        files = json.loads(json.dumps(ALFA_AVTO))
        del files["cards"]["fields"]["E-mail"]
        type(self.feed).objects.filter(pk=self.feed.pk).update(files=files)
        self.assertEqual(len(self.table(self.pull(), "cards")), 6)

    def test_a_value_that_comes_back_is_taken_again(self) -> None:
        """The third delivery has the bytes of the first, and is news all the same."""
        names = ("Смирнова Анна Павловна", "Смирнова Анна Львовна") * 2
        self.pull()
        for number, name in enumerate(names):
            self.state["entities"][CARDS][1] = card(2, DataVersion=f"AAAAA{number}AAAAA=", Description=name)
            self.publish()
            self.pull()
            self.assertEqual(Card.objects.get(code="АА0000002").middle_name, name.split()[2])

    def test_another_base_is_fetched_whole_with_the_columns_of_now(self) -> None:
        """The form forgets what the feed has seen when the address changes; versions may be the same there."""
        self.pull()
        files = json.loads(json.dumps(ALFA_AVTO))
        del files["cards"]["fields"]["E-mail"]
        type(self.feed).objects.filter(pk=self.feed.pk).update(files=files, seen={})
        self.assertEqual(len(self.table(self.pull(), "cards")), 6)


class Failing(ODataTestCase):
    def failure(self, **changes: Any) -> str:
        self.publish(**changes)
        return super().failure()

    def test_a_busy_server_is_asked_again(self) -> None:
        self.publish(statuses=[500, 503, 429])
        self.assertEqual(self.look().outcome, "loaded")

    def test_a_server_that_stays_ill_is_an_alarm_which_ends_by_itself(self) -> None:
        self.assertIn("HTTP 500", self.failure(statuses=[500] * 4))
        self.assertEqual(self.standing(), "failed")
        self.pull()
        self.assertEqual(self.standing(), "")

    def test_a_wrong_password_is_not_tried_twice(self) -> None:
        self.failure(password="другой")
        self.assertEqual(len(self.asked), 1)

    def test_redirects_are_refused(self) -> None:
        self.failure(statuses=[302])
        self.assertEqual(len(self.asked), 1)

    def test_answers_that_make_no_sense(self) -> None:
        for body in (
            "<html>Добро пожаловать",
            "[]",
            {"value": 7},
            {"value": [{"Ref_Key": "1' or true"}]},
            {"value": [1]},
        ):
            with self.subTest(body):
                self.failure(body=body)

    def test_an_entity_or_a_property_that_is_not_there(self) -> None:
        entities = self.state["entities"]
        self.assertIn(ORDERS, self.failure(entities={CARDS: entities[CARDS]}))
        strange = {"cards": {"entity": CARDS, "fields": {"Код": "Code", "Наименование": "Нет_такого"}}}
        type(self.feed).objects.filter(pk=self.feed.pk).update(files=strange)
        self.assertIn("Нет_такого", self.failure(entities=entities))

    def test_a_slow_server_is_given_up(self) -> None:
        with mock.patch.object(client, "TIMEOUT", 0.2):
            self.failure(slow=1)

    def test_loopback_is_closed_unless_the_setting_opens_it(self) -> None:
        with self.settings(FEED_ALLOW_LOOPBACK=False):
            self.failure()
        self.assertEqual(self.asked, [])

    def test_a_password_that_cannot_be_read_any_more_is_an_alarm(self) -> None:
        with self.settings(SECRET_KEY="другой"):
            self.assertIn("SECRET_KEY", self.failure())
        self.assertEqual((self.asked, self.standing()), ([], "failed"))

    def test_the_refusal_of_1c_in_words(self) -> None:
        self.assertIn(CARDS, self.failure(statuses=[403]))
        self.assertIn("HTTP 418", self.failure(statuses=[418]))
        self.assertEqual(len(self.asked), 2)  # neither is tried again

    def test_an_answer_without_an_end(self) -> None:
        with mock.patch.object(client, "LARGEST", 1 << 10):
            self.assertIn("МБ", self.failure())

    def test_a_connection_that_breaks_off_is_made_anew(self) -> None:
        self.assertIn("127.0.0.1", self.failure(breaks=4))
        self.publish(breaks=1)
        self.assertEqual(self.look().outcome, "loaded")

    def test_a_certificate_that_nobody_vouches_for(self) -> None:
        """An address of https where plain HTTP answers: no password is sent."""
        secure = self.feed.address.replace("http:", "https:")
        type(self.feed).objects.filter(pk=self.feed.pk).update(address=secure)
        self.failure()
        self.assertEqual(self.asked, [])

    def test_check_counts_without_taking(self) -> None:
        with transport_for(self.feed) as transport:
            lines = transport.check()
        self.assertIn("5", lines[0])
        self.assertFalse(FeedObject.objects.exists())


class Shrinking(ODataTestCase):
    def test_a_base_that_shows_fewer_cards_is_held_until_accepted(self) -> None:
        self.pull()
        self.state["entities"][CARDS] = self.state["entities"][CARDS][:2]
        self.publish()
        self.assertEqual((self.look().outcome, self.standing()), ("held", "shrunk"))
        self.state["entities"][CARDS] = [card(n) for n in range(1, 6)]
        self.publish()
        self.assertEqual((self.look().outcome, self.standing()), ("nothing", ""))
