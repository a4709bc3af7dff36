"""Files of calls in the words of any provider: columns are proposed, corrected and remembered, and no row is lost."""

from datetime import UTC, datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from tests.media import own_media
from tests.segments.builders import make_staff
from tests.tracking.builders import call_file, call_line
from tests.tracking.call_services import make_call_account
from tracking.calls.mapping import missing, proposed
from tracking.calls.reading import looked_at, read
from tracking.models import Call
from tracking.telephony_models import CallFileMapping

AT = datetime(2026, 5, 3, 11, 5, tzinfo=UTC)
FILES = {
    "comagic": "Дата и время;Номер абонента;Виртуальный номер;ID сессии звонка;Длительность разговора;Статус звонка;Тип звонка;Сотрудники;Теги\n"
    "2026-05-03 14:05:00;79211234567;78120006666;4711;00:03:10;Успешный;Входящий;Иванов;Тест-драйв\n"
    "2026-05-03 15:05:00;79211234568;78120006666;4712;00:00:00;Потерянный;Входящий;;\n",
    "calltouch": "ID звонка,Дата,Время,Источник,Номер клиента,Отслеживаемый номер,Длительность звонка,Успешный,Теги\n"
    "4711,03.05.2026,14:05:00,email,+7 (921) 123-45-67,+7 (812) 000-66-66,190,Да,Тест-драйв\n"
    "4712,03.05.2026,15:05:00,email,+7 (921) 123-45-68,+7 (812) 000-66-66,0,Нет,\n",
    "mango": "Дата и время вызова;Кто;Номер линии;Тип вызова;Сотрудник;Длительность разговора;Entry_id\n"
    "03.05.2026 14:05;8 921 123-45-67;8 812 000-66-66;Входящий;Иванов;3:10;4711\n"
    "03.05.2026 15:05;8 921 123-45-68;8 812 000-66-66;Входящий;;0:00;4712\n",
    "callibri": "Дата;Телефон;Номер канала;Канал;Длительность;Статус\n"
    "2026-05-03T14:05:00.000+03:00;79211234567;78120006666;Письма;190;Принят\n"
    "2026-05-03T15:05:00.000+03:00;79211234568;78120006666;Письма;0;Пропущен\n",
}
STRANGE = (
    "Когда|Кто нам звонил|На какой|Говорили".replace("|", ";") + "\n03.05.2026 14:05;89211234567;88120006666;190\n"
)
RIGHTS = ("tracking.add_call", "tracking.view_call")


class Words(SimpleTestCase):
    def test_exports_of_every_provider_say_the_same(self) -> None:
        for name, text in FILES.items():
            with self.subTest(name):
                data = text.encode("cp1251")
                columns = proposed(looked_at(data)[0])
                self.assertEqual(missing(columns), [])
                file = read(data, columns=columns)
                self.assertEqual((len(file.rows), file.refused), (2, []))
                talked, lost = file.rows
                self.assertEqual(
                    (talked.started_at, talked.caller, talked.virtual_number), (AT, "+79211234567", "+78120006666")
                )
                self.assertEqual((talked.talk_seconds, talked.is_lost, talked.direction), (190, False, "in"))
                self.assertEqual((lost.is_lost, lost.talk_seconds), (True, 0))
                if name != "callibri":
                    self.assertEqual((talked.external_id, lost.external_id), ("4711", "4712"))

    def test_a_call_without_a_number_has_always_the_same_one(self) -> None:
        data = FILES["callibri"].encode()
        columns = proposed(looked_at(data)[0])
        keys = [row.external_id for row in read(data, columns=columns).rows]
        again = read(FILES["callibri"].replace("Принят", "Сделка").encode(), columns=columns)
        self.assertEqual(([row.external_id for row in again.rows], len(set(keys))), (keys, 2))

    def test_unknown_words_are_asked_about(self) -> None:
        columns = proposed(looked_at(STRANGE.encode())[0])
        self.assertEqual(missing(columns), ["start_time", "virtual_phone_number", "contact_phone_number"])

    def test_what_was_saved_comes_first_and_what_was_refused_stays_so(self) -> None:
        headers = ["Дата и время", "Телефон", "Кому", "Статус"]
        saved = {"virtual_phone_number": "Телефон", "status": "", "contact_phone_number": "Нет такой"}
        columns = proposed(headers, saved)
        self.assertEqual(columns, {"virtual_phone_number": "Телефон", "start_time": "Дата и время"})
        self.assertIn("status", proposed(["Статус"], saved))  # another layout

    def test_a_bad_row_is_named_by_the_column_of_the_file(self) -> None:
        text = FILES["mango"] + "вчера;8 921 123-45-67;8 812 000-66-66;Входящий;;0:10;5\n03.05.2026 14:05;1;2\n;;;;;;\n"
        data = text.encode()
        file = read(data, columns=proposed(looked_at(data)[0]))
        told = [(refusal.line, refusal.column) for refusal in file.refused]
        self.assertEqual((told, file.read, len(file.rows)), ([(4, "Дата и время вызова"), (5, "")], 4, 2))

    def test_outgoing_and_unknown_directions(self) -> None:
        data = FILES["mango"].replace("Входящий", "Исходящий", 1).replace("Входящий", "Обратный").encode()
        file = read(data, columns=proposed(looked_at(data)[0]))
        self.assertEqual([(row.direction, row.is_lost) for row in file.rows], [("out", False), ("in", True)])


