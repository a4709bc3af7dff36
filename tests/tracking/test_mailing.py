"""Reports by e-mail: their days, who may get them, the real way out, and that no occasion is lost or comes twice."""

import json
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

from django.contrib.auth.models import Permission
from django.http import QueryDict
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from campaigns import permission
from channels.models import Account
from crmsite.embedded.ports import free_port
from segments.models import DataExport
from tests.campaigns.builders import make_account
from tests.peers.process import scripted_mail_server
from tests.segments.builders import make_staff
from tracking.mailing import letters, schedule, sending
from tracking.mailing.sending import drain, plan, sweep
from tracking.models import ReportAddress, ReportLetter, ReportMailing

READ = "campaigns.view_campaign"
BACKEND = "django.contrib.auth.backends.ModelBackend"
MOSCOW = timezone.get_default_timezone()


class Stopped(BaseException):
    """The worker is killed here."""


class Schedule(SimpleTestCase):
    def next_after(self, moment: datetime, **fields: Any) -> str:
        mailing = ReportMailing(hour=9, **fields)
        return f"{timezone.localtime(schedule.next_after(mailing, moment), MOSCOW):%Y-%m-%d %H}"

    def test_days_weeks_and_months(self) -> None:
        at = datetime(2026, 1, 30, 9, tzinfo=MOSCOW)  # a Friday; an occasion is later than the moment
        self.assertEqual(self.next_after(at, every="day"), "2026-01-31 09")
        self.assertEqual(self.next_after(at - timedelta(seconds=1), every="day"), "2026-01-30 09")
        self.assertEqual(self.next_after(at, every="week", weekday=4), "2026-02-06 09")
        self.assertEqual(self.next_after(at, every="month", day=31), "2026-01-31 09")
        self.assertEqual(self.next_after(at + timedelta(days=2), every="month", day=31), "2026-02-28 09")
        self.assertEqual(self.next_after(datetime(2026, 12, 31, 23, tzinfo=UTC), every="month", day=1), "2027-01-01 09")

    def test_months_move_along_and_filters_stay(self) -> None:
        def told(period: str) -> dict[str, str]:
            query = "since=2025-03&until=2025-04&model=click"
            return schedule.address(ReportMailing(query=query, period=period), date(2026, 1, 15))

        self.assertEqual(told("last"), {"since": "2025-12", "until": "2025-12", "model": "click"})
        self.assertEqual((told("quarter")["since"], told("quarter")["until"]), ("2025-11", "2026-01"))
        self.assertEqual((told("year")["since"], told("this")["since"]), ("2025-01", "2026-01"))
        self.assertEqual(told("saved")["since"], "2025-03")

    def test_of_an_address_only_filters_are_kept(self) -> None:
        self.assertEqual(
            schedule.kept_query(QueryDict("model=click&evil=1&brand=" + "9" * 99)), "model=click&brand=" + "9" * 40
        )


class Case(TestCase):
    """A mail server of its own process; one mailing to a colleague and to an address that is allowed."""

    port: ClassVar[int]
    journal: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.port, cls.journal = cls.enterClassContext(scripted_mail_server())

    def setUp(self) -> None:
        self.journal.write_text("")
        permission.turn_on(None)
        self.rung = self.enterContext(mock.patch("segments.bells.ring", return_value=1))
        options = {"host": "127.0.0.1", "port": self.port, "security": "none", "timeout": 5}
        self.account = make_account(
            name="Почта",
            provider="smtp",
            mode=Account.Mode.LIVE,
            options=options,
            sender_address="crm@krug.test",
            is_default=True,
        )
        self.anna = make_staff(READ)
        self.anna.email = "anna@krug.test"
        self.anna.save()
        self.outside = ReportAddress.objects.create(address="boss@holding.test", note="Владелец")
        self.mailing = self.make()

    def make(self, **fields: Any) -> ReportMailing:
        usual = {"name": "Каналы", "report": "channels", "pdf": False, "owner": self.anna, "next_at": timezone.now()}
        mailing = ReportMailing.objects.create(**usual | fields)
        mailing.staff.add(self.anna)
        mailing.addresses.add(self.outside)
        return mailing

    def taken(self) -> list[Any]:
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [message_from_bytes(line["body"].encode("latin-1"), policy=policy.default) for line in lines]

    def states(self) -> dict[str, str]:
        return dict(ReportLetter.objects.order_by("address").values_list("address", "state"))

    def reason(self) -> str:
        return ReportLetter.objects.order_by("-pk")[0].reason


