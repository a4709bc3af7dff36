"""The files, written as 1C users save them."""

import csv
import random
from datetime import date, timedelta
from pathlib import Path

from crmsite.demo_base.cards import card_of_nobody, cards_of
from crmsite.demo_base.catalogue import CENTRES, MANAGERS
from crmsite.demo_base.documents import START, documents_of
from crmsite.demo_base.people import Person, make_person, mobile

CARD_COLUMNS = [
    "Код", "Наименование", "Телефон", "Доп. телефон", "E-mail", "Дата рождения", "Пол", "Город", "Подразделение",
    "Согласие на рассылку", "Дата создания", "Комментарий",
]  # fmt: skip
DOCUMENT_COLUMNS = [
    "Номер", "Дата", "Вид операции", "Код контрагента", "Марка", "Модель", "VIN", "Гос. номер", "Год выпуска",
    "Состояние", "Сумма документа", "Подразделение", "Менеджер", "Причина отказа",
]  # fmt: skip
BASES = ["ЦБ", "АА", "МС", "ТИ"]


class Export:
    """The rows of both files and the truth, filled person by person."""

    def __init__(self, seed: int, today: date) -> None:
        self.rng = random.Random(seed)
        self.today = today
        self.hub_phone = mobile(self.rng)
        self.cards: list[dict] = []
        self.documents: list[dict] = []
        self.truth: list[tuple[str, int | str]] = []

    def add(self, person: Person) -> None:
        codes = []
        for card in cards_of(self.rng, person, self.hub_phone):
            card["Код"] = f"{self.rng.choice(BASES)}-{len(self.cards) + 1:07d}"
            card["Подразделение"] = self.rng.choice(CENTRES)
            created = START + timedelta(days=self.rng.randrange((self.today - START).days))
            card["Дата создания"] = created.strftime("%d.%m.%Y")
            codes.append(card["Код"])
            self.cards.append(card)
            self.truth.append((card["Код"], person.number))
        for document in documents_of(self.rng, self.today):
            document["Номер"] = f"АА{len(self.documents) + 1:09d}"
            document["Код контрагента"] = self.rng.choice(codes)
            document["Подразделение"] = self.rng.choice(CENTRES)
            document["Менеджер"] = self.rng.choice(MANAGERS)
            self.documents.append(document)

    def add_nobody(self) -> None:
        code = f"ЦБ-{len(self.cards) + 1:07d}"
        self.cards.append(card_of_nobody(self.rng, code))
        self.truth.append((code, ""))

    def write(self, out: Path) -> None:
        order = list(range(len(self.cards)))
        self.rng.shuffle(order)
        self.documents.sort(key=lambda document: document["Номер"][-3:])
        _write_1c(out / "counterparties.csv", CARD_COLUMNS, [self.cards[i] for i in order])
        _write_1c(out / "documents.csv", DOCUMENT_COLUMNS, self.documents)
        with (out / "truth.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("code", "person"), *self.truth])


def export(people: int, seed: int, out: Path, *, today: date) -> tuple[int, int]:
    """Write the three files into `out`; returns the number of cards and of documents."""
    out.mkdir(parents=True, exist_ok=True)
    made, previous = Export(seed, today), None
    for number in range(people):
        household = previous if previous and made.rng.random() < 0.07 else None
        previous = make_person(made.rng, number, household)
        made.add(previous)
    for _nobody in range(max(2, people // 400)):
        made.add_nobody()
    made.write(out)
    return len(made.cards), len(made.documents)


def _write_1c(path: Path, columns: list[str], rows: list[dict]) -> None:
    with path.open("w", encoding="cp1251", errors="replace", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=";", restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
