"""The house rules, held by a machine: walls, budgets and bans of the style guide.

Each rule is a function in `tests/rules.py` that takes source text and answers with its complaints; here every
rule is run over the project, and against a planted violation, so that a rule which sees nothing fails too.
"""

import ast
import re
import socket
import subprocess
import sys
from pathlib import Path
from statistics import median
from unittest import TestCase

from django.apps import apps
from django.core.management import call_command
from django.test import SimpleTestCase

from tests import rules

ROOT = Path(__file__).resolve().parent.parent
APPS = ("segments", "channels", "campaigns", "tracking", "crmsite")
PROCESSES = {"login"}  # tested as one goes through them, of several modules and a library
SKIPPED = {"migrations", "__pycache__", "node_modules"}


def sources(*roots: str) -> dict[Path, str]:
    """Path (from the project's root) → text, of the Python files under these folders."""
    return {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for root in roots
        for path in sorted((ROOT / root).rglob("*.py"))
        if not SKIPPED & set(path.parts)
    }


CODE, TESTS = sources(*APPS), sources("tests")


def complaints(rule: rules.Rule, files: dict[Path, str]) -> list[str]:
    return [f"{path}:{line}: {text}" for path, source in files.items() for line, text in rule(path, ast.parse(source))]


class Walls(TestCase):
    def test_imports_run_one_way(self) -> None:
        self.assertEqual(complaints(rules.imports_against_the_walls, CODE), [])

    def test_the_rule_sees_each_way_round(self) -> None:
        for path, source in (
            ("segments/x.py", "import channels.models"),
            ("channels/x.py", "from segments import models"),
            ("campaigns/x.py", "from tracking.models import Call"),
            ("tracking/x.py", "from crmsite import rights"),
            ("segments/x.py", "def f():\n    from campaigns import slots"),
        ):
            self.assertTrue(rules.planted(rules.imports_against_the_walls, path, source), source)
        self.assertFalse(rules.planted(rules.imports_against_the_walls, "tracking/x.py", "import campaigns.models"))

    def test_foreign_keys_run_the_same_way(self) -> None:
        wrong = [
            f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
            for model in apps.get_models()
            if model._meta.app_label in rules.MAY_IMPORT
            for field in model._meta.get_fields()
            if field.many_to_one and field.concrete and field.related_model
            if field.related_model._meta.app_label in APPS
            and field.related_model._meta.app_label not in rules.MAY_IMPORT[model._meta.app_label]
            and field.related_model._meta.label != "crmsite.User"
        ]
        self.assertEqual(wrong, [])


class Bans(TestCase):
    """Style guide, "Forbid": what a parser can find."""

    def test_the_code_breaks_none(self) -> None:
        found = {rule.__name__: complaints(rule, CODE) for rule in rules.BANS}
        self.assertEqual({name: lines for name, lines in found.items() if lines}, {})

    def test_the_tests_break_none(self) -> None:
        """`rules.py` and this file quote what they forbid."""
        files = {path: text for path, text in TESTS.items() if path.name not in {"rules.py", "test_architecture.py"}}
        found = {rule.__name__: complaints(rule, files) for rule in rules.BANS_IN_TESTS}
        self.assertEqual({name: lines for name, lines in found.items() if lines}, {})

    def test_each_ban_sees_its_planted_violation(self) -> None:
        for rule in rules.BANS:
            self.assertIn(rule.__name__, rules.PLANTED)
            for path, source in rules.PLANTED[rule.__name__]:
                self.assertTrue(rules.planted(rule, path, source), f"{rule.__name__} did not see: {source}")

    def test_no_ban_barks_at_plain_code(self) -> None:
        for rule in rules.BANS:
            for source in rules.HARMLESS:
                self.assertFalse(rules.planted(rule, "campaigns/x.py", source), f"{rule.__name__} saw: {source}")

    def test_templates_have_no_inline_scripts_or_handlers(self) -> None:
        found = [
            f"{path.relative_to(ROOT)}: {complaint}"
            for app in APPS
            for path in sorted((ROOT / app).rglob("*.html"))
            for complaint in rules.template_complaints(path.read_text(encoding="utf-8"))
        ]
        self.assertEqual(found, [])
        for planted in ('<a onclick="go()">', "<script>go()</script>", '<a href="javascript:go()">'):
            self.assertTrue(rules.template_complaints(planted), planted)
        self.assertTrue(rules.template_complaints('<input name="seen" value="{{ talk.pk }}">'))
        for fine in (
            '<script src="x.js"></script><a x-on:click="go()">',
            '<input value="{{ talk.pk|stringformat:"d" }}"><label for="{{ field.auto_id }}">{{ paid }}',
        ):
            self.assertEqual(rules.template_complaints(fine), [])


