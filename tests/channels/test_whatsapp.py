"""WhatsApp Cloud API: the contract, templates and free texts, what each error asks for, and its list of templates."""

import json

from django.test import SimpleTestCase

from channels.models import Account
from channels.providers.approved import Template, TemplateButton, TemplateState
from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, UNKNOWN, Action, Addressed, ProviderError, Result
from channels.providers.http_wire import Answer
from channels.providers.whatsapp import WhatsAppProvider
from channels.providers.whatsapp_templates import listed
from channels.sealing import seal, seal_named
from tests.channels.contract import TEXT
from tests.channels.http_contract import HttpContract
from tests.peers.http_messengers import NUMBER, TOKEN, WABA

APP_SECRET = "app-secret-of-the-test"
SECRET = json.dumps({"token": TOKEN, "app_secret": APP_SECRET, "verify": "a-word-to-verify"})


class WhatsAppContractTest(HttpContract, SimpleTestCase):
    """Templates."""

    family, name, secret, secrets = "http_messengers", "whatsapp", SECRET, (TOKEN, APP_SECRET)
    wrong = json.dumps({"token": "a-token-of-nobody"})
    refused, later = "550", "451"
    extra = {"phone_number_id": NUMBER, "waba_id": WABA}
    text = f"service/ru: Анна | {' '.join(TEXT.split())}"

    def body(self, text: str) -> bytes:
        return json.dumps(
            {"template": "service", "parameters": text.removeprefix("service/ru: ").split(" | ")}
        ).encode()

    def test_check_tells_the_number_and_its_quality(self) -> None:
        with self.provider() as provider:
            sentence = provider.check()
        self.assertIn("+7 495 000-00-00", sentence)
        self.assertIn("GREEN", sentence)
        self.assertIn("1 из 3", sentence)
        with self.provider(self.account(waba_id="")) as provider:
            self.assertNotIn("из", provider.check())

    def test_a_number_that_is_not_ours_is_told_with_metas_words(self) -> None:
        with self.assertRaisesMessage(ProviderError, "Unsupported get request"):
            self.provider(self.account(phone_number_id="1")).check()

    def test_all_pages_of_templates_are_read(self) -> None:
        provider = WhatsAppProvider(self.account())
        service, advertisement, reminder = provider.templates()
        buttons = (
            TemplateButton("reply", "Не беспокоить"),
            TemplateButton("link", "Записаться", "https://kr.example/l/{{1}}"),
            TemplateButton("shown", "Позвонить"),
        )
        self.assertEqual(
            service,
            Template(
                "service", "ru", TemplateState.APPROVED, "APPROVED", "UTILITY",
                header="Сервис {{1}}", body="{{1}}, автомобиль {{2}} ждёт осмотра.", footer="Альфа-Авто", buttons=buttons,
            ),
        )  # fmt: skip
        self.assertEqual(
            (advertisement.state, advertisement.unsupported, advertisement.has_picture),
            (TemplateState.PAUSED, "", True),
        )
        self.assertEqual((reminder.state, reminder.reason), (TemplateState.REJECTED, "INVALID_FORMAT"))
        with self.assertRaises(ProviderError) as caught:
            WhatsAppProvider(self.stranger()).templates()
        self.assertTrue(caught.exception.permanent)
        with self.assertRaises(ProviderError):
            WhatsAppProvider(self.account(waba_id="")).templates()

    def test_what_we_do_not_know_of_a_template_keeps_it_from_being_sent(self) -> None:
        told = {"name": "a", "language": "ru", "status": "SOMETHING_NEW"}
        self.assertEqual(listed(told).state, TemplateState.PENDING)
        parts = [{"type": "CAROUSEL"}, {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE"}]}]
        self.assertEqual(listed(told | {"components": parts}).unsupported, "CAROUSEL, COPY_CODE")
        film = listed(told | {"components": [{"type": "HEADER", "format": "VIDEO"}]})
        self.assertEqual((film.unsupported, film.has_picture), ("VIDEO", False))
        with self.assertRaises(LookupError):
            listed({"name": "a"})

    def test_a_limit_of_the_number_puts_the_message_off_and_pauses_the_window(self) -> None:
        sent = self.send("480", *[""] * 4, account=self.account(window=1, pause=3600))
        self.assertEqual((sent.kinds[0], len(sent.before)), (DEFERRED, 1))
        self.assertFalse(sent.error.permanent)

    def test_no_payment_stops_the_account(self) -> None:
        sent = self.send("402", *[""] * 4, account=self.account(window=1))
        self.assertEqual((sent.kinds[0], len(sent.before)), (DEFERRED, 1))
        self.assertTrue(sent.error.permanent)


class WhatsAppFreeTextTest(HttpContract, SimpleTestCase):
    """Free texts with buttons, within 24 hours."""

    family, name, secret, secrets = "http_messengers", "whatsapp", SECRET, (TOKEN, APP_SECRET)
    wrong = json.dumps({"token": "a-token-of-nobody"})
    refused, later = "550", "451"
    extra = {"phone_number_id": NUMBER}

    def body(self, text: str) -> bytes:
        return json.dumps({"text": text, "buttons": [{"text": "Записаться", "data": "service"}]}).encode()


class CallTest(SimpleTestCase):
    def call(self, **body: object) -> dict:
        account = Account(provider="whatsapp", secret=seal(TOKEN), options={"phone_number_id": "1"})
        message = Addressed(7, "+79990000001", json.dumps(body).encode())
        return json.loads(WhatsAppProvider(account).call_of(message).body)

    def test_our_id_goes_along_and_comes_back_in_statuses(self) -> None:
        call = self.call(text="Привет")
        self.assertEqual((call["biz_opaque_callback_data"], call["to"]), ("krug:7", "79990000001"))
        self.assertEqual((call["type"], call["text"]), ("text", {"body": "Привет"}))

    def test_a_template_with_its_header_parameters_and_buttons(self) -> None:
        call = self.call(
            template="visit",
            language="en_US",
            header=["Polo"],
            parameters={"name": "Анна"},
            buttons=[None, "t/abc", {"data": "stop"}],
        )
        self.assertEqual(call["template"]["language"], {"code": "en_US"})
        header, body, url, answer = call["template"]["components"]
        self.assertEqual(header, {"type": "header", "parameters": [{"type": "text", "text": "Polo"}]})
        self.assertEqual(body["parameters"], [{"type": "text", "parameter_name": "name", "text": "Анна"}])
        self.assertEqual((url["index"], url["sub_type"], url["parameters"][0]["text"]), ("1", "url", "t/abc"))
        self.assertEqual(answer["parameters"], [{"type": "payload", "payload": "stop"}])
        self.assertEqual((answer["index"], answer["sub_type"]), ("2", "quick_reply"))

    def test_a_value_of_a_template_stands_on_one_line(self) -> None:
        (body,) = self.call(template="visit", parameters=["Анна\n\t Петровна", 5])["template"]["components"]
        self.assertEqual([value["text"] for value in body["parameters"]], ["Анна Петровна", "5"])

    def test_buttons_of_a_free_text(self) -> None:
        answers = [{"text": f"Да {number}", "data": f"yes{number}"} for number in range(3)]
        interactive = self.call(text="Записать?", buttons=answers)["interactive"]
        self.assertEqual(interactive["type"], "button")
        self.assertEqual([one["reply"]["id"] for one in interactive["action"]["buttons"]], ["yes0", "yes1", "yes2"])
        interactive = self.call(text="Сервис", buttons=[{"text": "Открыть", "url": "https://a.example"}])["interactive"]
        self.assertEqual(interactive["action"]["parameters"], {"display_text": "Открыть", "url": "https://a.example"})

    def test_what_cannot_be_shown_is_refused_here(self) -> None:
        answer, link = {"text": "Да", "data": "yes"}, {"text": "Да", "url": "https://a.example"}
        for body in (
            {},
            {"text": "  "},
            {"text": "я" * 4097},
            {"text": "я" * 1025, "buttons": [answer]},
            {"text": "a", "buttons": [{"text": "я" * 21, "data": "yes"}]},
            {"text": "a", "buttons": [answer] * 4},
            {"text": "a", "buttons": [answer, link]},
            {"text": "a", "buttons": [{"text": "Да"}]},
            {"text": "a", "buttons": [answer | link]},
            {"text": "a", "buttons": ["Да"]},
            {"template": "x", "parameters": "Анна"},
            {"template": "x", "parameters": ["Анна", " "]},
            {"template": "x", "parameters": {"name": None}},
        ):
            with self.subTest(body), self.assertRaises(ValueError):
                self.call(**body)


LATER, ALONE, ELSEWHERE = (DEFERRED, ""), (REJECTED, ""), (REJECTED, "next_channel")
TEXTS, STOPPED = (REJECTED, "pause_campaign"), (DEFERRED, "stop_account")
EXPECTED = {
    LATER: (4, 80007, 130429, 131056, 131000, 131016),
    (DEFERRED, "pause_campaign"): (131048, 131064),
    ELSEWHERE: (131026, 131047, 131049, 130472),
    (REJECTED, "opt_out"): (131050,),
    TEXTS: (131008, 131009, 131051, 131052, 131053, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016),
    STOPPED: (0, 3, 10, 190, 200, 299, 368, 130497, 131031, 131042),
    ALONE: (131030, 135000, 999999),
}


class ErrorsTest(SimpleTestCase):
    def told(self, error: object, status: int = 400) -> Result:
        account = Account(provider="whatsapp", secret=seal_named({"token": TOKEN}), options={"phone_number_id": "1"})
        answer = Answer(status, {}, json.dumps({"error": error}).encode())
        (result,) = WhatsAppProvider(account).results_for([Addressed(1, "", b"")], answer)
        return result

    def test_each_code_leads_to_its_action(self) -> None:
        for (kind, action), codes in EXPECTED.items():
            for code in codes:
                with self.subTest(code):
                    result = self.told({"code": code, "message": "why"})
                    self.assertEqual((result.kind, result.action), (kind, Action(action)))
                    self.assertEqual((result.code, result.reply), (str(code), "why"))
                    self.assertEqual(result.permanent, kind == REJECTED)

    def test_a_code_that_we_do_not_know_in_a_5xx_proves_nothing(self) -> None:
        self.assertEqual(self.told({"code": 1, "message": "An unknown error"}, 500).kind, UNKNOWN)
        self.assertEqual(self.told({"code": 131016, "message": "overloaded"}, 503).kind, DEFERRED)

    def test_the_details_are_what_people_read(self) -> None:
        error = {"code": 131026, "message": "(#131026) Undeliverable", "error_data": {"details": "No WhatsApp here"}}
        self.assertEqual(self.told(error).reply, "No WhatsApp here")
        self.assertEqual(self.told(error | {"error_data": "odd"}).reply, "(#131026) Undeliverable")

    def test_an_error_that_is_none_is_judged_by_its_status(self) -> None:
        for error in ({}, "no", [], {"code": "x"}):
            self.assertEqual(self.told(error, 500).kind, UNKNOWN)

    def test_accepted(self) -> None:
        account = Account(provider="whatsapp", secret="", options={})
        told = {"messages": [{"id": "wamid.X", "message_status": "accepted"}]}
        result = WhatsAppProvider(account).result_of(Answer(200, {}, json.dumps(told).encode()))
        self.assertEqual(result, Result(ACCEPTED, provider_key="wamid.X"))
