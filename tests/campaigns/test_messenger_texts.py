"""Messages of messengers and notifications: what an author may write, and what goes onto the wire."""

import json
from typing import Any

from django.test import SimpleTestCase, override_settings

from campaigns import links, slots
from campaigns.models import Campaign, Content
from campaigns.person_slots import register_all
from campaigns.rendering import BadContent, check, compile_content, markup_of, warnings
from channels.models import Account
from tracking.plan import SLOTS

SITE = "https://dealer.example/book"


def content(body: str = "Ждём вас", *, channel: str = "max", subject: str = "", **extras: Any) -> Content:
    provider = {"max": "max_bot", "telegram": "telegram", "push": "fcm"}[channel]
    account = Account(channel=channel, provider=provider)
    return Content(campaign=Campaign(channel=channel, account=account), subject=subject, body=body, extras=extras)


def bare(token: str) -> str:
    """With the signs that MarkdownV2 would take for its own."""
    return token.replace("_", "\\_").replace("-", "\\-")


def faults(written: Content) -> str:
    try:
        markup_of(written)
    except BadContent as error:
        return " ".join(map(str, error.faults))
    return ""


@override_settings(SHORT_URL="https://kr.ru", LANGUAGE_CODE="ru")
class Written(SimpleTestCase):
    def setUp(self) -> None:
        register_all()
        for slot in SLOTS:
            slots.register(slot)

    def rendered(self, written: Content, *, tracked: bool = True, prefix: str = "", **values: str) -> dict[str, Any]:
        note = compile_content(written, None, tracked=tracked, prefix=prefix)
        return json.loads(note.render(7, "79210000001", values))


