import tracemalloc
from pathlib import Path

from segments.importing.mapping import propose
from segments.importing.reading import blocks, open_table
from segments.importing.reading.commerceml import MOST_COLUMNS
from tests.segments.reading_case import ReadingCase

HEAD = '<?xml version="1.0" encoding="{encoding}"?>\n<КоммерческаяИнформация{space} ВерсияСхемы="2.08">'
SPACE = ' xmlns="urn:1C.ru:commerceml_2"'
TAIL = "</КоммерческаяИнформация>"
PERSON = (
    "<Контрагент><Ид>{code}</Ид><Наименование>Иванов И.И.</Наименование><Роль>{role}</Роль>"
    "<ПолноеНаименование>Иванов Иван Иванович</ПолноеНаименование><ДатаРождения>1980-05-17</ДатаРождения>"
    "<Контакты><Контакт><Тип>Телефон мобильный</Тип><Значение>+7 (999) 555-11-11</Значение></Контакт>"
    "<Контакт><Тип>Телефон рабочий</Тип><Значение>8 812 300-00-00</Значение></Контакт>"
    "<Контакт><Тип>Почта</Тип><Значение>ivanov@mail.ru</Значение></Контакт></Контакты></Контрагент>"
)
REQUISITE = "<ЗначениеРеквизита><Наименование>{}</Наименование><Значение>{}</Значение></ЗначениеРеквизита>"


def document(number: int, code: str = "c1", requisites: str = "") -> str:
    requisites = requisites or REQUISITE.format("Марка", "LADA") + REQUISITE.format("VIN", "XTA210990Y2766389")
    seller = PERSON.format(code="own", role="Продавец")
    return (
        f"<Документ><Ид>guid-{number}</Ид><Номер>АА-{number:06}</Номер><Дата>2025-03-01</Дата><Время>10:15:00</Время>"
        f"<ХозОперация>Продажа автомобиля</ХозОперация><Роль>Продавец</Роль><Сумма>15500.00</Сумма>"
        f"<Контрагенты>{seller}{PERSON.format(code=code, role='Покупатель')}</Контрагенты>"
        f"<Товары><Товар><Ид>g1</Ид><Наименование>Масло</Наименование><Сумма>15500</Сумма></Товар></Товары>"
        f"<ЗначенияРеквизитов>{requisites}</ЗначенияРеквизитов></Документ>"
    )


def exchange(*parts: str, encoding: str = "windows-1251", space: str = SPACE) -> bytes:
    return (HEAD.format(encoding=encoding, space=space) + "".join(parts) + TAIL).encode(encoding)


