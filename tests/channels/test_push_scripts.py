"""The scripts that sites take from us: each knows its account, and nothing that is secret."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client, TestCase, override_settings

from channels.models import Account
from channels.push_scripts import NAMES
from channels.push_tokens import person_key
from channels.sealing import seal
from tests.channels.push_site import VAPID, encoded, make_account, point


class ScriptsTest(TestCase):
    def setUp(self) -> None:
        self.account = make_account(consent="Хочу знать о скидках")

    def script(self, name: str = "krug", account: Account | None = None) -> HttpResponse:
        return Client().get(f"/push/{(account or self.account).pk}/{name}.js")

    def facts(self, account: Account | None = None) -> dict[str, Any]:
        told = self.script(account=account).content.decode().rpartition("})(")[2]
        return json.loads(told.removesuffix(");\n"))

    def test_each_is_a_script_that_any_site_may_take(self) -> None:
        for name in NAMES:
            answer = self.script(name)
            self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "text/javascript"))
            self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
            self.assertIn("max-age=600", answer["Cache-Control"])
            self.assertNotIn("Set-Cookie", answer)

    @override_settings(PUBLIC_URL="https://krug.example")
    def test_it_knows_its_account(self) -> None:
        told = self.facts()
        self.assertEqual(told["base"], f"https://krug.example/push/{self.account.pk}")
        self.assertEqual((told["key"], told["worker"]), (encoded(point(VAPID)), "/krug-worker.js"))
        self.assertEqual(told["consent"], "Хочу знать о скидках")
        self.assertEqual(told["words"]["centre"], "Уведомления")

    def test_nothing_secret_leaves(self) -> None:
        private = encoded(VAPID.private_numbers().private_value.to_bytes(32, "big"))
        for name in NAMES:
            text = self.script(name).content.decode()
            for secret in (private, self.account.hook, person_key(self.account), self.account.secret):
                self.assertNotIn(secret, text)

    def test_without_a_key_nobody_can_subscribe_and_nothing_breaks(self) -> None:
        for secret in ("", seal("nonsense"), "not sealed at all"):
            self.account.secret = secret
            self.account.save()
            self.assertEqual(self.facts()["key"], "")
        self.assertEqual(self.facts(make_account("fcm"))["key"], "")

    def test_no_other_names_and_no_other_methods(self) -> None:
        for name in ("other", "krug2", "..%2Fkrug"):
            self.assertEqual(self.script(name).status_code, 404)
        self.assertEqual(Client().post(f"/push/{self.account.pk}/krug.js").status_code, 405)

    def test_words_of_an_account_cannot_leave_their_string(self) -> None:
        self.account.options |= {"consent": '"});alert(1);//\u2028</script>'}
        self.account.save()
        self.assertEqual(self.facts()["consent"], '"});alert(1);//\u2028</script>')