class MessengerTests(Written):
    def test_a_text_and_its_buttons(self) -> None:
        track = links.tokens(7).track
        buttons = [{"text": '{{ имя|"Вам" }}: сайт', "url": SITE}, {"text": "Позвоните", "data": "звонок"}]
        told = self.rendered(content('{{ имя }}, "цены": https://dealer.example/p', buttons=buttons), имя="Анна")
        self.assertEqual(told["text"], f'Анна, "цены": https://kr.ru/l/B{track}')
        self.assertEqual(
            told["buttons"],
            [
                {"text": "Анна: сайт", "url": f"https://kr.ru/l/C{track}"},
                {"text": "Позвоните", "data": "звонок"},
                {"text": "Не беспокоить", "data": "СТОП"},
            ],
        )

    def test_whoever_wants_no_more_has_a_way_out_and_only_one(self) -> None:
        survey = f"https://kr.ru/s/{links.tokens(7).choice}"
        told = self.rendered(content("Ждём. Отказ: {{ ссылка_на_опрос }}"))
        self.assertEqual(told, {"text": f"Ждём. Отказ: {survey}", "buttons": []})
        told = self.rendered(content(buttons=[{"text": "Отказ", "url": "{{ ссылка_на_опрос }}"}]))
        self.assertEqual(told["buttons"], [{"text": "Отказ", "url": survey}])
        told = self.rendered(content(buttons=[{"text": "Хватит", "data": "стоп"}]))
        self.assertEqual([button["data"] for button in told["buttons"]], ["стоп"])

    def test_a_trial_leaves_links_alone_and_says_that_it_is_one(self) -> None:
        told = self.rendered(
            content(f"См. {SITE}", buttons=[{"text": "Сайт", "url": SITE}]), tracked=False, prefix="[тест] "
        )
        self.assertEqual((told["text"], told["buttons"][0]["url"]), (f"[тест] См. {SITE}", SITE))

    def test_a_value_is_no_markup(self) -> None:
        """Whatever stands in a person's name, she reads it as it is."""
        track = links.tokens(7).track
        name, body = "Анна <b>_*.", "{{ имя }} https://dealer.example/p"
        button = {"text": "{{ имя }}", "url": SITE}
        expected = {
            "": ("max", f"{name} https://kr.ru/l/B{track}"),
            "html": ("max", f"Анна &lt;b&gt;_*. https://kr.ru/l/B{track}"),
            "markdown": ("max", f"Анна <b>\\_\\*. https://kr.ru/l/B{track}"),
            "MarkdownV2": ("telegram", f"Анна <b\\>\\_\\*\\. https://kr\\.ru/l/B{bare(track)}"),
        }
        for markup, (channel, text) in expected.items():
            with self.subTest(markup):
                written = content(body, channel=channel, buttons=[button])
                written.campaign.account.options = {"markup": markup}
                told = self.rendered(written, имя=name)
                self.assertEqual(told["text"], text)
                self.assertEqual(told["buttons"][0], {"text": name, "url": f"https://kr.ru/l/C{track}"})

    def test_links_are_kept_by_what_people_call_them(self) -> None:
        markup = markup_of(content(f"См. {SITE}", buttons=[{"text": "Сайт", "url": SITE}]))
        self.assertEqual(markup.links, ((SITE, "dealer.example"), (SITE, "Сайт")))

    def test_mistakes_of_buttons_are_told_with_their_numbers(self) -> None:
        for wrong in (
            {"text": "", "url": SITE},
            {"text": "Сайт"},
            {"text": "Сайт", "url": SITE, "data": "слово"},
            {"text": "Сайт", "url": "dealer.example"},
            {"text": "Сайт", "url": f"{SITE}?name={{{{ имя }}}}"},
            {"text": "Сайт", "url": "{{ имя }}"},
            {"text": "Сайт", "url": "{{ сломано"},
            {"text": "я" * 41, "url": SITE},
            {"text": "{{ нет_такого }}", "url": SITE},
            {"text": "Слово", "data": "я" * 31},
            {"text": "Слово", "data": "{{ имя }}"},
        ):
            with self.subTest(wrong):
                told = faults(content(buttons=[{"text": "Первая", "data": "да"}, wrong]))
                self.assertTrue(told.startswith("Кнопка 2: "), told)
        self.assertTrue(faults(content(buttons=[{"text": "Да", "data": "да"}] * 4)))

    def test_the_limit_is_the_accounts(self) -> None:
        self.assertEqual(check(content("я" * 3999)), [])
        self.assertIn("3999", check(content("я" * 4000))[0].replace("\xa0", ""))
        self.assertEqual(check(content("я" * 4096, channel="telegram")), [])
        self.assertEqual(len(check(content("я" * 4000 + "{{ имя }}" * 30, channel="telegram"))), 1)
        self.assertEqual(check(content("")), ["У сообщения нет текста: напишите его."])


class NoticeTests(Written):
    def test_a_title_a_text_and_what_a_press_opens(self) -> None:
        written = content('{{ имя|"Вы" }}, ждём', channel="push", subject="Осмотр\n{{ имя }}", link=SITE)
        told = self.rendered(written, имя="Анна")
        link = f"https://kr.ru/l/B{links.tokens(7).track}"
        self.assertEqual(told, {"title": "Осмотр Анна", "body": "Анна, ждём", "link": link})
        self.assertEqual(warnings(written), [])

    def test_no_link_is_no_mistake_but_worth_a_word(self) -> None:
        written = content(channel="push", subject="Осмотр")
        self.assertEqual((self.rendered(written), check(written)), ({"title": "Осмотр", "body": "Ждём вас"}, []))
        self.assertEqual(len(warnings(written)), 1)
        long = content("я" * 151, channel="push", subject="я" * 51, link=SITE)
        self.assertEqual(len(warnings(long)), 2)

    def test_what_cannot_be_sent(self) -> None:
        self.assertTrue(check(content(channel="push")))
        self.assertTrue(faults(content(channel="push", subject="{{ нет_такого }}")))
        self.assertTrue(faults(content(channel="push", subject="Осмотр", link="dealer.example")))
        self.assertEqual(check(content("a" * 1600, channel="push", subject="Осмотр")), [])
        self.assertIn("байт", " ".join(check(content("€" * 1600, channel="push", subject="Осмотр"))))