class Sending(Case):
    def test_a_letter_to_each_with_the_files_and_a_line_in_the_log(self) -> None:
        with mock.patch.object(letters.saving, "saved", side_effect=lambda found, kind: kind.encode() * 9):
            ReportMailing.objects.update(pdf=True)
            self.assertEqual((sweep(), drain()), (1, {"sent": 2, "lost": 0}))
        self.assertEqual(self.states(), {"anna@krug.test": "sent", "boss@holding.test": "sent"})
        first, second = self.taken()
        self.assertEqual(
            (first["From"].addresses[0].addr_spec, first["To"], second["To"]),
            ("crm@krug.test", "anna@krug.test", "boss@holding.test"),
        )
        self.assertTrue(first["Subject"].startswith("Каналы, "))
        files = [(part.get_filename(), part.get_content()) for part in first.iter_attachments()]
        self.assertEqual(
            files, [(f"channels-{timezone.localdate()}.{kind}", kind.encode() * 9) for kind in ("pdf", "xlsx")]
        )
        self.assertIn("/by/channels/?since=", first.get_body().get_content())
        logged = list(DataExport.objects.order_by("pk").values_list("kind", "recipient", "user"))
        self.assertEqual(
            logged, [("report", address, self.anna.pk) for address in ("anna@krug.test", "boss@holding.test")]
        )

    def test_once_an_occasion(self) -> None:
        self.assertEqual([plan(self.mailing.pk) for _time in range(2)], [2, 0])
        self.mailing.refresh_from_db()
        self.assertGreater(self.mailing.next_at, timezone.now())
        self.assertEqual([drain()["sent"] for _time in range(2)], [2, 0])
        self.assertEqual(len(self.taken()), 2)

    def test_of_missed_occasions_one_goes(self) -> None:
        ReportMailing.objects.update(next_at=timezone.now() - timedelta(days=40), every="day")
        sweep()
        sweep()
        self.assertEqual(ReportLetter.objects.count(), 2)

    def test_a_worker_killed_over_a_letter_leaves_it_unknown_and_the_next_one_goes(self) -> None:
        plan(self.mailing.pk)
        with mock.patch.object(sending, "_settle", side_effect=Stopped), self.assertRaises(Stopped):
            drain()
        self.assertEqual(self.states(), {"anna@krug.test": "sending", "boss@holding.test": "queued"})
        self.assertEqual([drain(), drain()], [{"sent": 1, "lost": 1}, {"sent": 0, "lost": 0}])
        self.assertEqual(self.states(), {"anna@krug.test": "unknown", "boss@holding.test": "sent"})
        self.assertEqual([letter["To"] for letter in self.taken()], ["anna@krug.test", "boss@holding.test"])

    def test_a_worker_killed_before_the_call_loses_nothing(self) -> None:
        plan(self.mailing.pk)
        with mock.patch.object(sending.letters, "letter", side_effect=Stopped), self.assertRaises(Stopped):
            drain()
        self.assertEqual(drain()["sent"], 2)
        self.assertEqual(len(self.taken()), 2)

    def test_a_server_that_does_not_answer_is_tried_again_for_a_day(self) -> None:
        Account.objects.update(options=self.account.options | {"port": free_port()})
        plan(self.mailing.pk)
        drain()
        self.assertEqual(set(self.states().values()), {"queued"})
        self.assertIn("127.0.0.1", self.reason())
        self.assertGreater(ReportLetter.objects.earliest("due_at").due_at, timezone.now())
        ReportLetter.objects.update(due_at=timezone.now(), made_at=timezone.now() - timedelta(hours=25))
        drain()
        self.assertEqual(set(self.states().values()), {"failed"})

    def test_rights_are_those_of_the_moment(self) -> None:
        bella = make_staff(READ)
        ReportMailing.objects.update(owner=bella)
        self.anna.user_permissions.clear()
        self.outside.delete()
        plan(self.mailing.pk)
        drain()
        self.assertEqual((self.states(), self.taken()), ({"anna@krug.test": "failed"}, []))
        bella.user_permissions.clear()
        self.anna.user_permissions.add(
            Permission.objects.get(content_type__app_label="campaigns", codename="view_campaign")
        )
        sending.send_to(self.mailing, self.anna, self.anna.email)
        drain()
        self.assertEqual((set(self.states().values()), self.taken()), ({"failed"}, []))
        self.assertIn(str(bella), self.reason())

    def test_a_report_that_cannot_be_made_says_so_and_holds_up_nobody(self) -> None:
        other = self.make(name="Воронка", report="funnel")
        for mailing in (self.mailing, other):
            plan(mailing.pk)
        real = letters.made
        with (
            mock.patch.object(
                sending.letters, "made", side_effect=lambda each: 1 / 0 if each == self.mailing else real(each)
            ),
            self.assertLogs("tracking.mailing.sending", "ERROR"),
        ):
            self.assertEqual(drain()["sent"], 2)
        self.assertEqual(
            dict(ReportLetter.objects.values_list("title", "state")), {"Каналы": "failed", "Воронка": "sent"}
        )

    def test_nothing_goes_where_sending_is_off_or_no_account_carries_files(self) -> None:
        plan(self.mailing.pk)
        permission.turn_off(None)
        self.assertEqual(drain()["sent"], 0)
        permission.turn_on(None)
        Account.objects.update(provider="esp_brevo")
        self.assertEqual((drain()["sent"], set(self.states().values())), (0, {"queued"}))
        self.assertTrue(self.reason())


