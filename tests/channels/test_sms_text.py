"""Segments against a slow reading of the rules, and against smpplib where that is right."""

from decimal import Decimal

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from smpplib import gsm
from smpplib.consts import SMPP_ENCODING_ISO10646

from channels import sms_text
from channels.sms_text import Encoding, Measure, measure, parts, split, transliterated

GSM_TEXT = st.text(st.sampled_from(sorted(sms_text.SEPTETS)), max_size=700)
MOSTLY_ESCAPED = st.text(st.sampled_from("a€{}~|"), max_size=700)
ANY_TEXT = st.text(st.one_of(st.sampled_from("яЩ😀🚗a1 "), st.characters(exclude_categories=["Cs"])), max_size=400)
TEXTS = st.one_of(GSM_TEXT, MOSTLY_ESCAPED, ANY_TEXT)


def slowly(text: str) -> list[str]:
    """The rules of TS 23.040 read aloud: the longest beginnings that fit, one after another."""
    escaped = "\f^{}\\[~]|€"
    cheap = all(char in sms_text.BASIC + escaped and char != "\x1b" for char in text)

    def cost(piece: str) -> int:
        if cheap:
            return len(piece) + sum(piece.count(char) for char in escaped)
        return len(piece.encode("utf-16-le")) // 2

    if not text:
        return []
    if cost(text) <= (160 if cheap else 70):
        return [text]
    pieces = []
    while text:
        size = next(n for n in range(min(len(text), 153), 0, -1) if cost(text[:n]) <= (153 if cheap else 67))
        pieces.append(text[:size])
        text = text[size:]
    return pieces


def decoded(segment: bytes, encoding: Encoding) -> str:
    """Back to characters; raises when a segment begins or ends inside one."""
    if encoding is Encoding.UCS2:
        return segment.decode("utf-16-be")
    extended = {code: char for char, code in sms_text.EXTENDED.items()}
    octets = iter(segment)
    return "".join(extended[next(octets)] if octet == 0x1B else sms_text.BASIC[octet] for octet in octets)


class SegmentsTest(SimpleTestCase):
    @settings(max_examples=300, deadline=None)
    @given(TEXTS)
    def test_segments_are_those_of_the_rules(self, text: str) -> None:
        segments = split(text)
        self.assertEqual([decoded(s, sms_text.encoding_of(text)) for s in segments], slowly(text))
        self.assertEqual(parts(text), len(segments))

    @settings(max_examples=200, deadline=None)
    @given(TEXTS)
    def test_what_is_left_is_what_fits(self, text: str) -> None:
        """`left` more cheap characters cost nothing; one more begins a part, or makes one message two."""
        taken = measure(text)
        self.assertEqual(parts(text + "a" * taken.left), max(taken.parts, 1))
        self.assertEqual(parts(text + "a" * (taken.left + 1)), max(taken.parts, 1) + 1)

    @settings(max_examples=150, deadline=None)
    @given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=400))
    def test_smpplib_splits_the_basic_plane_alike(self, text: str) -> None:
        theirs, _encoding, _esm = gsm.make_parts("я" + text, SMPP_ENCODING_ISO10646)
        header = 6 if len(theirs) > 1 else 0
        self.assertEqual(split("я" + text), [part[header:] for part in theirs])

    @settings(max_examples=150, deadline=None)
    @given(
        st.text(st.sampled_from([c for c in sms_text.SEPTETS if c not in sms_text.EXTENDED and c != "§"]), min_size=1)
    )
    def test_smpplib_splits_plain_septets_alike(self, text: str) -> None:
        theirs, _encoding, _esm = gsm.make_parts(text * 9)
        self.assertEqual(split(text * 9), [part[6 if len(theirs) > 1 else 0 :] for part in theirs])

    def test_the_edges(self) -> None:
        for text, expected in (
            ("", Measure(Encoding.GSM7, 0, 160, 0)),
            ("a" * 160, Measure(Encoding.GSM7, 160, 0, 1)),
            ("a" * 161, Measure(Encoding.GSM7, 161, 145, 2)),
            ("€" * 80, Measure(Encoding.GSM7, 160, 0, 1)),
            ("a" * 152 + "€" * 5, Measure(Encoding.GSM7, 162, 143, 2)),
            ("я" * 70, Measure(Encoding.UCS2, 70, 0, 1)),
            ("я" * 71, Measure(Encoding.UCS2, 71, 63, 2)),
            ("😀" * 35, Measure(Encoding.UCS2, 70, 0, 1, ("😀",))),
            ("я" * 66 + "😀" * 3, Measure(Encoding.UCS2, 72, 61, 2)),
        ):
            with self.subTest(text=text[-5:], length=len(text)):
                self.assertEqual(measure(text), expected)

    def test_the_table_has_each_septet_once(self) -> None:
        self.assertEqual(len(sms_text.BASIC), 128)
        self.assertEqual(len(set(sms_text.SEPTETS.values())), 127 + len(sms_text.EXTENDED))
        self.assertEqual(split("@§à"), [b"\x00\x5f\x7f"])
        self.assertEqual(split("\x1b"), ["\x1b".encode("utf-16-be")])

    def test_255_parts_and_no_more(self) -> None:
        self.assertEqual(len(split("я" * 67 * 255)), 255)
        self.assertFalse(measure("я" * 67 * 255).too_long)
        self.assertTrue(measure("я" * (67 * 255 + 1)).too_long)
        with self.assertRaises(sms_text.TooLong):
            split("я" * (67 * 255 + 1))

    def test_half_a_pair_becomes_a_question_mark(self) -> None:
        self.assertEqual(split("я\ud83d"), ["я?".encode("utf-16-be")])
        self.assertEqual(measure("я\ud83d").used, 2)

    def test_the_price_is_by_parts(self) -> None:
        self.assertEqual(sms_text.price("я" * 71, Decimal("4.6")), Decimal("9.2"))
        self.assertEqual(sms_text.price("", Decimal("4.6")), 0)


