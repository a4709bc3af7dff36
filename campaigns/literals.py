"""Arrays of numbers for a statement. As literals: the driver looks at each number of a list for characters to quote, which
costs a third of a lease."""

from collections.abc import Iterable


def bigints(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"
