import polars as pl
from django.test import SimpleTestCase

from segments.identity.clustering import Decisions, group


def groups(owners: list[int | None], *links: tuple[int, int], **decided: object) -> tuple[list[set[int]], dict]:
    """(the groups of nodes, node → customer who stays) of nodes with these owners, linked strongest first."""
    pairs = pl.DataFrame(links, schema={"node_a": pl.Int64, "node_b": pl.Int64}, orient="row")
    found = group(pl.Series(owners, dtype=pl.Int64), pairs, Decisions(**decided))  # type: ignore[arg-type]
    owner = dict(found.survivors.iter_rows())
    together: dict[int, set[int]] = {}
    for node, label in enumerate(found.label):
        together.setdefault(label, set()).add(node)
    return sorted(together.values(), key=min), {node: owner[label] for node, label in enumerate(found.label)}


class GroupTest(SimpleTestCase):
    def test_links_and_customers_hold_cards_together(self) -> None:
        together, owner = groups([None, 7, 7, 5, None, None], (0, 1), (2, 3))
        self.assertEqual(together, [{0, 1, 2, 3}, {4}, {5}])
        self.assertEqual((owner[0], owner[4]), (5, None))

    def test_a_refused_pair_never_meets_not_even_through_a_third_card(self) -> None:
        together, owner = groups([1, 2, None], (2, 1), (2, 0), apart=[(1, 2)])
        self.assertEqual(together, [{0}, {1, 2}])  # the third card stays with its strongest side
        self.assertEqual(owner, {0: 1, 1: 2, 2: 2})
        together, _ = groups([1, 2, None], (2, 0), (2, 1), apart=[(2, 1)])
        self.assertEqual(together, [{0, 2}, {1}])

    def test_a_refused_pair_far_apart_in_a_chain(self) -> None:
        together, _ = groups([1, None, None, None, 2], (0, 1), (3, 4), (1, 2), (2, 3), apart=[(1, 2)])
        self.assertEqual(together, [{0, 1, 2}, {3, 4}])

    def test_refusals_leave_other_groups_as_they_are(self) -> None:
        owners: list[int | None] = [1, 2, None, 3, 4, None]
        together, owner = groups(owners, (0, 1), (3, 4), (4, 5), apart=[(1, 2), (3, 99)])
        self.assertEqual(together, [{0}, {1}, {2}, {3, 4, 5}])
        self.assertEqual(owner[5], 3)

    def test_an_accepted_pair_is_a_link_of_its_own(self) -> None:
        self.assertEqual(groups([1, 2], together=[(1, 2)])[0], [{0, 1}])
        self.assertEqual(groups([1, None], together=[(1, 2)])[0], [{0}, {1}])

    def test_a_pinned_customer_is_not_moved(self) -> None:
        _, owner = groups([1, 2], (0, 1), pinned=frozenset({2}))
        self.assertEqual(owner, {0: 2, 1: 2})  # the younger stays, since a person put a card there

    def test_two_pinned_customers_are_apart(self) -> None:
        together, owner = groups([1, 2, None, 3], (2, 3), (2, 0), (2, 1), pinned=frozenset({1, 2}))
        self.assertEqual(together, [{0, 2, 3}, {1}])
        self.assertEqual(owner[3], 1)
        self.assertEqual(groups([1, 2], together=[(1, 2)], pinned=frozenset({1, 2}))[0], [{0}, {1}])

    def test_nothing_at_all(self) -> None:
        self.assertEqual(groups([]), ([], {}))
