"""Texts of SMS: what an author may write, what a person reads, what it takes."""

from decimal import Decimal

from django.test import SimpleTestCase, TestCase, override_settings

from campaigns import links, pricing, readiness, trying, writing
from campaigns.contacts import CONTACTS
from campaigns.grammar import Hole
from campaigns.latin import in_latin
from campaigns.models import Campaign, Content, Run
from campaigns.person_slots import register_all
from campaigns.rendering import MEDIA, BadContent, build_text, check, compile_content, markup_of, warnings
from campaigns.rendering.texts import MAX_TEXT, example_of
from channels.models import Account, Channel
from tests.campaigns.builders import make_account, make_campaign
from tests.segments.builders import make_customer, make_segment

SHORT = override_settings(SHORT_URL="https://kr.ru", PUBLIC_URL="https://krug.example.ru", LANGUAGE_CODE="ru")


def content(body: str, *, cost: str = "3", channel: str = "sms") -> Content:
    account = Account(channel=channel, cost=Decimal(cost), sender_address="a@example.ru")
    return Content(campaign=Campaign(channel=channel, account=account), body=body)


def faults(body: str) -> str:
    try:
        build_text(body)
    except BadContent as error:
        return " ".join(map(str, error.faults))
    return ""


@SHORT
class BuildTests(SimpleTestCase):
    def setUp(self) -> None:
        register_all()

    def rendered(self, body: str, message_id: int = 7, **values: str) -> str:
        text = compile_content(content(body), None)
        return text.render(message_id, "+79210000001", values).decode()

    def test_whoever_wants_no_more_of_them_finds_where_to_say_so(self) -> None:
        choice = links.tokens(7).choice
        self.assertEqual(self.rendered("Ждём вас"), f"Ждём вас\nОтказ: https://kr.ru/s/{choice}")

    def test_a_latin_text_stays_latin(self) -> None:
        choice = links.tokens(7).choice
        self.assertEqual(self.rendered("Zhdem vas"), f"Zhdem vas\nOtkaz: https://kr.ru/s/{choice}")

    def test_the_author_may_put_that_address_elsewhere(self) -> None:
        text = self.rendered("Ответьте: {{ ссылка_на_опрос }} Спасибо")
        self.assertEqual(text, f"Ответьте: https://kr.ru/s/{links.tokens(7).choice} Спасибо")

    def test_links_are_counted_and_short(self) -> None:
        body = "Сервис (https://dealer.example/service?a=1&b=2), цены: HTTPS://dealer.example/p."
        track = links.tokens(7).track
        self.assertIn(f"Сервис (https://kr.ru/l/B{track}), цены: https://kr.ru/l/C{track}.", self.rendered(body))
        self.assertEqual(
            build_text(body).links,
            (
                ("https://dealer.example/service?a=1&b=2", "dealer.example"),
                ("HTTPS://dealer.example/p", "dealer.example"),
            ),
        )
        self.assertEqual(links.read_click(f"B{track}"), (7, 1))

    def test_a_trial_leaves_links_alone(self) -> None:
        text = compile_content(content("См. https://dealer.example/a"), None, tracked=False, prefix="[тест] ")
        self.assertTrue(text.render(1, "", {}).decode().startswith("[тест] См. https://dealer.example/a"))

    def test_values_are_one_line_and_empty_ones_print_the_default(self) -> None:
        body = 'Здравствуйте, {{ имя|"друг" }}!'
        self.assertTrue(self.rendered(body, имя="Анна\r\n\x07Мария").startswith("Здравствуйте, Анна Мария!"))
        self.assertTrue(self.rendered(body, имя="  ").startswith("Здравствуйте, друг!"))
        self.assertTrue(self.rendered("{{ имя }}, ждём", имя="").startswith(", ждём"))

    def test_a_value_is_no_placeholder_and_no_link(self) -> None:
        text = self.rendered('{{ имя|"-" }}', имя="{{ отчество }} https://evil.example")
        self.assertTrue(text.startswith("{{ отчество }} https://evil.example"))

    def test_half_a_surrogate_does_not_stop_the_rest(self) -> None:
        self.assertTrue(self.rendered('{{ имя|"-" }}', имя="Анна \ud83d").startswith("Анна ?"))

    def test_slots_are_named_once(self) -> None:
        text = compile_content(content('{{ имя|"а" }} {{ имя|"б" }} {{ отчество|"" }}'), None)
        self.assertEqual(text.slots, ("имя", "отчество"))

    def test_mistakes_are_told_with_their_lines(self) -> None:
        self.assertIn("2", faults("Первая\nвторая {{ нет_такого }}"))
        self.assertTrue(faults("звонок\x07"))
        self.assertTrue(faults("{% if имя %}"))
        self.assertIn("не адрес страницы", faults("Зайдите: https://dealer.example@evil.example/"))
        self.assertTrue(faults("я" * (MAX_TEXT + 1)))
        self.assertTrue(faults(" ".join(f"https://a.example/{n}" for n in range(64))))
        self.assertEqual(faults(" ".join(f"https://a.example/{n}" for n in range(63))), "")

    def test_holes_stay_holes(self) -> None:
        self.assertIn(Hole("имя", "а"), markup_of(content('{{ имя|"а" }}')).text)

    def test_every_channel_can_be_written_for(self) -> None:
        self.assertEqual((set(MEDIA), set(CONTACTS)), (set(Channel.values), set(Channel.values)))


