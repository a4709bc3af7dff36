"""A campaign's texts as messages of its channel: checked, compiled once per run, joined per person."""

from campaigns.rendering.checking import check, warnings
from campaigns.rendering.letter import CannotRender
from campaigns.rendering.markup import BadContent, build
from campaigns.rendering.media import MEDIA, Compiled, Medium, Size, compile_content, envelope_of, markup_of, whole
from campaigns.rendering.texts import build_text
from campaigns.rendering.values import empty_sentences, empty_values, resolve, values_for

__all__ = [
    "MEDIA",
    "BadContent",
    "CannotRender",
    "Compiled",
    "Medium",
    "Size",
    "build",
    "build_text",
    "check",
    "compile_content",
    "empty_sentences",
    "empty_values",
    "envelope_of",
    "markup_of",
    "resolve",
    "values_for",
    "warnings",
    "whole",
]
