"""The address of an account's webhook: shown to whoever may change the account, changed by a button."""

from django.test import TestCase, override_settings
from django.urls import reverse

from channels import doors
from channels.models import Account
from tests.peers.signed import make_account, registered
from tests.segments.builders import make_staff


class DoorTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.account = make_account()
        cls.boss = make_staff("channels.view_account", "channels.change_account")

    def setUp(self) -> None:
        doors.forget()
        registered.start()
        self.addCleanup(registered.stop)

    def page(self) -> str:
        return self.client.get(reverse("admin:channels_account_change", args=[self.account.pk])).content.decode()

    def test_every_account_has_an_address_of_its_own(self) -> None:
        hooks = {make_account(f"Ещё {n}").hook for n in range(20)}
        self.assertEqual((len(hooks), {len(hook) for hook in hooks}), (20, {22}))

    @override_settings(PUBLIC_URL="https://crm.example")
    def test_the_whole_address_is_what_is_pasted(self) -> None:
        self.assertEqual(doors.address_of(self.account), f"https://crm.example/hooks/{self.account.hook}/")
        self.assertEqual(doors.address_of(Account(provider="inbox")), "")
        self.assertEqual(doors.address_of(Account(provider="gone")), "")

    def test_a_found_account_is_remembered_and_a_stranger_is_not(self) -> None:
        self.assertEqual(doors.account_at(self.account.hook), self.account)
        with self.assertNumQueries(0):
            doors.account_at(self.account.hook)
        for _time in range(2):
            with self.assertNumQueries(1):
                self.assertIsNone(doors.account_at("nobody"))

    def test_it_is_shown_only_to_those_who_may_change_the_account(self) -> None:
        self.client.force_login(self.boss)
        self.assertIn(self.account.hook, self.page())
        self.client.force_login(make_staff("channels.view_account"))
        self.assertNotIn(self.account.hook, self.page())

    def test_the_button_closes_the_old_address(self) -> None:
        old = self.account.hook
        doors.account_at(old)
        self.client.force_login(self.boss)
        answer = self.client.post(reverse("admin:channels_account_rotate", args=[self.account.pk]), follow=True)
        self.assertContains(answer, "новый адрес")
        self.account.refresh_from_db()
        self.assertNotEqual(self.account.hook, old)
        self.assertIsNone(doors.account_at(old))
        self.client.force_login(make_staff("channels.view_account"))
        refused = self.client.post(reverse("admin:channels_account_rotate", args=[self.account.pk]))
        self.assertEqual(refused.status_code, 403)
