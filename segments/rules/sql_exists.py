"""`EXISTS (…)` over hand-written SQL, as a condition of the ORM."""

import re
from typing import Any

from django.db.models import BooleanField, F
from django.db.models.expressions import Expression


class ExistsSQL(Expression):
    """True when the query gives a row. `{person}` in `sql` stands for the customer's id.

    `sql` uses named parameters (`%(name)s`); it is the programmer's text, never a user's.
    """

    conditional = True
    output_field = BooleanField()

    def __init__(self, sql: str, params: dict[str, Any]) -> None:
        super().__init__(output_field=BooleanField())
        self.sql, self.params = sql, params
        self.person: Any = F("pk")

    def get_source_expressions(self) -> list:
        return [self.person]

    def set_source_expressions(self, exprs: list) -> None:
        (self.person,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list]:
        column, _ = compiler.compile(self.person)
        order: list[str] = []
        text = re.sub(r"%\((\w+)\)s", lambda match: order.append(match[1]) or "%s", self.sql)
        return f"EXISTS ({text.replace('{person}', column)})", [self.params[name] for name in order]
