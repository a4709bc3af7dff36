"""A campaign's texts as letters: checked, compiled once per run, joined per person."""

from campaigns.rendering.checking import check, warnings
from campaigns.rendering.letter import CannotRender, Letter, compile_content
from campaigns.rendering.markup import BadContent, Markup, build
from campaigns.rendering.values import empty_sentences, empty_values, resolve, values_for

__all__ = [
    "BadContent",
    "CannotRender",
    "Letter",
    "Markup",
    "build",
    "check",
    "compile_content",
    "empty_sentences",
    "empty_values",
    "resolve",
    "values_for",
    "warnings",
]
