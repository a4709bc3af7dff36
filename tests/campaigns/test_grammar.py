from time import perf_counter

from django.test import SimpleTestCase
from django.utils import translation

from campaigns.grammar import Hole, parse


class GrammarTests(SimpleTestCase):
    def setUp(self):
        self.enterContext(translation.override("en"))

    def test_cuts_a_text_into_strings_and_holes(self):
        parsed = parse('Да, {{ имя|"клиент" }}!{{город}}{{ Имя | «друг» }}')
        self.assertEqual(parsed.faults, ())
        self.assertEqual(parsed.pieces, ("Да, ", Hole("имя", "клиент"), "!", Hole("город"), Hole("имя", "друг")))
        self.assertEqual([hole.name for hole in parsed.holes], ["имя", "город", "имя"])

    def test_an_empty_default_is_a_default(self):
        self.assertEqual(parse("{{ имя|'' }}").pieces, (Hole("имя", ""),))

    def test_what_is_not_of_the_grammar_is_named_with_its_line(self):
        for text, line, words in (
            ("а\n{{ возраст }}", 2, "no placeholder “возраст”"),
            ("{{ имя", 1, "not closed"),
            ("{{ имя\n}}", 1, "not closed"),
            ("имя }}", 1, "without the opening"),
            ("{% if женщина %}да{% endif %}", 1, "conditions"),
            ("{{ имя|upper }}", 1, "not understood"),
            ("{{ имя.password }}", 1, "not understood"),
            ("{{ 7*7 }}", 1, "not understood"),
            ("{{ _track }}", 1, "not understood"),
            ("\n\n{ имя }", 3, "two braces"),
            ("{{{ имя }}}", 1, "not understood"),
        ):
            with self.subTest(text=text):
                faults = parse(text).faults
                self.assertEqual(faults[0].line, line)
                self.assertIn(words, faults[0].sentence)

    def test_other_single_braces_are_text(self):
        for text in ("{скидка}", "a { b } c", "${имя}", "{}"):
            self.assertEqual(parse(text).faults, ())

    def test_style_sheets_are_left_alone(self):
        text = "<mj-style>@media(x){.a{b:c}} {{ нет }}</mj-style>{{ имя }}"
        self.assertEqual(parse(text).holes, [Hole("имя")])
        self.assertEqual(parse(text).faults, ())
        self.assertEqual(parse("<style>{{").faults, ())

    def test_template_payloads_are_text_or_faults_and_never_run(self):
        for payload in (
            "{{ settings.SECRET_KEY }}", "{{ ''.__class__ }}", "{% debug %}", "{% include '/etc/passwd' %}",
            "{{ имя|ljust:100000000 }}", "{{ имя|safe }}", "{% for a in b %}", "{{ request }}", "{{ [] }}",
        ):  # fmt: skip
            with self.subTest(payload=payload):
                parsed = parse(payload)
                self.assertTrue(parsed.faults)
                self.assertEqual(parsed.holes, [])

    def test_time_grows_with_the_length_only(self):
        started = perf_counter()
        for text in ("{{" * 50_000, "{{ имя|" * 20_000, "{" * 200_000, "{% " * 50_000, "<style>" * 20_000):
            parse(text)
        self.assertLess(perf_counter() - started, 5)
