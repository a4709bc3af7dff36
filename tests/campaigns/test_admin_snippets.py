from django.urls import reverse

from campaigns import snippets
from campaigns.links import MAX_LINKS
from campaigns.models import Snippet
from tests.campaigns.builders import make_content
from tests.campaigns.test_admin_campaigns import MANAGER, Pages
from tests.campaigns.test_snippets import BODY
from tests.segments.builders import make_staff


class SnippetPages(Pages):
    def setUp(self) -> None:
        super().setUp()
        rights = [f"campaigns.{verb}_snippet" for verb in ("view", "add", "change", "delete")]
        self.editor = make_staff(*MANAGER, *rights, username="editor")
        self.client.force_login(self.editor)
        self.snippet = Snippet(name="подпись", medium="letter", text="Ваш Альфа-Авто")
        snippets.save(self.snippet, self.editor)
        make_content(self.campaign, body=BODY)

    def page(self, name: str) -> str:
        return reverse(f"admin:campaigns_snippet_{name}", args=[self.snippet.pk])

    def test_a_name_is_one_word_once_for_its_messages(self) -> None:
        add = reverse("admin:campaigns_snippet_add")
        self.client.post(add, {"name": "Адрес", "medium": "sms", "text": "Лахта\r\nСПб"})
        made = Snippet.objects.get(name="адрес")
        self.assertEqual((made.text, made.author), ("Лахта\nСПб", self.editor))
        self.assertContains(self.client.post(add, {"name": "Подпись", "medium": "letter", "text": "а"}), "уже есть")
        self.assertContains(self.client.post(add, {"name": "два слова", "medium": "sms", "text": "а"}), "Одно слово")
        wrong = self.client.post(add, {"name": "иной", "medium": "sms", "text": "{{ фрагмент.адрес }}"})
        self.assertContains(wrong, "не может быть другого фрагмента")

    def test_its_page_says_where_it_stands_and_a_change_goes_there(self) -> None:
        self.assertContains(self.client.get(self.page("change")), "Весенний осмотр")
        done = self.client.post(self.page("change"), {"text": "Иначе", "name": "иное", "medium": "sms"}, follow=True)
        self.assertContains(done, "Новый текст — в 1 кампании")
        self.snippet.refresh_from_db()
        self.assertEqual((self.snippet.name, self.snippet.medium, self.snippet.text), ("подпись", "letter", "Иначе"))

    def test_what_would_break_a_campaign_stands_under_the_text(self) -> None:
        many = " ".join(f'<a href="https://a.example/{number}">а</a>' for number in range(MAX_LINKS))
        page = self.client.post(self.page("change"), {"text": many})  # one more is in the letter itself
        self.assertContains(page, "Весенний осмотр")
        self.assertContains(page, "не соберётся кампания")
        self.snippet.refresh_from_db()
        self.assertEqual(self.snippet.text, "Ваш Альфа-Авто")

    def test_one_in_use_is_not_deleted_and_says_where(self) -> None:
        page = self.client.post(self.page("delete"), {"post": "yes"}, follow=True)
        self.assertContains(page, "Сначала уберите его из их текстов")
        self.assertTrue(Snippet.objects.exists())

    def test_the_form_of_a_campaign_offers_it(self) -> None:
        self.assertContains(
            self.client.get(self.url("change")), 'data-texts="letter" data-insert="{{ фрагмент.подпись }}"'
        )

    def test_a_preview_and_a_form_know_it(self) -> None:
        unsaved = self.form_data(body=BODY.replace("Подпись", "чужой"))
        self.assertContains(self.client.post(self.url("change"), unsaved), "фрагмента «чужой» для этих сообщений нет")
        shown = self.client.post(reverse("admin:campaigns_campaign_preview"), self.form_data(body=BODY))
        self.assertContains(shown, "Ваш Альфа-Авто")
