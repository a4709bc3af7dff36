from django.test import SimpleTestCase

from campaigns import begun_letters, starter
from campaigns.rendering import support
from campaigns.rendering.support import PROGRAMS, unsupported


def found(body: str) -> dict[str, int]:
    return {one.feature: one.line for one in unsupported(body)}


class SupportTests(SimpleTestCase):
    def test_styles_of_tags_are_read(self) -> None:
        told = found(
            '<mj-text>\n<div style="display:flex; color:red">а</div>\n<p style="position: absolute">б</p></mj-text>'
        )
        self.assertEqual(told, {"position": 3, "display: flex": 2})
        self.assertEqual(
            unsupported('<p style="position: absolute">б</p>')[0].programs, ("gmail", "outlook", "mail_ru")
        )

    def test_functions_and_units_of_values_are_read(self) -> None:
        told = found(
            '<td style="width: calc(100% - 2rem); color: var(--one); background: linear-gradient(red, blue)">а</td>'
        )
        self.assertEqual(set(told), {"calc()", "rem", "var()", "linear-gradient()"})
        self.assertEqual(found('<td style="width: 100px; font-size: 16pt; color: #2ch">а</td>'), {})

    def test_style_sheets_are_read_with_their_lines_and_without_comments(self) -> None:
        sheet = "<mj-style>\n/* display: grid;\n z-index: 2 */\n.a { z-index: 1 }\n.b:hover { color: red }\n</mj-style>"
        self.assertEqual(found(sheet), {"z-index": 4, ":hover": 5})
        inner = "<mj-style>@media (max-width: 480px) { .a { animation: b 1s } }\n@import url(x);</mj-style>"
        self.assertEqual(found(inner), {"animation": 1, "@import": 2})

    def test_tags_and_kinds_of_pictures_are_read(self) -> None:
        told = found(
            '<mj-raw>\n<video src="a.mp4"></video></mj-raw>\n<mj-image src="https://a.example/b.svg?x=1" alt="" />'
        )
        self.assertEqual(told, {"<video>": 2, ".svg": 3})
        self.assertEqual(found('<mj-image src="https://svg.example/b.png" alt="" />'), {})

    def test_sentences_name_programs_and_there_are_not_too_many(self) -> None:
        self.assertEqual(
            support.sentences("<mj-text><video></video></mj-text>"),
            ["<video> (строка 1) не показывают: Gmail, Outlook для Windows, Outlook.com, Mail.ru."],
        )
        names = list(support.table()["css"])[: support.SHOWN + 2]
        told = support.sentences(f'<p style="{"; ".join(f"{name}: x" for name in names)}">а</p>')
        self.assertEqual(len(told), support.SHOWN + 1)
        self.assertIn("ещё 2", told[-1].lower())

    def test_our_own_letters_are_clean(self) -> None:
        bodies = [starter.BODY, *(letter.body for letter in begun_letters.LETTERS.values())]
        self.assertEqual([found(body) for body in bodies if found(body)], [])

    def test_the_table_names_programs_that_we_know_and_its_source(self) -> None:
        self.assertIn("caniemail", str(support.table()["source"]))
        kinds = [kind for kind in support.table().values() if isinstance(kind, dict)]
        self.assertEqual(
            {program for kind in kinds for programs in kind.values() for program in programs}, set(PROGRAMS)
        )