@SHORT
class CheckTests(SimpleTestCase):
    def setUp(self) -> None:
        register_all()

    def test_an_empty_text_is_told(self) -> None:
        self.assertEqual(len(check(content("  "))), 1)
        self.assertEqual(check(content("Ждём вас")), [])

    def test_advice_on_length_and_on_dear_characters(self) -> None:
        self.assertEqual(warnings(content("Ждём вас")), [])
        self.assertEqual(len(warnings(content("я" * 300))), 1)
        body = "Zhdem vas — skidka {{ ссылка_на_опрос }}"
        self.assertIn("—", warnings(content(body))[0])
        self.assertEqual(warnings(content("Zhdem vas, {{ имя }}: https://dealer.example/весна")), [])

    def test_each_segment_is_paid_for(self) -> None:
        one = "Zhdem vas {{ ссылка_на_опрос }}"
        self.assertEqual(pricing.of_one(content(one)), Decimal(3))
        long = content(one + "z" * 160)
        self.assertEqual(pricing.of_one(long), Decimal(6))
        self.assertEqual(pricing.of_one(content("{{ сломано")), Decimal(3))
        self.assertEqual(pricing.of_one(None), 0)
        letter = content("", channel="email")
        self.assertEqual(pricing.of_one(letter), Decimal(3))

    def test_latin_letters_leave_placeholders_and_addresses_alone(self) -> None:
        body = '{{ имя|"Друг" }}, ждём: https://dealer.example/весна — №1'
        self.assertEqual(in_latin(body), '{{ имя|"Друг" }}, zhdem: https://dealer.example/весна - N1')

    def test_examples_stand_for_placeholders(self) -> None:
        self.assertNotIn("{{", example_of(markup_of(content("{{ имя }}, {{ город }}"))))


@SHORT
class WritingTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account(channel="sms", provider="smsc", name="SMS")
        cls.campaign = make_campaign(
            make_segment(),
            account=cls.account,
            channel="sms",
            content={"subject": "", "preheader": "", "body": '{{ имя|"Друг" }}, https://dealer.example/a'},
        )

    def test_a_version_keeps_its_links(self) -> None:
        kept = writing.current(self.campaign)
        self.assertEqual([link.url for link in kept.links.all()], ["https://dealer.example/a"])
        self.assertEqual(readiness.obstacles(self.campaign), [])

    def test_mjml_is_no_obstacle_to_a_text(self) -> None:
        """A letter's rules do not judge an SMS: what looks like a tag is text."""
        made = writing.write(self.campaign, subject="", preheader="", body='Скидка <10%> и {{ имя|"" }}')
        self.assertEqual(check(made), [])

    def test_shown_as_a_person_reads_it(self) -> None:
        anna = make_customer(first_name="Анна")
        shown = trying.show(writing.current(self.campaign), anna.pk)
        self.assertEqual((shown.subject, shown.html), ("", ""))
        self.assertTrue(shown.text.startswith("Анна, https://dealer.example/a\n"), shown.text)

    def test_a_run_renders_its_own_content(self) -> None:
        run = Run(campaign=self.campaign, content=writing.current(self.campaign), account=self.account)
        self.assertIn("Друг", compile_content(run.content, run).render(5, "", {}).decode())
