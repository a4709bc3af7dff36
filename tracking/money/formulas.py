"""Formulas of figures: four operations over names. The text that a document prints is the one that is computed."""

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache

Values = Mapping[str, Decimal | int | float | None]
Number = Decimal | None
_DO: dict[type[ast.operator], Callable[[Decimal, Decimal], Number]] = {
    ast.Add: lambda one, other: one + other,
    ast.Sub: lambda one, other: one - other,
    ast.Mult: lambda one, other: one * other,
    ast.Div: lambda one, other: one / other if other else None,
}


def names(formula: str) -> list[str]:
    """In the order in which they stand there, each once. Raises ValueError for what is no formula."""
    found = [node for node in ast.walk(_tree(formula)) if isinstance(node, ast.Name)]
    return list(dict.fromkeys(node.id for node in sorted(found, key=lambda node: node.col_offset)))


def compute(formula: str, values: Values) -> Number:
    """None where a value is not known, or something is divided by nothing."""
    return _value(_tree(formula), values)


def spelled(formula: str, words: Mapping[str, str]) -> str:
    """The formula in words, for people."""
    signs = {"*": "×", "/": "/", "-": "−", "+": "+"}
    tokens = formula.replace("(", "( ").replace(")", " )").split()
    return " ".join(signs.get(token, words.get(token, token)) for token in tokens).replace("( ", "(").replace(" )", ")")


@cache
def _tree(formula: str) -> ast.expr:
    tree = ast.parse(formula, mode="eval").body
    for node in ast.walk(tree):
        known = (ast.BinOp, ast.Name, ast.Constant, ast.Load, *_DO)
        if not isinstance(node, known) or (isinstance(node, ast.Constant) and not isinstance(node.value, int)):
            raise ValueError(f"no formula: {formula}")
    return tree


def _value(node: ast.expr, values: Values) -> Number:
    match node:
        case ast.Constant(value=int(number)):
            return Decimal(number)
        case ast.Name(id=name):
            value = values[name]
            return None if value is None else Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        case ast.BinOp(left=left, op=operator, right=right):
            one, other = _value(left, values), _value(right, values)
            return None if one is None or other is None else _DO[type(operator)](one, other)
    raise ValueError(ast.dump(node))
