"""Calls at once share a transaction, and nobody pays for his neighbour."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.test import SimpleTestCase

from channels.gathering import Gathering


class Store:
    """Notes what it was given; "bad" in a batch breaks it."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []

    def __call__(self, calls: Sequence[Any]) -> None:
        time.sleep(0.1)  # as a slow commit takes: by then all threads have begun
        if "bad" in calls:
            raise ValueError("bad")
        self.batches.append(list(calls))


class GatheringTests(SimpleTestCase):
    def keep(self, gathering: Gathering, calls: Sequence[Any]) -> list[Any]:
        """All at once; what each raised, None where it was kept."""
        barrier = threading.Barrier(len(calls))

        def keep_one(call: Any) -> Any:
            barrier.wait()
            try:
                gathering.keep(call)
            except ValueError as error:
                return str(error)
            return None

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(keep_one, calls))

    def test_one_alone_is_stored_at_once(self) -> None:
        store = Store()
        Gathering(store).keep(1)
        self.assertEqual(store.batches, [[1]])

    def test_many_at_once_are_each_stored_once_in_a_few_batches(self) -> None:
        store = Store()
        self.assertEqual(self.keep(Gathering(store), range(30)), [None] * 30)
        self.assertEqual(sorted(sum(store.batches, [])), list(range(30)))
        self.assertLess(len(store.batches), 15)

    def test_a_call_that_breaks_breaks_alone(self) -> None:
        store = Store()
        with self.assertLogs("channels.gathering", "ERROR"):
            told = self.keep(Gathering(store), [*range(10), "bad", *range(10, 20)])
        self.assertEqual(told, [None] * 10 + ["bad"] + [None] * 10)
        self.assertEqual(sorted(sum(store.batches, [])), list(range(20)))

    def test_the_next_is_stored_after_one_that_broke(self) -> None:
        store = Store()
        gathering = Gathering(store)
        with self.assertRaises(ValueError):
            gathering.keep("bad")
        gathering.keep(1)
        self.assertEqual(store.batches, [[1]])
