"""Decisions of people bind every later import: cards come, and the people stay as they were put."""

from segments.identity import merging
from segments.models import Card, Customer
from segments.models.identity import ReviewPair
from tests.segments import builders
from tests.segments.test_importing_running import Importing

PHONES = ("89216756405", "89608724887")


def row(code: str, name: str = "Иванов Пётр Ильич", phone: str = PHONES[0]) -> str:
    return f"{code};{name};{phone};;;;\r\n"


class DecisionsTest(Importing):
    def setUp(self) -> None:
        super().setUp()
        self.author = builders.make_staff().pk
        self.bring(row("1") + row("2", phone=PHONES[1]))

    def owner(self, code: str) -> int:
        return Card.objects.get(code=code).customer_id

    def decide(self, state: str) -> None:
        one, other = Card.objects.filter(code__in="12").order_by("pk")
        ReviewPair.objects.create(card_a=one, card_b=other, state=state, decided_by_id=self.author)

    def test_without_a_decision_a_third_card_joins_both(self) -> None:
        self.bring(row("3", phone=", ".join(PHONES)))
        self.assertEqual(len({self.owner(code) for code in "123"}), 1)

    def test_refused_cards_never_join_not_even_through_a_third(self) -> None:
        self.decide("refused")
        self.bring(row("3", phone=", ".join(PHONES)))
        self.assertNotEqual(self.owner("1"), self.owner("2"))
        self.assertIn(self.owner("3"), {self.owner("1"), self.owner("2")})
        self.bring(row("1", phone=", ".join(PHONES)) + row("4", phone=PHONES[1]))
        self.assertNotEqual(self.owner("1"), self.owner("2"))

    def test_a_weaker_side_loses_the_third_card(self) -> None:
        self.bring(row("1", name="Иванов П. И."))
        self.decide("refused")
        self.bring(row("3", phone=", ".join(PHONES)))
        self.assertEqual(self.owner("3"), self.owner("2"))

    def test_an_accepted_pair_joins_whatever_its_cards_say(self) -> None:
        self.decide("accepted")
        self.bring(row("1", name="Иванов Пётр", phone="") + row("2", name="Сидоров Олег", phone=""))
        self.assertEqual(self.owner("1"), self.owner("2"))

    def test_cards_put_apart_by_hand_stay_apart(self) -> None:
        self.bring(row("3", phone=", ".join(PHONES)))
        third = Card.objects.get(code="3")
        new = merging.split([third.pk], self.author)
        self.bring(row("3", phone=PHONES[0]) + row("4", phone=", ".join(PHONES)))
        self.assertEqual(self.owner("3"), new)
        self.assertNotEqual(self.owner("1"), new)
        self.assertEqual(self.owner("1"), self.owner("2"))

    def test_cards_put_together_by_hand_stay_together(self) -> None:
        self.bring(row("9", name="Петрова Анна", phone="89110000001"))
        old, young = sorted((self.owner("1"), self.owner("9")))
        merging.merge_by_hand([old, young], young, self.author)
        self.bring(row("9", name="Петрова Анна", phone="89110000002") + row("5"))
        self.assertEqual({self.owner(code) for code in "195"}, {young})
        self.assertEqual(Customer.objects.filter(merged_into=None).count(), 2)
