import threading
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from segments.importing.ahead import ahead, beside, each_by_itself, mapped


class AheadTest(SimpleTestCase):
    def test_order_stays_and_the_source_runs_in_another_thread(self) -> None:
        threads = set()

        def source() -> Iterator[int]:
            for number in range(5):
                threads.add(threading.get_ident())
                yield number

        self.assertEqual(list(ahead(source())), [0, 1, 2, 3, 4])
        self.assertNotIn(threading.get_ident(), threads)

    def test_it_is_one_item_ahead_and_no_more(self) -> None:
        made: list[int] = []
        second = threading.Event()

        def source() -> Iterator[int]:
            for number in range(5):
                made.append(number)
                if number == 1:
                    second.set()
                yield number

        items = ahead(source())
        self.assertEqual(next(items), 0)
        self.assertTrue(second.wait(5))
        items.close()
        self.assertEqual(made, [0, 1])

    def test_an_error_comes_where_the_item_would_have(self) -> None:
        def source() -> Iterator[int]:
            yield 1
            raise ValueError("bad")

        items = ahead(source())
        self.assertEqual(next(items), 1)
        with self.assertRaisesMessage(ValueError, "bad"):
            next(items)


class MappedTest(SimpleTestCase):
    def test_results_keep_the_order_of_the_items(self) -> None:
        slow = threading.Event()

        def double(number: int) -> int:
            if number == 0:
                slow.wait(0.1)
            return 2 * number

        self.assertEqual(list(mapped(double, range(6), workers=3)), [0, 2, 4, 6, 8, 10])

    def test_items_are_taken_by_the_thread_that_asks_and_not_all_at_once(self) -> None:
        taken: list[tuple[int, int]] = []

        def items() -> Iterator[int]:
            for number in range(10):
                taken.append((number, threading.get_ident()))
                yield number

        results = mapped(str, items(), workers=2)
        self.assertEqual(next(results), "0")
        self.assertEqual({thread for _, thread in taken}, {threading.get_ident()})
        self.assertEqual(len(taken), 3)
        results.close()
        self.assertEqual(len(taken), 3)

    def test_an_error_stops_the_rest(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            list(mapped(lambda n: 1 // n, [1, 0, 2]))


class EachByItselfTest(TransactionTestCase):
    def test_a_thread_keeps_its_connection_and_leaves_none_behind(self) -> None:
        seen: list[tuple[int, Any]] = []

        def backend(_item: int) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                seen.append((cursor.fetchone()[0], connection.connection))

        for _ in each_by_itself(backend, range(8), workers=2):
            pass
        self.assertLessEqual(len({pid for pid, _ in seen}), 2)
        self.assertTrue(all(opened.closed for _, opened in seen))


class BesideTest(TransactionTestCase):
    def test_the_step_goes_on_in_another_thread_and_whoever_leaves_waits_for_it(self) -> None:
        may_end, ended = threading.Event(), threading.Event()

        def step() -> int:
            may_end.wait(5)
            ended.set()
            return threading.get_ident()

        with beside() as begin:
            coming = begin(step)
            self.assertFalse(ended.is_set())
            may_end.set()
        self.assertTrue(ended.is_set())
        self.assertNotEqual(coming.result(), threading.get_ident())

    def test_its_error_comes_out_where_it_is_asked_for(self) -> None:
        with beside() as begin:
            coming = begin(lambda: 1 // 0)
        with self.assertRaises(ZeroDivisionError):
            coming.result()


class BesideInATransactionTest(TestCase):
    def test_the_step_sees_what_the_transaction_did(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE seen_here (id int) ON COMMIT DROP")

        def step() -> int:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM seen_here")
                return int(cursor.fetchone()[0])

        with beside() as begin:
            self.assertEqual(begin(step).result(), 0)
