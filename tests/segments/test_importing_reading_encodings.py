import io
import random

from django.test import SimpleTestCase

from segments.importing.errors import UnusableFile
from segments.importing.reading import blocks, open_table
from segments.importing.reading.encodings import CHUNK, LABELS, Text, examine
from segments.importing.reading.russian import CANDIDATES, guess_russian
from segments.importing.reading.transcoding import Utf8
from tests.segments.reading_case import CORPUS, DATA, ReadingCase

CARDS = (DATA / "counterparties.csv").read_text(encoding="cp1251").splitlines()


def high_part(text: bytes) -> bytes:
    return text.lstrip(bytes(range(0x80)))


class GuessRussianTest(SimpleTestCase):
    def test_one_card_is_enough_to_tell_the_encoding(self) -> None:
        for encoding in CANDIDATES:
            lines = [line for line in CARDS[1:300] if not line.isascii()]
            guesses = [guess_russian(high_part(line.encode(encoding))) for line in lines]
            wrong = [
                line
                for line, guess in zip(lines, guesses, strict=True)
                if guess and line.encode(encoding).decode(guess, "replace") != line
            ]
            with self.subTest(encoding):
                self.assertEqual(wrong, [])
                self.assertLessEqual(guesses.count(""), 6)

    def test_a_file_is_never_mistaken(self) -> None:
        chosen = random.Random(7)
        for encoding in CANDIDATES:
            for _ in range(20):
                start = chosen.randrange(1, len(CARDS) - 20)
                text = "\n".join(CARDS[start : start + 20]).encode(encoding)
                self.assertEqual(guess_russian(high_part(text)), encoding)

    def test_small_letters_only_read_the_same_in_two_encodings(self) -> None:
        text = "наименование;телефон".encode("mac_cyrillic")
        self.assertEqual(text.decode(guess_russian(text)), "наименование;телефон")

    def test_capitals_only(self) -> None:
        for encoding in CANDIDATES:
            text = "ИВАНОВ ПЕТР СЕРГЕЕВИЧ;САНКТ-ПЕТЕРБУРГ".encode(encoding)
            self.assertEqual(text.decode(guess_russian(text)), "ИВАНОВ ПЕТР СЕРГЕЕВИЧ;САНКТ-ПЕТЕРБУРГ")

    def test_other_languages_are_not_taken_for_russian(self) -> None:
        for text, encoding in (
            ("Müller;Köln;Straße;Größe;für", "cp1252"), ("café naïve Ñandú São", "latin-1"),
            ("Łódź żółw ścieżka", "cp1250"), ("Ελληνικά κείμενο", "cp1253"), ("中文电脑测试文件名字", "gbk"),
            ("日本語テキスト", "shift_jis"), ("שלום עולם וברכה לכולם", "cp1255"),
        ):  # fmt: skip
            with self.subTest(encoding):
                self.assertEqual(guess_russian(high_part(text.encode(encoding))), "")


class ExamineTest(SimpleTestCase):
    def look(self, content: bytes, picked: str | None = None) -> Text:
        return examine(io.BytesIO(content), picked)

    def test_marks(self) -> None:
        for encoding, name, bom in (
            ("utf-8", "utf-8", 0), ("utf-8-sig", "utf-8", 3), ("utf-16", "utf-16-le", 2),
            ("utf-16-le", "utf-16-le", 0), ("utf-16-be", "utf-16-be", 0), ("cp1251", "cp1251", 0),
        ):  # fmt: skip
            seen = self.look("Код;ФИО\n1;Ёлкина Анна\n".encode(encoding))
            with self.subTest(encoding):
                self.assertEqual(
                    (seen.encoding, seen.bom, seen.damaged, seen.lines), (name, bom, False or encoding == "cp1251", 2)
                )

    def test_a_letter_across_two_reads(self) -> None:
        seen = self.look(b"x" * (CHUNK - 1) + "Ё".encode() * 10)
        self.assertEqual((seen.encoding, seen.damaged), ("utf-8", False))

    def test_a_few_damaged_bytes_do_not_change_the_encoding(self) -> None:
        seen = self.look("Иванов Иван;Пётр\n".encode() * 20 + b"\xed\xa0\x80\xff")
        self.assertEqual((seen.encoding, seen.damaged), ("utf-8", True))

    def test_cyrillic_far_from_the_beginning(self) -> None:
        self.assertEqual(self.look(b"a;b\n" * CHUNK + "Иванов;Пётр".encode("koi8-r")).encoding, "koi8-r")

    def test_what_a_person_picked_wins_over_the_guess(self) -> None:
        content = "Müller;Köln\n".encode("cp1252")
        self.assertEqual(self.look(content, "cp1252").label, "Windows-1252")
        with self.assertRaises(UnusableFile):
            self.look(content)

    def test_no_text(self) -> None:
        for content in (bytes(range(1, 256)) * 50, random.Random(1).randbytes(5000), b"\0" * 100):
            with self.subTest(content[:10]), self.assertRaises(UnusableFile):
                self.look(content)

    def test_lines_of_every_kind_of_end(self) -> None:
        for end in (b"\n", b"\r", b"\r\n"):
            self.assertEqual(self.look(end.join([b"a;b", b"1;2", b"3;4"])).lines, 3)
            self.assertEqual(self.look(end.join([b"a;b", b"1;2", b"3;4", b""])).lines, 3)


