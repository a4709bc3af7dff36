"""count_rule, rule_fields, refresh_segments: the contract of their JSON, and bad input."""

import json
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import CommandError, call_command
from django.test import TestCase

from segments.models import Segment
from tests.segments.builders import make_brand, make_customer, make_facts

BUYERS = {"format": 1, "rule": {"field": "purchases", "op": "at_least", "value": 1}}


def run(*args: Any) -> dict:
    out = StringIO()
    call_command(*args, json=True, stdout=out)
    return json.loads(out.getvalue())


class CountRule(TestCase):
    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "rule.json"

    def test_the_answer(self) -> None:
        make_facts(make_customer(), purchases=2)
        make_facts(make_customer())
        self.file.write_text(json.dumps(BUYERS), encoding="utf-8-sig")
        answer = run("count_rule", self.file)
        self.assertEqual(set(answer), {"format", "count", "seconds", "sentence", "facts_at"})
        self.assertEqual(
            (answer["format"], answer["count"], answer["sentence"]), (1, 1, "Число покупок — не меньше 1.")
        )
        self.assertRegex(answer["facts_at"], r"^\d{4}-\d\d-\d\dT.*Z$")

    def test_an_empty_base_has_no_facts_yet(self) -> None:
        self.file.write_text(json.dumps(BUYERS))
        self.assertIsNone(run("count_rule", self.file)["facts_at"])

    def test_unusable_files_are_refused_with_a_sentence(self) -> None:
        bad = [
            b"",
            b"{",
            b"\xff\xfe",
            b"[" * 100_000,
            b"null",
            b'{"format": 1, "rule": {"field": "pk"}}',
            b'{"format": 1, "rule": NaN}',
        ]
        for content in bad:
            with self.subTest(content[:20]):
                self.file.write_bytes(content)
                with self.assertRaises(CommandError) as caught:
                    run("count_rule", self.file)
                self.assertTrue(str(caught.exception).endswith("."))
        with self.assertRaises(CommandError):
            run("count_rule", self.file.with_name("absent"))


class RuleFields(TestCase):
    def test_every_field_and_event(self) -> None:
        make_brand("Toyota")
        fields = {each["name"]: each for each in run("rule_fields")["fields"]}
        self.assertGreater(len(fields), 25)
        for each in fields.values():
            self.assertLessEqual({"name", "label", "type", "operators", "choices", "missing"}, set(each))
            self.assertTrue(each["operators"])
        self.assertIn({"value": "Toyota", "label": "Toyota"}, fields["brand"]["choices"])
        self.assertEqual(fields["bought"]["operators"], ["at_least"])
        self.assertEqual(fields["brand"]["missing"], "ничего не покупал")

    def test_for_eyes(self) -> None:
        out = StringIO()
        call_command("rule_fields", stdout=out)
        self.assertIn("last_purchase (date)", out.getvalue())


class RefreshSegments(TestCase):
    def setUp(self) -> None:
        make_facts(make_customer(), purchases=2)
        upon = {"format": 1, "rule": {"field": "segment", "op": "any_of", "value": ["buyers"]}}
        Segment.objects.create(name="a", slug="a-upon", rule=upon)
        Segment.objects.create(name="b", slug="buyers", rule=BUYERS)

    def test_all_in_order(self) -> None:
        answer = run("refresh_segments")
        self.assertEqual(
            [(each["slug"], each["size"], each["added"]) for each in answer["segments"]],
            [("buyers", 1, 1), ("a-upon", 1, 1)],
        )
        self.assertEqual(set(answer["segments"][0]), {"slug", "size", "added", "removed", "seconds"})
        self.assertIn("seconds", answer)

    def test_some(self) -> None:
        self.assertEqual(len(run("refresh_segments", "buyers")["segments"]), 1)

    def test_an_unknown_slug(self) -> None:
        with self.assertRaises(CommandError):
            run("refresh_segments", "nothing")

    def test_one_that_fails_does_not_hold_up_the_others(self) -> None:
        Segment.objects.create(name="broken", slug="broken", rule={})
        with self.assertRaises(CommandError) as caught:
            run("refresh_segments")
        self.assertIn("broken", str(caught.exception))
        self.assertEqual(Segment.objects.get(slug="a-upon").size, 1)
