"""A foreign key without a row check, for bulk tables (halves loading time).

In tables that imports fill it gets `db_index=False`, and `Meta.indexes` has those that questions use: every index is
paid for with every row of a load.
"""

from typing import Any

from django.db import models


class Loose(models.ForeignKey):
    """`ForeignKey` with `db_constraint=False` and `on_delete=DO_NOTHING`: the database checks no row of it."""

    def __init__(self, to: Any, on_delete: Any = models.DO_NOTHING, **kwargs: Any) -> None:
        kwargs.setdefault("related_name", "+")
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)
