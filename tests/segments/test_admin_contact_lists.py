"""Lists of contacts in the admin: paste, upload, the report, and what may not be deleted."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse

from segments.models import ContactList, ListedContact
from tests.segments.builders import make_contact, make_customer, make_segment, make_staff

RIGHTS = [f"segments.{action}_contactlist" for action in ("view", "add", "change", "delete")]


class Upload(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = make_staff(*RIGHTS)
        make_contact(make_customer(), "+79216756405")

    def setUp(self) -> None:
        self.client.force_login(self.user)

    def post(self, **data: Any) -> Any:
        return self.client.post(reverse("admin:segments_contactlist_add"), {"name": "Выставка", "note": "", **data})

    def test_pasted(self) -> None:
        response = self.post(pasted="8 921 675-64-05\nмусор\n")
        made = ContactList.objects.get()
        self.assertRedirects(response, reverse("admin:segments_contactlist_changelist"))
        self.assertEqual((made.author, made.lines, made.addresses), (self.user, 2, 1))
        page = self.client.get(reverse("admin:segments_contactlist_change", args=[made.pk]))
        self.assertContains(page, "1 адрес из 2 строк")
        self.assertContains(page, "<td>2</td><td>ни телефона, ни e-mail</td>", html=False)

    def test_a_file(self) -> None:
        content = "Имя;Телефон\nИванов Иван Петрович;89216756405\n".encode("cp1251")
        self.post(file=SimpleUploadedFile("list.csv", content))
        self.assertEqual(ContactList.objects.get().addresses, 1)

    def test_more_text_than_a_form_may_bring_is_answered_with_advice(self) -> None:
        page = self.post(pasted="8 921 675-64-05\n" * 200_000)
        self.assertContains(page, "файлом", status_code=400)

    def test_neither_and_both_and_a_workbook(self) -> None:
        book = SimpleUploadedFile("list.xlsx", b"PK\x03\x04...")
        for data, words in (
            ({}, "что-то одно"),
            ({"pasted": " \n"}, "что-то одно"),
            ({"pasted": "1", "file": SimpleUploadedFile("a.txt", b"1")}, "что-то одно"),
            ({"file": book}, "книга Excel"),
        ):
            with self.subTest(words):
                self.assertContains(self.post(**data), words)
        self.assertFalse(ContactList.objects.exists())

    def test_a_list_in_use_is_not_deleted(self) -> None:
        made = ContactList.objects.create(name="Выставка")
        delete = reverse("admin:segments_contactlist_delete", args=[made.pk])
        self.assertEqual(self.client.get(delete).status_code, 200)
        rule = {"format": 1, "rule": {"field": "in_list", "op": "any_of", "value": [str(made.pk)]}}
        make_segment(name="Гости выставки", rule=rule)
        self.assertEqual(self.client.post(delete, {"post": "yes"}).status_code, 403)
        page = self.client.get(reverse("admin:segments_contactlist_change", args=[made.pk]))
        self.assertContains(page, "«Гости выставки»")

    def test_before_a_deletion_the_addresses_are_counted_not_listed(self) -> None:
        self.post(pasted="8 921 675-64-05")
        made = ContactList.objects.get()
        delete = reverse("admin:segments_contactlist_delete", args=[made.pk])
        page = self.client.get(delete)
        self.assertEqual(page.context["model_count"], {"списки контактов": 1, "адреса": 1}.items())
        self.assertEqual(page.context["deleted_objects"], ["Выставка"])
        self.client.post(delete, {"post": "yes"})
        self.assertFalse(ListedContact.objects.exists())

    def test_the_list_of_lists(self) -> None:
        ContactList.objects.create(name="Выставка", lines=1200, addresses=1100)
        with self.assertNumQueries(7):
            page = self.client.get(reverse("admin:segments_contactlist_changelist"))
        self.assertContains(page, "адресов")
