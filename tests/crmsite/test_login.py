"""Logging in and out, and the lock after wrong passwords."""

from django.conf import settings
from django.test import TestCase

from tests.crmsite.builders import make_staff


class Login(TestCase):
    def setUp(self) -> None:
        self.user = make_staff("manager")
        self.user.set_password("длинный пароль")
        self.user.save()

    def attempt(self, password: str) -> int:
        return self.client.post("/admin/login/?next=/admin/", {"username": "manager", "password": password}).status_code

    def test_the_page_is_russian_and_a_stranger_is_led_to_it(self) -> None:
        self.assertRedirects(
            self.client.get("/admin/segments/customer/"), "/admin/login/?next=/admin/segments/customer/"
        )
        page = self.client.get("/admin/login/")
        for word in ("Войти", "Пароль", "Круг"):
            self.assertContains(page, word)

    def test_in_and_out(self) -> None:
        self.assertEqual(self.attempt("длинный пароль"), 302)
        self.assertEqual(self.client.get("/admin/").status_code, 200)
        self.assertEqual(self.client.get("/admin/logout/").status_code, 405)
        self.assertEqual(self.client.post("/admin/logout/").status_code, 200)
        self.assertEqual(self.client.get("/admin/").status_code, 302)

    def test_wrong_passwords_close_the_door_with_a_clear_page(self) -> None:
        answers = [self.attempt("не тот") for _attempt in range(settings.AXES_FAILURE_LIMIT)]
        self.assertEqual(set(answers[:-1]), {200})
        self.assertEqual(answers[-1], 429)
        closed = self.client.post("/admin/login/", {"username": "manager", "password": "длинный пароль"})
        self.assertContains(closed, "Слишком много неверных паролей", status_code=429)

    def test_the_own_password_can_be_changed(self) -> None:
        self.client.force_login(self.user)
        new = {"old_password": "длинный пароль", "new_password1": "ещё длиннее 7", "new_password2": "ещё длиннее 7"}
        self.assertEqual(self.client.post("/admin/password_change/", new).status_code, 302)
        self.user.refresh_from_db()
        self.assertTrue(self.user.check_password("ещё длиннее 7"))
