from django.test import TestCase

from campaigns import approval, cloning, running, snippets, writing
from campaigns.models import Campaign, Content, Snippet
from campaigns.refusals import Refused
from campaigns.rendering import BadContent, check, compile_content, markup_of
from tests.campaigns.builders import LETTER, approve, make_account, make_campaign, make_content, make_segment_with
from tests.segments.builders import make_brand, make_staff

BODY = LETTER.replace("Здравствуйте", "{{ Фрагмент.Подпись }} Здравствуйте")


def make_snippet(text: str = "Ваш Альфа-Авто", name: str = "подпись", medium: str = "letter") -> Snippet:
    snippet = Snippet(name=name, medium=medium, text=text)
    snippets.save(snippet, None)
    return snippet


def letter_of(content: Content) -> str:
    return "".join(map(str, markup_of(content).text))


class SnippetTests(TestCase):
    def setUp(self) -> None:
        self.snippet = make_snippet()
        self.user = make_staff(username="maria")
        self.campaign = make_campaign(make_segment_with(2))
        make_content(self.campaign, body=BODY, subject="{{фрагмент.подпись}}: осмотр")

    def change(self, text: str) -> list[Campaign]:
        self.snippet.text = text
        return snippets.save(self.snippet, self.user)

    def current(self) -> Content:
        content = writing.current(self.campaign)
        assert content is not None
        return content

    def state(self) -> str:
        return Campaign.objects.get(pk=self.campaign.pk).state

    def test_a_message_is_made_with_its_text(self) -> None:
        self.assertIn("Ваш Альфа-Авто Здравствуйте", letter_of(self.current()))
        self.assertEqual("".join(map(str, markup_of(self.current()).subject)), "Ваш Альфа-Авто: осмотр")
        self.assertEqual(check(self.current()), [])
        self.assertTrue(compile_content(self.current(), None).render(1, "a@example.test", {}))

    def test_one_that_is_not_there_is_named_with_its_line(self) -> None:
        with self.assertRaises(BadContent) as caught:
            make_content(self.campaign, body=BODY.replace("Подпись", "адрес"))
        self.assertIn("Строка 5: фрагмента «адрес» для этих сообщений нет", str(caught.exception))
        sms = make_campaign(
            account=make_account(channel="sms", provider="smsc"),
            channel="sms",
            content={"subject": "", "preheader": "", "body": "Текст"},
        )
        with self.assertRaisesMessage(BadContent, "«подпись»"):
            writing.write(sms, body="{{ фрагмент.подпись }}")
        make_snippet("Ваш салон", medium="sms")
        self.assertIn("Ваш салон", letter_of(writing.write(sms, body="{{ фрагмент.подпись }}")))

    def test_placeholders_of_it_are_filled_and_links_of_it_are_counted(self) -> None:
        self.change('Для {{ имя|"вас" }}: <a href="https://alfa.example/two">адрес</a>')
        content = self.current()
        self.assertEqual(content.version, 3)
        self.assertIn("имя", [hole.name for hole in markup_of(content).holes])
        self.assertIn("https://alfa.example/two", content.links.values_list("url", flat=True))

    def test_it_holds_no_snippets_and_nothing_broken(self) -> None:
        self.assertIn("подпись", snippets.faults("letter", "{{ фрагмент.подпись }}")[0])
        self.assertIn("возраст", snippets.faults("sms", "{{ возраст }}")[0])
        self.assertTrue(snippets.faults("letter", "<mj-text>не закрыт"))
        for good in (
            "Слова",
            "<b>Слова</b>",
            "<mj-text>Слова</mj-text>",
            "<mj-section><mj-column></mj-column></mj-section>",
        ):
            self.assertEqual(snippets.faults("letter", good), [], good)

    def test_an_edit_takes_the_approval_of_who_has_not_gone(self) -> None:
        other = make_campaign(make_segment_with(1))
        approve(other)
        approve(self.campaign)
        before = approval.fingerprint(self.campaign)
        self.assertEqual(self.change("Ваш Альфа-Авто!"), [self.campaign])
        self.assertEqual((self.state(), Campaign.objects.get(pk=other.pk).state), ("draft", "scheduled"))
        self.campaign.refresh_from_db()
        self.assertNotEqual(approval.fingerprint(self.campaign), before)
        event = self.campaign.events.first()
        self.assertEqual((event.verb, event.author), ("withdraw", self.user))
        self.assertIn("подпись", event.note)
        self.assertIn("Альфа-Авто!", letter_of(self.current()))
        self.assertEqual(self.current().author, self.user)

    def test_texts_of_brands_get_it_too(self) -> None:
        brand = make_brand("Skoda")
        writing.write(self.campaign, brand, subject="Тема", body=BODY)
        make_content(self.campaign)
        self.assertEqual(snippets.users(self.snippet), [self.campaign])
        self.change("Новая подпись")
        self.assertIn("Новая подпись", letter_of(writing.current(self.campaign, brand)))

    def test_the_same_text_changes_nothing(self) -> None:
        approve(self.campaign)
        self.assertEqual(self.change("Ваш Альфа-Авто"), [])
        self.assertEqual((self.state(), self.current().version), ("scheduled", 2))

    def test_an_edit_that_would_break_a_campaign_is_refused_whole(self) -> None:
        approve(self.campaign)
        with self.assertRaisesMessage(Refused, str(self.campaign)):
            self.change("{{ нет_такой }}")
        self.assertEqual(Snippet.objects.get(pk=self.snippet.pk).text, "Ваш Альфа-Авто")
        self.assertEqual((self.state(), self.current().version), ("scheduled", 2))
        self.snippet.text = "Иначе"
        snippets.try_out(self.snippet)
        self.assertEqual(Snippet.objects.get(pk=self.snippet.pk).text, "Ваш Альфа-Авто")

    def test_one_that_is_used_is_not_deleted(self) -> None:
        with self.assertRaisesMessage(Refused, str(self.campaign)):
            snippets.delete(self.snippet)
        make_content(self.campaign)
        self.assertEqual(snippets.users(self.snippet), [])
        snippets.delete(self.snippet)
        with self.assertRaisesMessage(Refused, "«подпись»"):
            writing.restore(self.campaign, 2, self.user)

    def test_a_copy_takes_the_text_of_today(self) -> None:
        Campaign.objects.filter(pk=self.campaign.pk).update(state="finished")
        self.assertEqual(self.change("Новая подпись"), [])
        self.assertIn("Ваш Альфа-Авто", letter_of(self.current()))
        copy = cloning.clone(self.campaign, self.user)
        self.assertIn("Новая подпись", letter_of(writing.current(copy)))


def test_what_goes_out_keeps_its_text(permitted: None) -> None:
    snippet = make_snippet()
    campaign = make_campaign(make_segment_with(2))
    make_content(campaign, body=BODY)
    approve(campaign)
    run = running.start(campaign)
    snippet.text = "Позже"
    assert snippets.save(snippet, None) == []
    run.refresh_from_db()
    assert "Ваш Альфа-Авто" in letter_of(run.content)
