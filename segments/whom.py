"""Whom a pass over the customers is about, as a condition of its statements: those listed, a share of all, or all."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Whom(NamedTuple):
    """These customers alone, or of all every of-th from the n-th (`share` is (n, of)), or everybody."""

    ids: Sequence[int] | None = None
    share: tuple[int, int] | None = None

    def among(self, column: str) -> str:
        """The condition on a column with a customer's key, to be run with `parameters`; a listed one by its index."""
        if self.ids is not None:
            return f"{column} = ANY(%(ids)s)"
        return f"{column} %% %(of)s = %(share)s" if self.share else "true"

    @property
    def parameters(self) -> dict[str, Any]:
        n, of = self.share or (0, 1)
        return {"ids": None if self.ids is None else list(self.ids), "share": n, "of": of}


EVERYBODY = Whom()