class Utf8Test(SimpleTestCase):
    def test_letters_that_a_read_cuts_in_two(self) -> None:
        for encoding in ("utf-16-le", "utf-16-be", "koi8-r"):
            content = "Привет, мир".encode(encoding)
            stream = Utf8(io.BytesIO(content), examine(io.BytesIO(content), encoding), 0)
            self.assertEqual(b"".join(iter(lambda stream=stream: stream.read(3), b"")).decode(), "Привет, мир")

    def test_damage_is_noticed(self) -> None:
        content = "Привет".encode("utf-16-le") + b"\x00\xd8"
        with Utf8(io.BytesIO(content), examine(io.BytesIO(content), "utf-16-le"), 0) as stream:
            stream.read()
            stream.read()
            self.assertTrue(stream.is_damaged)
        self.assertTrue(stream.closed)


class SameRowsTest(ReadingCase):
    """One list in each encoding, with each delimiter and end of line: the same rows come out."""

    ROWS = (("Код", "ФИО; лица", "Заметка"), ("1", "Ёлкина, Анна", "VIP\nпосле «18»"), ("2", "Щукин | Пётр", ""))

    def test_every_combination(self) -> None:
        for encoding in (
            "utf-8",
            "utf-8-sig",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "cp1251",
            "koi8-r",
            "cp866",
            "mac_cyrillic",
        ):
            for delimiter in ";,\t|":
                for end in ("\n", "\r\n", "\r"):
                    if encoding in ("koi8-r", "cp866"):
                        rows = [[cell.replace("«", "'").replace("»", "'") for cell in row] for row in self.ROWS]
                    else:
                        rows = [list(row) for row in self.ROWS]
                    text = end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
                    with self.subTest(encoding=encoding, delimiter=delimiter, end=end):
                        self.assertEqual(
                            self.rows(text.encode(encoding)), [(n, *row) for n, row in enumerate(rows[1:], 2)]
                        )
                        self.assertEqual(open_table(self.path).headers, rows[0])

    def test_a_real_list_in_every_encoding(self) -> None:
        want = self.rows_of(DATA / "counterparties.csv")
        text = (DATA / "counterparties.csv").read_bytes().decode("cp1251")
        for encoding in ("utf-8-sig", "utf-16", "utf-16-be", "koi8-r", "mac_cyrillic"):
            text_of_it = text.encode(encoding, "replace").decode("utf-8-sig" if encoding == "utf-8-sig" else encoding)
            with self.subTest(encoding):
                got = self.rows(text.encode(encoding, "replace"))
                self.assertEqual(len(got), len(want))
                if text_of_it == text:
                    self.assertEqual(got, want)

    def test_labels_are_for_people(self) -> None:
        self.assertEqual(open_table(DATA / "counterparties.csv").label, "Windows-1251")
        self.assertTrue(all(label[0].isupper() for label in LABELS.values()))


class DamagedRowsTest(ReadingCase):
    def test_a_damaged_row_is_refused_and_the_others_stay(self) -> None:
        good = "Код;ФИО\n1;Анна Ёлкина\n".encode()
        self.path.write_bytes(good + b"2;\xed\xa0\x80\n" + "3;Пётр Щукин\n".encode() * 3)
        table = open_table(self.path)
        (block,) = blocks(table, table.headers)
        self.assertEqual(block.frame["line"].to_list(), [2, 4, 5, 6])
        self.assertEqual([(broken.line, broken.reason) for broken in block.broken], [(3, "bad_text")])


class CharsetNormalizerSamples(SimpleTestCase):
    """The samples of charset-normalizer's source distribution are articles, not tables, partly under CC BY-SA: put
    its folder `data` to tests/data/corpus/charset-normalizer to read them."""

    def test_russian_is_told_from_the_rest(self) -> None:
        folder = CORPUS / "charset-normalizer"
        if not folder.exists():
            self.skipTest("charset-normalizer's samples are not in tests/data/corpus/charset-normalizer")
        for path in sorted(folder.glob("sample-*.txt")):
            with self.subTest(path.name), path.open("rb") as file:
                try:
                    encoding = examine(file).encoding
                except UnusableFile:
                    encoding = ""
                russian = encoding in CANDIDATES
                self.assertEqual(russian, path.name in ("sample-russian.txt", "sample-bulgarian-1.txt"), encoding)
