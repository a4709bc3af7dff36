"""Fault plan, row 47: whoever guesses the token of a page learns nothing: not whether there is such a letter, nor whose.

Wrong tokens of three sorts get one answer: of a letter that was sent, of one that never was, and what is no token at all. How
long an answer takes is compared by ranks (Mann and Whitney), which hold whatever else the machine does: sorts are asked in a
drawn order.
"""

import logging
import math
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from scipy.stats import rankdata

from campaigns import links
from tests.faults import soak
from tests.faults.open_addresses import OF_LETTERS, PHONE, Letter, filled, stranger
from tests.faults.test_knocks import logs

OURS, NOBODYS, BROKEN = "of a letter", "of no letter", "no token"
# Mann and Whitney's z beyond which two times differ: by chance once in 30 million comparisons.
APART = 5.5
# What changes with the clock or is drawn anew for every answer, and so says nothing.
DRAWN = re.compile(rb"nonce-[\w+/=-]+|nonce=\"[^\"]*\"")


class Guessing(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.letter = Letter()

    def test_a_wrong_token_gets_one_answer_and_nobody_is_looked_up(self) -> None:
        """Which sites may frame a page is asked of the database whatever the token; a letter or a person never is."""
        chance = random.Random(47)
        for route in OF_LETTERS:
            for method in ("GET", "POST"):
                guesses = enumerate(list(self.guesses(chance, route, 9)))
                with self.subTest(f"{method} {route}"), CaptureQueriesContext(connection) as asked:
                    answers = {self._seen(self.ask(address, nth, method)) for nth, (_sort, address) in guesses}
                    self.assertEqual(len(answers), 1, answers)
                    self.assertTrue(400 <= answers.pop()[0] < 500)
                self.assertEqual([each["sql"] for each in asked if 'FROM "tracking_site"' not in each["sql"]], [])

    def test_a_flood_of_guesses_reads_the_same(self) -> None:
        """The limit changes the status alone; a right token is answered all the while."""
        chance, seen = random.Random(47), defaultdict(set)
        for _sort, address in self.guesses(chance, "s/<str:token>", 70):
            answer = self.ask(address, 77)
            seen[answer.status_code].add(self._seen(answer)[2])
        self.assertEqual((set(seen), len(set.union(*seen.values()))), ({404, 429}, 1))
        self.assertEqual(self.ask(self.letter.address("s/<str:token>"), 77).status_code, 200)

    def test_a_right_one_shows_no_personal_data(self) -> None:
        """Whoever finds a forwarded letter learns neither name nor address nor phone."""
        person, point = self.letter.person, self.letter.message.contact_point
        for route in OF_LETTERS:
            page = self.ask(self.letter.address(route), 0).content.decode(errors="replace")
            for secret in (person.last_name, person.first_name, point.value, PHONE[2:], f"/{person.pk}/"):
                self.assertNotIn(secret, page, route)

    def test_the_token_of_a_page_is_in_no_log(self) -> None:
        """Also where Django itself refuses, and whatever a library says of a path."""
        with logs() as log:
            for route in OF_LETTERS:
                address = self.letter.address(route)
                self.client.put(address)
                logging.getLogger("somebody").warning("Not Found: %s", address)
                self.assertNotIn(address.split("/")[2], log.getvalue(), route)

    @pytest.mark.soak
    @pytest.mark.timeout(3600)
    def test_a_hundred_thousand_guesses(self) -> None:
        for run in range(soak.RUNS):
            chance, begun = soak.chance(f"47 {run}"), time.monotonic()
            each = math.ceil(100_000 / len(OF_LETTERS))
            found, furthest = 0, 0.0
            for route in OF_LETTERS:
                answers, took = set(), defaultdict(list)
                for nth, (sort, address) in enumerate(self.guesses(chance, route, each)):
                    started = time.perf_counter()
                    answer = self.ask(address, nth)
                    took[sort].append(time.perf_counter() - started)
                    answers.add(self._seen(answer))
                found += len(answers) - 1
                furthest = max(furthest, abs(z_of(took[OURS], took[NOBODYS])))
            soak.tell("47", begun, guesses=each * len(OF_LETTERS), distinguishable=found, furthest_z=round(furthest, 2))
            self.assertEqual(found, 0)
            self.assertLess(furthest, APART)

    def test_the_judge_of_times_sees_a_difference(self) -> None:
        """A thousandth of a second in noise of five is seen among a few thousand; none is not."""
        chance = random.Random(47)

        def times(more: float) -> list[float]:
            return [chance.expovariate(200) + more for _ in range(3000)]

        self.assertGreater(abs(z_of(times(0.001), times(0))), APART)
        self.assertLess(abs(z_of(times(0), times(0))), APART)

    def guesses(self, chance: random.Random, route: str, times: int) -> Iterator[tuple[str, str]]:
        """(sort, address), the sorts in a drawn order; of a right token's length but for the third."""
        right = OF_LETTERS[route](self.letter.whose(route))
        makers: dict[str, Callable[[], str]] = {
            OURS: lambda: self._with_another_mac(chance, right),
            NOBODYS: lambda: self._with_another_mac(chance, OF_LETTERS[route](chance.randrange(10**9, links.MAX_ID))),
            BROKEN: lambda: "".join(chance.choice(links.ALPHABET) for _ in range(chance.randrange(1, 40))),
        }
        for _ in range(times):
            sort = chance.choice(list(makers))
            token = makers[sort]()
            if token != right:
                yield sort, filled(route, token=token, number=self.letter.picture.pk)

    @staticmethod
    def _with_another_mac(chance: random.Random, token: str) -> str:
        """All that says which letter it is stays: 5 bytes are 7 letters at most, and one more for a link's number."""
        return token[:8] + "".join(chance.choice(links.ALPHABET) for _ in token[8:])

    def ask(self, address: str, nth: int, method: str = "GET") -> HttpResponse:
        return self.client.generic(method, address, REMOTE_ADDR=stranger(nth))

    @staticmethod
    def _seen(answer: HttpResponse) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """All that a guesser sees of it."""
        heads = tuple(sorted((name, DRAWN.sub(b"", value.encode()).decode()) for name, value in answer.headers.items()))
        return answer.status_code, heads, DRAWN.sub(b"", answer.content)


def z_of(mine: Sequence[float], others: Sequence[float]) -> float:
    """How far the ranks of `mine` are from those of `others`, in standard deviations."""
    ranks, n, m = rankdata([*mine, *others]), len(mine), len(others)
    above = ranks[:n].sum() - n * (n + 1) / 2
    return float((above - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12))