class DearTest(SimpleTestCase):
    def test_a_dash_in_a_latin_text_is_to_blame(self) -> None:
        text = "Salon №1 — skidka 10% na TO" + "\u00a0" + "do 1.12"
        self.assertEqual(measure(text).dear, ("№", "—", "\u00a0"))
        self.assertEqual(sms_text.encoding_of(transliterated(text)), Encoding.GSM7)

    def test_a_cyrillic_letter_that_looks_latin_is_to_blame(self) -> None:
        self.assertEqual(measure("Vash аvtomobil gotov").dear, ("а",))

    def test_in_a_russian_text_nothing_is(self) -> None:
        self.assertEqual(measure("Ваш BMW готов — ждём").dear, ())


class TransliterationTest(SimpleTestCase):
    def test_the_passports_table(self) -> None:
        for russian, latin in (
            ("Юлия Щукина", "Iuliia Shchukina"),
            ("ЖЁЛТЫЙ ПОДЪЕЗД, д. 5", "ZHELTYI PODIEEZD, d. 5"),
            ("цех, чай, шина, мэр, соль", "tsekh, chai, shina, mer, sol"),
            ("Я ЗА ТО", "Ia ZA TO"),
            ("ПОЛЬЩА Ю", "POLSHCHA Iu"),
            ("Ёж и ЕЩЁ", "Ezh i ESHCHE"),
            ("«Автосалон» — №1…", '"Avtosalon" - N1...'),
        ):
            self.assertEqual(transliterated(russian), latin)

    @settings(max_examples=150, deadline=None)
    @given(st.text(st.sampled_from("абвгдеёжзийклмнопрстуфхцчшщъыьэюяЩЮЯЪ «»—№…\u00a0"), max_size=300))
    def test_russian_always_becomes_cheap(self, text: str) -> None:
        self.assertEqual(sms_text.encoding_of(transliterated(text)), Encoding.GSM7)

    def test_what_no_table_knows_stays_and_is_shown(self) -> None:
        self.assertEqual(measure(transliterated("Салон 🚗")).dear, ("🚗",))
