from types import SimpleNamespace

from django.test import SimpleTestCase

from segments.masking import mask_email, mask_phone, mask_text, plain, shown


def _user(*rights: str) -> SimpleNamespace:
    return SimpleNamespace(has_perm=rights.__contains__)


class Masking(SimpleTestCase):
    def test_a_phone_keeps_its_last_four_digits(self) -> None:
        assert mask_phone("+79123456789") == "+7 *** ***-67-89"
        assert mask_phone("+375291234567") == "+*** *** ***-45-67"

    def test_what_is_too_short_to_hide_anything_is_hidden_whole(self) -> None:
        assert mask_phone("12345") == "***"
        assert mask_phone("") == ""
        assert mask_email("nobody") == "***"
        assert mask_email("") == ""

    def test_an_address_keeps_its_first_letter_and_domain(self) -> None:
        assert mask_email("ivanova@mail.ru") == "i***@mail.ru"

    def test_a_mailbox_of_one_letter_is_hidden_whole(self) -> None:
        assert mask_email("i@mail.ru") == "***@mail.ru"

    def test_phones_are_spaced_as_people_write_them(self) -> None:
        assert plain("phone", "+79123456789") == "+7 912 345-67-89"
        assert plain("phone", "+375291234567") == "+375291234567"

    def test_only_the_right_unmasks(self) -> None:
        assert shown(_user(), "phone", "+79123456789") == "+7 *** ***-67-89"
        assert shown(_user("segments.reveal_contacts"), "email", "ivanova@mail.ru") == "i***@mail.ru"
        assert shown(_user("segments.view_contacts"), "email", "ivanova@mail.ru") == "ivanova@mail.ru"

    def test_in_a_text_only_contacts_are_hidden(self) -> None:
        said = "22.11.2026, 10:15, Анна <anna@mail.ru> пишет: +7 912 345-67-89, 89123456789; VIN XTA210990Y1234567, 1 250 000 ₽"
        masked = "22.11.2026, 10:15, Анна <a***@mail.ru> пишет: +7 *** ***-67-89, +*** *** ***-67-89; VIN XTA210990Y1234567, 1 250 000 ₽"
        assert mask_text(said) == masked