class Budgets(TestCase):
    def test_files_are_small(self) -> None:
        self.assertEqual([f"{p}: {n}" for p, n in rules.lines(CODE).items() if n > 300], [])
        self.assertEqual([f"{p}: {n}" for p, n in rules.lines(TESTS).items() if n > 500], [])

    def test_the_median_file_is_a_page(self) -> None:
        lengths = sorted(length for length in rules.lines(CODE).values() if length > 1)
        self.assertLessEqual(median(lengths), 90)
        self.assertLessEqual(lengths[int(len(lengths) * 0.9)], 250)

    def test_functions_are_small(self) -> None:
        sizes = [
            (size, f"{path}:{line} {name}") for path, text in CODE.items() for size, line, name in rules.functions(text)
        ]
        lengths = sorted(size for size, _where in sizes)
        self.assertEqual([f"{where}: {size}" for size, where in sizes if size > 60], [])
        long = [f"{where}: {size}" for size, where in sizes if size > 40]
        self.assertLess(len(long) / len(sizes), 0.015, long)
        self.assertLessEqual(median(lengths), 8)
        self.assertLessEqual(lengths[int(len(lengths) * 0.9)], 20)

    def test_functions_take_few_arguments_and_say_what_they_return(self) -> None:
        self.assertEqual(complaints(rules.signature, CODE), [])
        for source in (
            "def f(a) -> None: ...",
            "def f(a, b, *, c, d, e) -> int: ...",
            "class A:\n    def f(self, a, b, *, c) -> int: ...",
        ):
            self.assertFalse(rules.planted(rules.signature, "campaigns/x.py", source), source)
        for source in ("def f(a): ...", "def f(a, b, c, d, e, g) -> None: ..."):
            self.assertTrue(rules.planted(rules.signature, "campaigns/x.py", source), source)

    def test_tests_outweigh_nothing_but_fall_short_of_nothing(self) -> None:
        """Tests : code ≥ 1 is the aim of the style guide; it may not sink below 0.55."""
        self.assertGreaterEqual(sum(rules.lines(TESTS).values()) / sum(rules.lines(CODE).values()), 0.55)


class Mirror(TestCase):
    def test_every_test_file_names_a_module(self) -> None:
        """tests/<app>/test_<module>.py ↔ <app>/<module>.py, a package, or a subfolder's module."""
        strays = []
        for path in TESTS:
            if len(path.parts) == 3 and path.name.startswith("test_") and path.parts[1] in APPS:
                app, module = path.parts[1], path.stem.removeprefix("test_")
                if module not in PROCESSES and not rules.names_a_module(ROOT / app, module):
                    strays.append(str(path))
        self.assertEqual(strays, [])

    def test_every_command_is_tested(self) -> None:
        """By `call_command("name")`, or as a program: `manage.py name`, `[…, "name", …]`."""
        everything = "\n".join(text for path, text in TESTS.items() if path.name != "test_architecture.py")
        commands = [p.stem for p in ROOT.glob("*/management/commands/*.py") if p.stem != "__init__"]
        self.assertTrue(commands)
        self.assertEqual([name for name in commands if not re.search(rf"""["'\s]{name}["'\s]""", everything)], [])


class Migrations(TestCase):
    def test_numbers_are_unique(self) -> None:
        for app in APPS:
            numbers = [path.name[:4] for path in (ROOT / app / "migrations").glob("0*.py")]
            self.assertEqual(len(numbers), len(set(numbers)), app)

    def test_schema_and_data_stay_apart(self) -> None:
        found = [
            str(path.relative_to(ROOT))
            for app in APPS
            for path in (ROOT / app / "migrations").glob("0*.py")
            if rules.mixes_schema_and_data(path.read_text(encoding="utf-8"))
        ]
        self.assertEqual(found, [])
        self.assertTrue(rules.mixes_schema_and_data("migrations.RunPython(f)\nmigrations.AddField()"))


class Settings(SimpleTestCase):
    databases = {"default"}

    def test_the_models_have_their_migrations(self) -> None:
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)

    def test_production_settings_pass_the_deployment_check(self) -> None:
        """In a process of its own: settings read the environment once."""
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=ROOT,
            env={**rules.plain_environment(), "PUBLIC_URL": "https://krug.example", "SECRET_KEY": "k" * 30 + "0123456789abcdefghijk",
                 "ALLOWED_HOSTS": "krug.example"},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Sockets(TestCase):
    def test_tests_reach_no_other_machine(self) -> None:
        with self.assertRaisesRegex(AssertionError, "loopback"), socket.socket() as outside:
            outside.connect(("192.0.2.1", 80))
