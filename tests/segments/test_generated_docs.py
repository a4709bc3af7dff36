import pytest

from segments.generated_docs import END, begin, renewed

MARK = begin("some_docs")


def test_only_the_part_between_the_marks_is_changed() -> None:
    text = renewed(f"before\n{MARK}\nold\n{END}\nafter", "some_docs", "new")
    assert text == f"before\n{MARK}\n\nnew\n{END}\nafter"
    assert renewed(text, "some_docs", "new") == text


def test_a_document_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="generated"):
        renewed(f"{begin('other_docs')}\n{END}", "some_docs", "new")
