"""Values in the places of a template: what an author may write, and what goes onto the wire."""

import json
from typing import Any

from django.test import SimpleTestCase, override_settings

from campaigns import links, slots
from campaigns.models import Campaign, Content
from campaigns.person_slots import register_all
from campaigns.rendering import BadContent, check, compile_content, markup_of, warnings
from campaigns.rendering.templated import places_of
from channels.models import Account
from tracking.plan import SLOTS

CLICK = {"kind": "link", "text": "Сайт", "url": "https://kr.example/l/{{1}}"}
SURVEY = {"kind": "link", "text": "Отказ", "url": "https://kr.example/s/{{1}}"}
CATALOGUE = {"kind": "link", "text": "Каталог", "url": "https://dealer.example/cars/{{1}}"}
STATIC = {"kind": "link", "text": "Сайт", "url": "https://dealer.example/"}
REPLY = {"kind": "reply", "text": "Не беспокоить", "url": ""}
YES = {"kind": "reply", "text": "Да", "url": ""}


def content(body: str, *buttons: dict[str, str], header: str = "", channel: str = "whatsapp", **values: str) -> Content:
    """`values` by places, with "_" for the dot."""
    told = {name.replace("_", ".", 1): text for name, text in values.items()}
    extras: dict[str, Any] = {"template": "visit", "language": "ru", "header": header, "footer": "Альфа-Авто"}
    extras |= {"template_buttons": list(buttons), "values": told}
    account = Account(channel=channel, provider="whatsapp" if channel == "whatsapp" else "vk_devino")
    return Content(campaign=Campaign(channel=channel, account=account), body=body, extras=extras)


@override_settings(SHORT_URL="https://kr.example", LANGUAGE_CODE="ru")
class TemplatedTests(SimpleTestCase):
    def setUp(self) -> None:
        register_all()
        for slot in SLOTS:
            slots.register(slot)

    def rendered(self, written: Content, *, tracked: bool = True, **values: str) -> dict[str, Any]:
        return json.loads(compile_content(written, None, tracked=tracked).render(7, "+79210000001", values))

    def faults(self, written: Content) -> list[str]:
        with self.assertRaises(BadContent) as caught:
            markup_of(written)
        return [str(fault) for fault in caught.exception.faults]

    def test_numbered_places_go_in_the_order_of_their_numbers(self) -> None:
        written = content("{{2}} ждёт, {{ 1 }}!", body_1='{{ имя|"друг" }}', body_2="Polo")
        self.assertEqual(self.rendered(written, имя="Анна")["parameters"], ["Анна", "Polo"])
        self.assertEqual("".join(map(str, markup_of(written).text[:2])), "Polo ждёт, ")

    def test_named_places_go_by_their_names(self) -> None:
        told = self.rendered(content("{{client}}, {{car}}", channel="vk", body_client="Анна", body_car="Polo"))
        self.assertEqual(told["parameters"], {"client": "Анна", "car": "Polo"})
        self.assertEqual((told["template"], told["language"], told["header"]), ("visit", "ru", []))

    def test_links_in_values_are_counted(self) -> None:
        told = self.rendered(content("Цены: {{1}}", body_1="https://dealer.example/p"))
        self.assertEqual(told["parameters"], [f"https://kr.example/l/B{links.tokens(7).track}"])
        told = self.rendered(content("Цены: {{1}}", body_1="https://dealer.example/p"), tracked=False)
        self.assertEqual(told["parameters"], ["https://dealer.example/p"])

    def test_each_kind_of_button_gets_what_it_needs(self) -> None:
        tokens = links.tokens(7)
        buttons = (REPLY, YES, CLICK, SURVEY, CATALOGUE, STATIC, {"kind": "shown", "text": "Звонок"})
        written = content("Ждём", *buttons, button_2="https://dealer.example/book", button_4="polo")
        self.assertEqual(
            self.rendered(written)["buttons"],
            [{"data": "СТОП"}, {"data": "Да"}, f"B{tokens.track}", tokens.choice, "polo", None, None],
        )
        self.assertEqual([place.key for place in places_of("Ждём", written.extras)], ["button.2", "button.4"])
        self.assertEqual(markup_of(written).links, (("https://dealer.example/book", "Сайт"),))

    def test_a_picture_stands_where_a_heading_would(self) -> None:
        address = "https://dealer.example/Весна 1.jpg".replace(" ", "%20")
        for given, faults in (
            (address, 0),
            ("", 1),
            ("http://dealer.example/a.jpg", 1),
            ("https://{{ имя }}/a.jpg", 1),
        ):
            written = content("Ждём")
            written.extras |= {"has_picture": True, "values": {"header.picture": given}}
            if faults:
                self.assertEqual(len(self.faults(written)), 1, given)
                continue
            told = self.rendered(written)
            self.assertEqual((told["picture"], told["header"]), (address, []))
            self.assertEqual((markup_of(written).picture, markup_of(written).links), (address, ()))
        self.assertNotIn("picture", self.rendered(content("Ждём")))

    def test_nothing_may_be_empty(self) -> None:
        self.assertEqual(len(self.faults(content("{{1}} {{2}}", CLICK, header="{{1}}"))), 4)
        self.assertIn("{{1}}", self.faults(content("{{1}}", body_1='{{ имя|"" }}'))[0])
        self.assertIn("{{1}}", self.faults(content("{{1}}", body_1="{{ нет_такого }}"))[0])
        self.assertTrue(self.faults(content("Ждём", CLICK, button_0="dealer.example")))
        self.assertTrue(self.faults(content("Ждём", CATALOGUE, button_0='{{ имя|"a" }}')))
        self.assertEqual(check(content("")), ["Шаблон не выбран: выберите его."])

    def test_whoever_wants_no_more_should_find_how_to_say_so(self) -> None:
        self.assertEqual(len(warnings(content("Ждём", YES))), 1)
        self.assertEqual(warnings(content("Ждём", REPLY)), [])
        self.assertEqual(warnings(content("Ждём", SURVEY)), [])
        self.assertEqual(warnings(content("Отказ: {{1}}", body_1="{{ ссылка_на_опрос }}")), [])