class Pages(TestCase):
    def setUp(self) -> None:
        own_media(self)
        self.page = reverse("admin:tracking_call_upload")
        self.client.force_login(make_staff(*RIGHTS))

    def choose(self, data: str | bytes, **told: object) -> HttpResponse:
        data = data if isinstance(data, bytes) else data.encode()
        return self.client.post(self.page, {"file": SimpleUploadedFile("calls.csv", data), **told})

    def again(self, page: HttpResponse, *, check: bool = False, **columns: str) -> HttpResponse:
        """What the page would send, with other columns."""
        seen = page.context["seen"]
        told = {f"col_{each.field.name}": each.column for each in seen.choices()} | {
            f"col_{k}": v for k, v in columns.items()
        }
        return self.client.post(
            self.page, {"sealed": seen.sealed, "whose": seen.whose, **told, **({"check": "1"} if check else {})}
        )

    def test_a_file_in_our_words_asks_nothing(self) -> None:
        page = self.choose(call_file([call_line("+78120006666")]))
        self.assertNotContains(page, "Колонки файла")
        self.client.post(self.page, {"sealed": page.context["sealed"]})
        self.assertEqual((Call.objects.count(), CallFileMapping.objects.count()), (1, 0))

    def test_columns_are_corrected_and_remembered(self) -> None:
        page = self.choose(STRANGE, whose="other")
        self.assertContains(page, "Выберите ниже")
        self.assertIsNone(page.context["preview"])
        chosen = {
            "start_time": "Когда",
            "contact_phone_number": "Кто нам звонил",
            "virtual_phone_number": "На какой",
            "talk_duration": "Говорили",
        }
        page = self.again(page, check=True, **chosen)
        self.assertEqual((page.context["preview"].new, Call.objects.count()), (1, 0))
        self.assertNotContains(page, "9211234567")
        self.assertEqual(self.again(page).status_code, 302)
        call = Call.objects.get()
        self.assertEqual((call.started_at, call.talk_seconds, call.external_id[:6]), (AT, 190, "other:"))
        page = self.choose(STRANGE, whose="other")
        self.assertEqual((page.context["preview"].unchanged, page.context["seen"].columns), (1, chosen))

    def test_examples_show_no_caller_whole_and_dates_as_they_stand(self) -> None:
        page = self.choose(FILES["calltouch"])
        self.assertContains(page, "03.05.2026")
        self.assertNotContains(page, "123-45-67")

    def test_a_load_without_what_is_needed_loads_nothing(self) -> None:
        page = self.choose(STRANGE)
        self.assertContains(self.again(page), "Выберите ниже")
        self.assertEqual(Call.objects.count(), 0)

    def test_the_account_says_the_clock_and_keeps_numbers_apart(self) -> None:
        account = make_call_account("calltouch", time_zone="Asia/Vladivostok")
        for whose in (str(account.pk), "own"):
            page = self.choose(FILES["calltouch"], whose=whose)
            self.assertEqual(self.again(page).status_code, 302)
        told = dict(Call.objects.filter(external_id__endswith="4711").values_list("external_id", "started_at"))
        self.assertEqual(told, {f"{account.pk}:4711": datetime(2026, 5, 3, 4, 5, tzinfo=UTC), "4711": AT})
        self.assertEqual(set(CallFileMapping.objects.values_list("whose", flat=True)), {str(account.pk), "own"})
