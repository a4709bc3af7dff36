"""Recordings of calls: who may listen, what is written down, and that nothing but the provider is ever asked."""

from typing import Any, ClassVar

from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from tests.peers.call_tracking_others import AUDIO
from tests.segments.builders import make_customer, make_staff
from tests.tracking.call_services import FakeCase, make_call_account
from tracking.models import Call
from tracking.telephony import recordings

PERMISSIONS = ("tracking.view_call", "tracking.listen_call")


class Places(SimpleTestCase):
    hosts: ClassVar[list[str]] = ["comagic.ru"]
    addresses: ClassVar[list[str]] = ["http://10.0.0.5:8080/v2.0"]

    def test_only_the_provider_over_https_and_what_the_administrator_entered(self) -> None:
        for url in ("https://comagic.ru/r/1", "https://app.comagic.ru:443/r", "http://10.0.0.5:8080/any?x=1"):
            self.assertTrue(recordings.is_allowed(url, self.hosts, self.addresses), url)

    def test_nothing_else(self) -> None:
        for url in (
            "http://app.comagic.ru/r", "https://comagic.ru.evil.ru/r", "https://evilcomagic.ru/r", "https://evil.ru/comagic.ru", "//comagic.ru/r",
            "https://comagic.ru@evil.ru/", "https://evil.ru#@comagic.ru/", "https://evil.ru\\@comagic.ru/", "https://app.comagic.ru:8443/r",
            "javascript:alert(1)//comagic.ru", "file:///etc/passwd", "https://169.254.169.254/", "https://127.1/", "https://[::1]/", "https://[",
            "https://comagic.ru:port/", "", "recording", "http://10.0.0.5/any", "https://10.0.0.5:8080/", "https://comagic.ru\r\n/x", "https://comagic。ru/",
        ):  # fmt: skip
            self.assertFalse(recordings.is_allowed(url, self.hosts, self.addresses), url)


class Listening(FakeCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.customer = make_customer()
        self.account = make_call_account(url=f"{self.url}/v2.0", records=f"{self.url}/talk")
        self.client.force_login(make_staff(*PERMISSIONS))

    def make_call(self, *records: str, account: Any = None, **fields: Any) -> Call:
        account = account or self.account
        fields.setdefault("details", {"call_records": list(records)})
        number = f"{account.key_prefix}{4711 + Call.objects.count()}"
        return Call.objects.create(
            external_id=number, account=account, communication="9", started_at=timezone.now(), talk_seconds=60,
            customer=self.customer, caller="+79211234567", **fields,
        )  # fmt: skip

    def listen(self, call: Call, method: str = "post") -> HttpResponse:
        return getattr(self.client, method)(reverse("admin:tracking_call_listen", args=[call.pk]))

    def sound(self, call: Call, number: int = 0) -> HttpResponse:
        return self.client.get(reverse("admin:tracking_call_sound", args=[call.pk]), {"n": number})

    def test_it_is_written_down_before_it_is_heard(self) -> None:
        call = self.make_call("a1", "b2")
        self.assertContains(self.listen(call, "get"), "Кто слушает")
        self.assertEqual((self.sound(call).status_code, LogEntry.objects.count(), self.asked()), (302, 0, []))
        page = self.listen(call)
        self.assertContains(page, "<audio", count=2)
        written = LogEntry.objects.order_by("pk").values_list("object_id", "change_message")
        self.assertEqual([pk for pk, _said in written], [str(call.pk), str(self.customer.pk)])
        self.assertNotIn("9211234567", "".join(said for _pk, said in written))
        heard = self.sound(call, 1)
        self.assertEqual((heard.content, heard["Content-Type"]), (AUDIO, "audio/mpeg"))
        self.assertIn("no-store", heard["Cache-Control"])
        self.assertEqual(self.asked()[-1]["path"], "/comagic/talk/9/b2/")

    def test_another_call_is_not_heard_with_it(self) -> None:
        self.listen(self.make_call("a1"))
        other = self.make_call("c3")
        self.assertEqual((self.sound(other).status_code, self.asked()), (302, []))

    def test_without_the_right_nothing(self) -> None:
        call = self.make_call("a1")
        self.client.force_login(make_staff("tracking.view_call"))
        self.assertEqual([self.listen(call).status_code, self.sound(call).status_code], [403, 403])
        self.assertNotContains(self.client.get(reverse("admin:tracking_call_changelist")), "Прослушать")

    def test_a_link_stands_in_the_list(self) -> None:
        call = self.make_call("a1")
        Call.objects.create(external_id="x", started_at=timezone.now())
        page = self.client.get(reverse("admin:tracking_call_changelist"))
        self.assertContains(page, reverse("admin:tracking_call_listen", args=[call.pk]), count=1)

    def test_redirections_stay_with_the_provider(self) -> None:
        moved, away, circle = (self.make_call(name) for name in ("moved", "away", "circle"))
        for call in (moved, away, circle):
            self.listen(call)
        self.assertEqual(self.sound(moved).content, AUDIO)
        self.assertEqual((self.sound(away).status_code, self.sound(circle).status_code), (502, 502))

    def test_a_link_of_a_notification_that_leads_elsewhere_is_not_opened(self) -> None:
        call = self.make_call(
            details={"recording": f"{self.fake.replace('127.0.0.1', 'localhost')}/comagic/talk/9/a1/"}
        )
        self.listen(call)
        answer = self.sound(call)
        self.assertContains(answer, "не по адресу этого провайдера", status_code=502)
        self.assertEqual(self.asked(), [])

    def test_what_is_no_sound_is_a_sentence(self) -> None:
        call = self.make_call("login")
        self.listen(call)
        self.assertContains(self.sound(call), "удалена", status_code=502)

    def test_recordings_of_every_provider(self) -> None:
        calltouch = make_call_account("calltouch", url=f"{self.fake}/calltouch", site="1")
        mango = make_call_account("mango", url=f"{self.fake}/mango/vpbx")
        callibri = make_call_account("callibri", url=f"{self.fake}/callibri")
        link = {"recording": f"{self.fake}/comagic/talk/9/a1/"}
        calls = [
            self.make_call(account=calltouch),
            self.make_call("cmVj+/==", account=mango),
            self.make_call(account=callibri, details=link),
        ]
        for call in calls:
            self.listen(call)
            self.assertEqual(self.sound(call).content, AUDIO, call.account)
        self.assertNotIn("good-token", self.listen(calls[0]).content.decode())
        gone = self.make_call("gone", account=mango)
        self.listen(gone)
        self.assertEqual(self.sound(gone).status_code, 502)

    def test_a_call_without_a_recording(self) -> None:
        answer = self.listen(self.make_call(), "get")
        self.assertEqual((answer.status_code, LogEntry.objects.count()), (302, 0))