class CommerceMlTest(ReadingCase):
    def table(self, content: bytes, kind: str) -> list[dict]:
        self.path.write_bytes(content)
        table = open_table(self.path, kind=kind)
        return [row for block in blocks(table, table.headers) for row in block.frame.iter_rows(named=True)]

    def test_one_file_gives_documents_and_cards(self) -> None:
        content = exchange(document(1), document(2, code="c2"), document(3))
        documents, cards = self.table(content, "documents"), self.table(content, "cards")
        self.assertEqual([row["Номер"] for row in documents], ["АА-000001", "АА-000002", "АА-000003"])
        self.assertEqual([row["Код контрагента"] for row in documents], ["c1", "c2", "c1"])
        self.assertEqual([row["Код"] for row in cards], ["c1", "c2"])
        self.assertEqual(documents[0]["Дата"], "2025-03-01 10:15:00")
        self.assertEqual((documents[0]["Марка"], documents[0]["VIN"]), ("LADA", "XTA210990Y2766389"))
        self.assertEqual(documents[0]["Товары"], "Масло")

    def test_a_person_has_the_full_name_and_all_phones(self) -> None:
        (card,) = self.table(exchange(document(1)), "cards")
        self.assertEqual(card["Наименование"], "Иванов Иван Иванович")
        self.assertEqual(card["Телефон"], "+7 (999) 555-11-11\n8 812 300-00-00")
        self.assertEqual((card["E-mail"], card["Дата Рождения"]), ("ivanov@mail.ru", "1980-05-17"))

    def test_the_mapping_is_proposed_whole(self) -> None:
        content = exchange(document(1))
        self.path.write_bytes(content)
        cards = propose("cards", open_table(self.path, kind="cards").headers)
        self.assertEqual(
            (cards["code"], cards["name"], cards["phone"], cards["email"], cards["birth_date"]),
            (["Код"], ["Наименование"], ["Телефон"], ["E-mail"], ["Дата Рождения"]),
        )
        documents = propose("documents", open_table(self.path, kind="documents").headers)
        self.assertEqual(
            (documents["key"], documents["number"], documents["date"], documents["kind"], documents["card_code"]),
            (["GUID"], ["Номер"], ["Дата"], ["Хозоперация"], ["Код контрагента"]),
        )
        self.assertEqual((documents["amount"], documents["vin"]), (["Сумма"], ["VIN"]))

    def test_encodings_and_files_without_a_namespace(self) -> None:
        for encoding in ("windows-1251", "utf-8", "utf-16"):
            for space in (SPACE, ""):
                with self.subTest(encoding=encoding, space=space):
                    rows = self.table(exchange(document(1), encoding=encoding, space=space), "documents")
                    self.assertEqual(rows[0]["Хозоперация"], "Продажа автомобиля")

    def test_a_list_of_counterparties_without_documents(self) -> None:
        people = "".join(PERSON.format(code=f"c{n}", role="Покупатель") for n in range(3))
        for kind in ("cards", "documents", ""):
            rows = self.table(exchange(f"<Контрагенты>{people}</Контрагенты>"), kind)
            self.assertEqual([row["Код"] for row in rows], ["c0", "c1", "c2"])

    def test_a_person_that_differs_is_given_again(self) -> None:
        changed = PERSON.format(code="c1", role="Покупатель").replace("ivanov@", "other@")
        rows = self.table(exchange(document(1), f"<Контрагенты>{changed}</Контрагенты>"), "cards")
        self.assertEqual([row["E-mail"] for row in rows], ["ivanov@mail.ru", "other@mail.ru"])

    def test_only_the_wanted_columns_come(self) -> None:
        self.path.write_bytes(exchange(document(1)))
        (block,) = blocks(open_table(self.path, kind="documents"), ["VIN"])
        self.assertEqual(block.frame.columns, ["line", "VIN"])

    def test_memory_does_not_grow_with_the_file(self) -> None:
        def peak(documents: int, path: Path) -> int:
            path.write_bytes(exchange(*(document(n) for n in range(documents))))
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            rows = open_table(path, kind="cards").rows
            self.assertEqual(rows, 1)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return most

        self.assertLess(peak(2000, self.path), 2 * peak(200, self.path) + 100_000)


class RefusedTest(ReadingCase):
    def test_entities_and_document_types(self) -> None:
        laughs = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">'
        for doctype in (
            f"<!DOCTYPE x [{laughs}]>", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        ):  # fmt: skip
            content = exchange(document(1)).decode("cp1251").replace("?>\n", f"?>\n{doctype}", 1).encode("cp1251")
            with self.subTest(doctype[:40]):
                self.assertIn("сущности", self.refused(content))

    def test_other_xml(self) -> None:
        for content in (
            b"<?xml version='1.0'?><rss></rss>",
            b"<Workbook xmlns='urn:schemas-microsoft-com'></Workbook>",
        ):
            self.assertIn("CommerceML", self.refused(content))
        self.assertIn("ни документов", self.refused(exchange("<Каталог><Ид>1</Ид></Каталог>")))

    def test_cut_off_deep_or_in_an_unknown_encoding(self) -> None:
        whole = exchange(document(1), document(2))
        for content in (
            whole[:-30], whole.replace(b"windows-1251", b"windows-9999"), exchange("<a>" * 100_000),
            whole.replace("Номер".encode("cp1251"), b"\x98\x00"),
        ):  # fmt: skip
            with self.subTest(content[:60]):
                self.assertTrue(self.refused(content))

    def test_a_flood_of_requisites(self) -> None:
        flood = "".join(REQUISITE.format(f"Реквизит {n}", "1") for n in range(MOST_COLUMNS + 1))
        self.assertIn("реквизитов", self.refused(exchange(document(1, requisites=flood))))
