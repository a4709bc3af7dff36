"""Accounts that do not send, on the start page."""

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from channels import health
from channels.models import Account, AccountHealth
from crmsite import channel_alarms
from tests.crmsite.builders import make_staff


class ChannelAlarmsTest(TestCase):
    def test_those_that_wait_for_a_person_come_first_and_others_are_told_their_time(self) -> None:
        first, second, off = (
            Account.objects.create(name=name, channel="sms", provider="smtp") for name in ("А", "Б", "В")
        )
        AccountHealth.objects.create(account=first, pause="probe", reason="Не отвечает", paused_until=timezone.now())
        health.failed(second.pk, "Пароль не подошёл", permanent=True)
        health.failed(off.pk, "Пароль не подошёл", permanent=True)
        Account.objects.filter(pk=off.pk).update(is_active=False)
        tasks = channel_alarms.tasks_for(make_staff("manager"))
        self.assertEqual([(task.tone, "Б" in task.text) for task in tasks], [("danger", True), ("warning", False)])
        self.assertIn("Не отвечает. Следующая попытка", tasks[1].detail)
        self.client.force_login(make_staff("administrator"))
        self.assertContains(self.client.get(reverse("admin:index")), "Аккаунт «Б» не отправляет")

    def test_all_is_well(self) -> None:
        self.assertEqual(channel_alarms.tasks_for(make_staff("manager")), [])
