"""The page of reliability names tests: each of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(test_\w+)`")


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(NAMED.findall((ROOT / "docs" / "reliability.md").read_text()))
    written = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    assert len(named) > 40
    assert [name for name in sorted(named) if f"def {name}(" not in written] == []
