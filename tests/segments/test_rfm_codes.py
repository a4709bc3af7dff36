from django.test import SimpleTestCase

from segments.rfm.codes import CODES, mapping, matching, patterns
from segments.rfm.seed import SEGMENTS

TABLE = [(slug, codes) for slug, _name, codes, _priority, _advice in SEGMENTS]


class CodesTest(SimpleTestCase):
    def test_there_are_64_best_first(self) -> None:
        self.assertEqual((len(CODES), len(set(CODES)), CODES[0], CODES[-1]), (64, 64, "444", "111"))

    def test_a_pattern_stands_for_its_codes(self) -> None:
        self.assertEqual(matching("43X"), ("434", "433", "432", "431"))
        self.assertEqual(len(matching("2XX")), 16)
        self.assertEqual(matching("144"), ("144",))

    def test_patterns_are_read_as_people_write_them(self) -> None:
        self.assertEqual(patterns(" 444, 2xx 3ХХ "), ["444", "2XX", "3XX"])  # the last ones are Cyrillic

    def test_what_is_no_code_is_refused_by_name(self) -> None:
        for wrong in ("", " ", "445", "44", "4444", "044", "4-4", "44٤"):
            with self.assertRaises(ValueError, msg=wrong):
                patterns(wrong)
        with self.assertRaisesMessage(ValueError, "45X"):
            patterns("444 45X")


class NamedSegmentsTest(SimpleTestCase):
    def test_every_code_has_exactly_one_of_the_seven(self) -> None:
        owner = mapping(TABLE)
        self.assertEqual(set(owner), set(CODES))
        self.assertEqual({slug: list(owner.values()).count(slug) for slug, _codes in TABLE}, {
            "vip": 3, "newcomers": 5, "loyal": 8, "whales": 3, "lost": 3, "attention": 32, "sleeping": 10,
        })  # fmt: skip

    def test_codes_are_where_the_method_puts_them(self) -> None:
        owner = mapping(TABLE)
        for code, slug in {
            "444": "vip", "434": "vip", "414": "newcomers", "411": "newcomers", "442": "loyal", "421": "loyal",
            "423": "loyal", "144": "whales", "134": "whales", "111": "lost", "121": "lost", "222": "attention",
            "344": "attention", "113": "sleeping", "142": "sleeping",
        }.items():  # fmt: skip
            self.assertEqual(owner[code], slug, code)

    def test_the_first_match_wins(self) -> None:
        self.assertEqual(mapping([("a", "44X"), ("b", "X" * 3)])["441"], "a")
        self.assertEqual(set(mapping([("b", "X" * 3), ("a", "44X")]).values()), {"b"})

    def test_a_code_that_nobody_has_is_named(self) -> None:
        with self.assertRaisesMessage(ValueError, ": 111."):
            mapping([(slug, codes.replace("111", "112")) for slug, codes in TABLE] + [("", "222")])
