"""The trail above a page."""

from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse
from django.utils.html import strip_tags


class Trail(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = get_user_model().objects.create_superuser("chief", password="x")  # noqa: S106

    def trail(self, name: str) -> list[str]:
        """What the header of the page says, crumb by crumb."""
        self.client.force_login(self.user)
        page = self.client.get(reverse(f"admin:{name}")).content.decode()
        header = page.partition("min-w-0 truncate tracking-tight")[2].partition("</h1>")[0].partition("</div>")[0]
        return " ".join(strip_tags(f"<a {header}").split()).split(" chevron_right ")

    def test_no_word_twice(self) -> None:
        self.assertEqual(self.trail("campaigns_campaign_changelist"), ["Кампании"])
        self.assertEqual(self.trail("segments_segment_changelist"), ["Клиенты", "Сегменты"])

    def test_the_section_is_that_of_the_sidebar(self) -> None:
        self.assertEqual(self.trail("auth_group_changelist"), ["Система", "Роли"])

    def test_a_page_that_adds_is_named_after_what_it_adds(self) -> None:
        self.assertEqual(self.trail("campaigns_campaign_add"), ["Кампании", "Новая кампания"])
        self.assertEqual(self.trail("segments_importbatch_add"), ["Клиенты", "Импорты", "Новый импорт"])
