"""The AMP part of a letter: where it stands, what is filled in, and what keeps it from being shown."""

from email import message_from_bytes, policy

from django.test import SimpleTestCase, TestCase
from django.utils import translation

from campaigns import drafting, links, writing
from campaigns.admin.forms import CampaignForm
from campaigns.models import Campaign, Content
from campaigns.rendering import BadContent, build, compile_content, warnings
from campaigns.rendering.amp import MOST_BYTES, faults_of_amp
from channels.models import Account
from tests.campaigns.builders import LETTER, make_account, make_segment_with
from tests.segments.builders import make_staff

SITE = "https://dealer.example/service?utm_source=crm&amp;utm_medium=email"
AMP = f"""<!doctype html>
<html ⚡4email data-css-strict>
<head>
  <meta charset="utf-8">
  <script async src="https://cdn.ampproject.org/v0.js"></script>
  <script async custom-element="amp-carousel" src="https://cdn.ampproject.org/v0/amp-carousel-0.1.js"></script>
  <style amp4email-boilerplate>body{{visibility:hidden}}</style>
  <style amp-custom>h1 {{ margin: 1rem }}</style>
</head>
<body>
  <h1>Здравствуйте, {{{{ имя|"клиент" }}}}!</h1>
  <a href="{SITE}" on="tap:x.show">Записаться</a> <a href="https://dealer.example/amp">Только здесь</a>
</body>
</html>"""


def make_letter(amp: str = AMP, **options: object):  # noqa: ANN201
    account = Account(sender_name="Альфа-Авто", sender_address="news@alfa.example")
    content = Content(subject="Сервис", preheader="", body=LETTER, extras={"amp": amp} if amp else {})
    content.campaign = Campaign(account=account)
    return compile_content(content, None, **options)


class PartTest(SimpleTestCase):
    def parts(self, letter, name: str = "Анна") -> dict[str, str]:  # noqa: ANN001
        message = message_from_bytes(letter.render(7, "anna@example.ru", {"имя": name}), policy=policy.default)
        self.assertEqual(message.get_content_type(), "multipart/alternative")
        return {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in message.iter_parts()}

    def test_it_stands_between_the_plain_text_and_the_html(self) -> None:
        parts = self.parts(make_letter())
        self.assertEqual(list(parts), ["text/plain", "text/x-amp-html", "text/html"])
        self.assertEqual(list(self.parts(make_letter(""))), ["text/plain", "text/html"])
        self.assertNotIn("⚡4email", parts["text/html"])

    def test_values_are_escaped_and_links_are_counted_with_those_of_the_letter(self) -> None:
        page = self.parts(make_letter(), "<b>Анна & Ко</b>")["text/x-amp-html"]
        self.assertIn("Здравствуйте, &lt;b&gt;Анна &amp; Ко&lt;/b&gt;!", page)
        track, choice = links.tokens(7)
        for number in (1, 2):
            self.assertIn(f"/l/{links.link_char(number)}{track}", page)
        self.assertIn(f"/s/{choice}", page)
        self.assertIn(f'/o/{track}" width="1" height="1" alt=""></amp-img>', page)
        self.assertNotIn("dealer.example", page)
        markup = build("т", "", LETTER, amp=AMP)
        self.assertEqual(
            [url for url, _words in markup.links], [SITE.replace("&amp;", "&"), "https://dealer.example/amp"]
        )

    def test_a_test_letter_leaves_links_as_they_are(self) -> None:
        page = self.parts(make_letter(tracked=False))["text/x-amp-html"]
        self.assertIn("https://dealer.example/amp", page)
        self.assertNotIn("amp-img", page)

    def test_what_it_says_is_valid_after_rendering_too(self) -> None:
        self.assertEqual(faults_of_amp(self.parts(make_letter())["text/x-amp-html"]), [])


class FaultsTest(SimpleTestCase):
    def faults(self, amp: str) -> str:
        with translation.override("en"), self.assertRaises(BadContent) as caught:
            build("т", "", LETTER, amp=amp)
        return str(caught.exception)

    def test_each_piece_of_the_boilerplate_is_needed(self) -> None:
        for piece, words in {
            "<!doctype html>": "<!doctype html>",
            " ⚡4email": "⚡4email",
            '<meta charset="utf-8">': "charset",
            '<script async src="https://cdn.ampproject.org/v0.js"></script>': "v0.js",
            "visibility:hidden": "amp4email-boilerplate",
        }.items():
            self.assertIn(f"lacks {words}" if words[0] == "<" else words, self.faults(AMP.replace(piece, "")), piece)
        self.assertEqual(faults_of_amp(AMP.replace("⚡4email", "amp4email")), [])

    def test_what_may_not_be_there(self) -> None:
        for planted, words in {
            '<img src="https://x.example/a.png">': "<img>",
            "<iframe></iframe>": "<iframe>",
            "<script>alert(1)</script>": "script",
            '<script async src="https://evil.example/v0.js"></script>': "script",
            '<script async src="https://cdn.ampproject.org.evil.example/v0/amp-form-0.1.js"></script>': "script",
            '<p onclick="x()">a</p>': "onclick",
            "<style>a{}</style>": "amp-custom",
            "<style amp-custom>a{color:red !important}</style>": "!important",
            f"<style amp-custom>{'a{}' * 30_000}</style>": "75000",
            '<a href="javascript:alert(1)">a</a>': "must begin with https://",
            "{{ items }}": "items",
            "{{#each}}": "each",
        }.items():
            self.assertIn(words, self.faults(AMP.replace("</body>", planted + "</body>")), planted)
        allowed = '<amp-list><script type="application/json">{}</script></amp-list>'
        self.assertEqual(faults_of_amp(AMP.replace("</body>", allowed + "</body>")), [])

    def test_it_has_to_fit_into_what_mail_programs_show(self) -> None:
        self.assertIn(str(MOST_BYTES), self.faults(AMP.replace("</body>", "я" * 100_000 + "</body>")))

    def test_nobody_clips_it_with_the_letter(self) -> None:
        account = Account(sender_name="x", sender_address="news@alfa.example")
        content = Content(subject="т", preheader="п", body=LETTER, extras={"amp": AMP.replace("</h1>", "а" * 80_000)})
        content.campaign = Campaign(account=account)
        self.assertEqual(warnings(content), [])


class WritingTest(TestCase):
    def test_the_form_and_the_command_take_it_and_say_what_is_wrong(self) -> None:
        author, segment, account = make_staff(username="author"), make_segment_with(1), make_account(is_default=True)
        data = {
            "name": "С AMP", "purpose": "advertising", "account": account.pk, "lateness_hours": 12, "priority": 2, "control_percent": 0,
            "segments_in": [segment.pk], "subject": "Сервис", "body": LETTER, "amp": AMP,
        }  # fmt: skip
        form = CampaignForm(data)
        self.assertTrue(form.is_valid(), form.errors)
        content = writing.current(form.keep(author))
        self.assertEqual(content.extras, {"amp": AMP})
        self.assertEqual(content.links.count(), 2)
        self.assertEqual(CampaignForm(instance=content.campaign).initial["amp"], AMP)
        self.assertEqual(list(CampaignForm(data | {"amp": "<p>"}).errors), ["amp"])
        texts = {"subject": "Сервис", "body": LETTER, "amp": AMP}
        campaign = drafting.draft({"name": "Из файла", "segments_in": [segment.slug], "content": texts}, author)
        self.assertEqual(writing.current(campaign).extras, {"amp": AMP})