class Pages(Case):
    def setUp(self) -> None:
        super().setUp()
        self.manager = make_staff(
            READ, *(f"tracking.{verb}_reportmailing" for verb in ("view", "add", "change", "delete"))
        )
        self.manager.email = "manager@krug.test"
        self.manager.save()
        self.client.force_login(self.manager, BACKEND)

    def post(self, **fields: Any) -> Any:
        usual = {
            "name": "Воронка", "report": "funnel", "query": "channel=email&x=1", "period": "last", "every": "week", "weekday": 2, "day": 1,
            "hour": 8, "xlsx": "on", "staff": [self.anna.pk], "is_active": "on",
        }  # fmt: skip
        return self.client.post(reverse("admin:tracking_reportmailing_add"), usual | fields)

    def test_the_button_of_a_report_fills_the_form(self) -> None:
        page = self.client.get(reverse("admin:tracking_report", args=["funnel"]), {"channel": "email"})
        self.assertNotContains(page, "reportmailing/add/?report=channels")
        form = self.client.get(reverse("admin:tracking_reportmailing_add"), {"report": "funnel", "channel": "email"})
        initial = form.context["adminform"].form.initial
        self.assertEqual(
            (initial["report"], initial["query"], initial["staff"]), ("funnel", "channel=email", [self.manager.pk])
        )
        for page in (form, self.post(xlsx="")):
            self.assertIn(("Канал", "E-mail"), [(str(name), str(value)) for name, value in page.context["said"]])

    def test_whoever_saves_it_lends_it_his_rights(self) -> None:
        self.assertEqual(self.post().status_code, 302)
        made = ReportMailing.objects.get(report="funnel")
        self.assertEqual((made.owner, made.query), (self.manager, "channel=email"))
        local = timezone.localtime(made.next_at, MOSCOW)
        self.assertEqual((local.weekday(), local.hour), (2, 8))

    def test_what_is_missing_is_said(self) -> None:
        for fields in ({"xlsx": ""}, {"staff": []}, {"report": "nothing"}, {"staff": [make_staff().pk]}):
            self.assertEqual(self.post(**fields).status_code, 200, fields)
        self.assertEqual(ReportMailing.objects.count(), 1)

    def test_now_to_me_once_a_minute(self) -> None:
        url = reverse("admin:tracking_reportmailing_now", args=[self.mailing.pk])
        now = timezone.now().replace(second=30)
        with mock.patch("tracking.mailing.sending.timezone.now", return_value=now):
            for _time in range(2):
                self.client.post(url)
        self.assertEqual(self.states(), {"manager@krug.test": "queued"})
        self.assertEqual(drain()["sent"], 1)
        self.assertContains(
            self.client.get(reverse("admin:tracking_reportmailing_change", args=[self.mailing.pk])), "manager@krug.test"
        )

    def test_paused_it_does_not_go_and_deleted_its_log_stays(self) -> None:
        url = reverse("admin:tracking_reportmailing_pause", args=[self.mailing.pk])
        self.client.post(url)
        ReportMailing.objects.update(next_at=timezone.now())
        self.assertEqual(sweep(), 0)
        self.client.post(url)
        self.mailing.refresh_from_db()
        self.assertGreater(self.mailing.next_at, timezone.now())  # what was missed meanwhile does not come
        ReportMailing.objects.update(next_at=timezone.now())
        sweep()
        self.client.post(reverse("admin:tracking_reportmailing_delete", args=[self.mailing.pk]), {"post": "yes"})
        drain()
        self.assertEqual((set(self.states().values()), self.taken()), ({"failed"}, []))

    def test_who_only_looks_presses_nothing(self) -> None:
        self.client.force_login(make_staff(READ, "tracking.view_reportmailing"), BACKEND)
        page = self.client.get(reverse("admin:tracking_reportmailing_change", args=[self.mailing.pk]))
        self.assertNotContains(page, reverse("admin:tracking_reportmailing_now", args=[self.mailing.pk]))
        for verb in ("now", "pause"):
            answer = self.client.post(reverse(f"admin:tracking_reportmailing_{verb}", args=[self.mailing.pk]))
            self.assertEqual(answer.status_code, 403)
