"""The document lists what the registry has: every field, operator, event and ready-made cut, in both languages."""

import io
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.utils import translation

from segments.generated_docs import END, begin
from segments.management.commands import segment_docs
from segments.ready_made import cuts
from segments.rules.fields import EVENTS, FIELDS
from segments.rules.operators import BY_TYPE
from segments.rules.reference import TYPES, reference

DOCUMENTS = segment_docs.Command.documents


class Reference(TestCase):
    def test_the_documents_are_fresh(self) -> None:
        call_command("segment_docs", check=True, stdout=io.StringIO())

    def test_everything_that_is_registered_is_listed(self) -> None:
        for language in DOCUMENTS:
            with translation.override(language):
                text = reference()
                for name in (*FIELDS, *EVENTS, *(where for event in EVENTS.values() for where in event.where)):
                    self.assertIn(f"`{name}`", text)
                for field in FIELDS.values():
                    self.assertIn(str(field.label).replace("|", "\\|"), text)
                    for operator in BY_TYPE[field.type]:
                        self.assertIn(f"`{operator.name}`", text)
                for cut in cuts():
                    self.assertIn(cut.title, text)

    def test_every_type_has_a_name(self) -> None:
        self.assertEqual(set(BY_TYPE) - set(TYPES), set())

    def test_the_russian_one_has_no_english_headings(self) -> None:
        with translation.override("ru"):
            text = reference()
        for word in ("Types of", "Fields", "Ready-made", "Operators", "whole number", "In JSON"):
            self.assertNotIn(word, text)


class Command(TestCase):
    def test_stale_documents_are_told_and_mended(self) -> None:
        with tempfile.TemporaryDirectory() as folder, override_settings(BASE_DIR=Path(folder)):
            (Path(folder) / "docs").mkdir()
            for name in DOCUMENTS.values():
                (Path(folder) / name).write_text(f"{begin('segment_docs')}\n{END}\n", encoding="utf-8")
            with pytest.raises(CommandError, match="stale"):
                call_command("segment_docs", check=True)
            call_command("segment_docs", stdout=io.StringIO())
            out = io.StringIO()
            call_command("segment_docs", check=True, stdout=out)
            self.assertEqual(out.getvalue(), "fresh\n")
            self.assertIn("`last_purchase`", (Path(folder) / DOCUMENTS["ru"]).read_text(encoding="utf-8"))

    def test_both_documents_lead_to_each_other(self) -> None:
        for name, other in (("docs/segments.md", "segments.ru.md"), ("docs/segments.ru.md", "segments.md")):
            self.assertIn(f"({other})", (settings.BASE_DIR / name).read_text(encoding="utf-8"))
