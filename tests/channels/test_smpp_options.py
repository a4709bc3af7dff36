"""Senders and options."""

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers import provider_class
from channels.providers.base import default_of
from channels.providers.smpp import SmppProvider
from channels.providers.smpp_options import OPTIONS, RANGES, faults_in, source_of


class SourceTest(SimpleTestCase):
    def test_names_and_numbers(self) -> None:
        for sender, expected in (
            ("Krug", (5, 0, "Krug")),
            ("Alfa-Avto 1", (5, 0, "Alfa-Avto 1")),
            ("+7 999", None),
            ("+79990000001", (1, 1, "79990000001")),
            ("79990000001", (1, 1, "79990000001")),
            ("3443", (0, 1, "3443")),
            (" Krug ", (5, 0, "Krug")),
            ("Автосалон", None),
            ("Alfa-Avtosalon", None),
            ("", None),
        ):
            with self.subTest(sender):
                if expected:
                    self.assertEqual(source_of(sender, {}), expected)
                elif sender == "+7 999":
                    self.assertEqual(source_of(sender, {})[0], 5)  # not a number: a name as it stands
                else:
                    with self.assertRaises(ValueError):
                        source_of(sender, {})

    def test_the_operator_may_want_it_otherwise(self) -> None:
        self.assertEqual(source_of("3443", {"source_ton": 3, "source_npi": 0}), (3, 0, "3443"))
        self.assertEqual(source_of("Krug", {"source_ton": -1, "source_npi": 9}), (5, 9, "Krug"))


class AlphabetTest(SimpleTestCase):
    def test_the_reader_has_the_centre_s_own(self) -> None:
        for options, alphabet in (({}, "gsm"), ({"alphabet": "latin1"}, "latin1")):
            self.assertEqual(SmppProvider(Account(options=options))._reader.alphabet, alphabet)


class FaultsTest(SimpleTestCase):
    def test_the_defaults_are_right(self) -> None:
        self.assertEqual(faults_in({name: default_of(option) for name, option in OPTIONS.items()}), {})
        self.assertEqual(faults_in({}), {})
        self.assertLessEqual(set(RANGES), set(OPTIONS))

    def test_each_fault_is_told_at_its_option(self) -> None:
        wrong = {"port": 0, "window": 101, "timezone": "Moscow", "errors": ["0x0401 opt-out"], "keep_alive": 0}
        faults = provider_class("smpp").faults(wrong)
        self.assertEqual(set(faults), set(wrong))
        self.assertIn("0x0401 opt-out", faults["errors"])
