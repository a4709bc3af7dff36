"""From links to people: cards and the customers they belong to fall into groups, within what people decided.

Whatever two cards are linked by, a group never holds two customers that a person keeps apart. Where links would bring
such a pair together, they are taken strongest first, and the one that would join them is left out: a third card that
fits both stays with its strongest side.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


class Decisions(NamedTuple):
    """What people said of customers, by customer ids.

    `apart`: pairs that are different people; `together`: pairs that are one; `pinned`: customers who hold a card that
    was given to them by hand. Two pinned customers are apart too.
    """

    apart: Sequence[tuple[int, int]] = ()
    together: Sequence[tuple[int, int]] = ()
    pinned: frozenset[int] = frozenset()


class Groups(NamedTuple):
    """`label` of each node; `survivors`: label, owner_id (the customer who stays; null: the group has none yet)."""

    label: pl.Series
    survivors: pl.DataFrame


def components(nodes: int, edges: np.ndarray) -> np.ndarray:
    """Label of each node 0…nodes-1 under the closure of `edges` (shape n × 2)."""
    weights = np.ones(len(edges), np.int8)
    graph = coo_matrix((weights, (edges[:, 0], edges[:, 1])), shape=(nodes, nodes))
    return connected_components(graph, directed=False)[1]


def group(customers: pl.Series, pairs: pl.DataFrame, decisions: Decisions) -> Groups:
    """Groups of nodes. `customers`: customer_id of each node (null: nobody's yet); `pairs`: node_a, node_b, strongest
    first. The customer who stays is a pinned one, else the oldest."""
    nodes = len(customers)
    known = pl.DataFrame({"node": pl.int_range(nodes, eager=True), "customer_id": customers}).drop_nulls()
    people = known["customer_id"].unique().sort()
    at = {int(customer): nodes + i for i, customer in enumerate(people)} if _any(decisions) else {}
    ties = known.join(
        pl.DataFrame({"customer_id": people, "at": pl.int_range(nodes, nodes + len(people), eager=True)}),
        on="customer_id",
    )
    edges = np.concatenate([
        ties.select("node", "at").to_numpy().astype(np.int64).reshape(-1, 2),
        _both_known(decisions.together, at),
        pairs.select("node_a", "node_b").to_numpy().astype(np.int64).reshape(-1, 2),
    ])  # fmt: skip
    labels = components(nodes + len(people), edges)
    pinned = {at[customer] for customer in decisions.pinned if customer in at}
    labels = _separated(labels, edges, _both_known(decisions.apart, at), pinned)
    label = pl.Series("label", labels[:nodes], dtype=pl.Int64)
    owners = pl.DataFrame(
        {"label": labels[nodes:], "owner_id": people}, schema={"label": pl.Int64, "owner_id": pl.Int64}
    )
    owners = owners.with_columns(~pl.col("owner_id").is_in(list(decisions.pinned)).alias("free"))
    owners = owners.sort("label", "free", "owner_id").unique("label", keep="first", maintain_order=True)
    survivors = (
        label.unique().sort().to_frame().join(owners.drop("free"), on="label", how="left", maintain_order="left")
    )
    return Groups(label, survivors)


def losers(nodes: pl.DataFrame) -> list[tuple[int, int, str]]:
    """(loser, survivor, reason) of the customers who stop being people of their own.

    `nodes`: customer_id, owner_id, reason (null: the card followed the others of its customer)."""
    gone = nodes.filter(pl.col("customer_id").is_not_null() & (pl.col("customer_id") != pl.col("owner_id")))
    gone = gone.sort("customer_id", "reason", nulls_last=True).unique("customer_id", keep="first", maintain_order=True)
    return list(gone.select("customer_id", "owner_id", pl.col("reason").fill_null("known")).iter_rows())


def _any(decisions: Decisions) -> bool:
    return bool(decisions.apart or decisions.together or decisions.pinned)


def _both_known(pairs: Iterable[tuple[int, int]], at: dict[int, int]) -> np.ndarray:
    found = [(at[a], at[b]) for a, b in pairs if a in at and b in at]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _separated(labels: np.ndarray, edges: np.ndarray, apart: np.ndarray, pinned: set[int]) -> np.ndarray:
    """The labels, those of groups that break a decision made anew edge by edge. Such groups are few and small."""
    torn = {int(labels[a]) for a, b in apart if labels[a] == labels[b]}
    crowd: dict[int, int] = defaultdict(int)
    for node in pinned:
        crowd[int(labels[node])] += 1
    torn |= {label for label, count in crowd.items() if count > 1}
    if not torn:
        return labels
    labels, fresh = labels.copy(), int(labels.max()) + 1
    mine = edges[np.isin(labels[edges[:, 0]], list(torn))]
    roots = _joined(mine, apart, pinned)
    members = np.flatnonzero(np.isin(labels, list(torn)))
    for node in members.tolist():
        labels[node] = fresh + roots.get(node, node)
    return np.unique(labels, return_inverse=True)[1]


def _joined(edges: np.ndarray, apart: np.ndarray, pinned: set[int]) -> dict[int, int]:
    """Root of each node after the edges were taken one by one, but for those that break a decision."""
    root: dict[int, int] = {}
    foes: dict[int, set[int]] = defaultdict(set)
    for a, b in apart:
        foes[int(a)].add(int(b))
        foes[int(b)].add(int(a))
    members: dict[int, set[int]] = {}

    def find(node: int) -> int:
        members.setdefault(root.setdefault(node, node), {node})
        while root[node] != node:
            node = root[node] = root[root[node]]
        return node

    for a, b in edges.tolist():
        x, y = find(a), find(b)
        if x == y or _hostile(members[x], members[y], foes, pinned):
            continue
        root[y] = x
        members[x] |= members.pop(y)
    return {node: find(node) for node in list(root)}


def _hostile(ours: set[int], theirs: set[int], foes: dict[int, set[int]], pinned: set[int]) -> bool:
    if ours & pinned and theirs & pinned:
        return True
    return any(foes[node] & theirs for node in ours if node in foes)
