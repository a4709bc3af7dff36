import hashlib

from django.db import connection
from django.test import TestCase

from campaigns.experiments import draw, draw_sql, new_salt

DRAW = f"SELECT n, {draw_sql('%(salt)s', 'n')} FROM generate_series(1, 2000) AS n"


class DrawTests(TestCase):
    def test_sql_and_python_draw_the_same_number(self) -> None:
        salt = new_salt()
        with connection.cursor() as cursor:
            cursor.execute(DRAW, {"salt": salt})
            for number, drawn in cursor.fetchall():
                self.assertEqual(drawn, draw(salt, number))

    def test_is_the_beginning_of_the_sha256(self) -> None:
        expected = int.from_bytes(hashlib.sha256(b"s:7").digest()[:7], "big") >> 4
        self.assertEqual(draw("s", 7), expected / 2**52)

    def test_is_even_and_independent_of_another_salt(self) -> None:
        one = [draw("one", n) < 0.1 for n in range(20_000)]
        two = [draw("two", n) < 0.1 for n in range(20_000)]
        both = sum(a and b for a, b in zip(one, two, strict=True))
        self.assertAlmostEqual(sum(one) / 20_000, 0.1, delta=0.01)
        self.assertAlmostEqual(both / 20_000, 0.01, delta=0.004)
