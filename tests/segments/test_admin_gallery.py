"""The gallery: everybody sees it, a manager makes a segment with one click, wrong answers come back with a word."""

from django.test import TestCase
from django.urls import reverse

from segments.models import ReadyMade, Segment
from segments.ready_made import cuts
from tests.segments.builders import make_brand, make_staff

PAGE = reverse("admin:segments_segment_ready")
RIGHTS = ("segments.view_segment", "segments.add_segment", "segments.change_segment")


MAKE = reverse("admin:segments_segment_make")


class Gallery(TestCase):
    def setUp(self) -> None:
        self.user = make_staff(*RIGHTS)
        self.client.force_login(self.user)

    def test_every_cut_has_its_tile_with_its_rule_in_words(self) -> None:
        page = self.client.get(PAGE)
        for cut in cuts():
            self.assertContains(page, f'id="{cut.key}"')
        self.assertContains(page, "День рождения — в ближайшие 14 дней")

    def test_one_click_with_the_usual_answers(self) -> None:
        response = self.client.post(MAKE, {"cut": "birthday", "birthday-days": "14"})
        segment = Segment.objects.get()
        self.assertRedirects(response, reverse("admin:segments_segment_change", args=[segment.pk]))
        self.assertEqual((segment.owner, segment.rule["rule"]["all"][0]["value"]), (self.user, 14))

    def test_a_made_one_is_linked_and_counted(self) -> None:
        self.client.post(MAKE, {"cut": "birthday", "birthday-days": "14"})
        Segment.objects.update(size=1234)
        page = self.client.get(PAGE)
        self.assertContains(page, "Уже есть:")
        self.assertContains(page, "1\u00a0234 человека")

    def test_brands_are_chosen_from_the_dictionary(self) -> None:
        make_brand("Kia")
        self.client.post(MAKE, {"cut": "owners", "owners-brands": ["Kia"]})
        self.assertEqual(ReadyMade.objects.get().values, {"brands": ["Kia"]})

    def test_wrong_answers_come_back(self) -> None:
        for key, data in (
            ("owners", {}),
            ("owners", {"owners-brands": ["Тазик"]}),
            ("birthday", {"birthday-days": "0"}),
            ("birthday", {"birthday-days": "завтра"}),
            ("price", {"price-least": "900", "price-most": "100"}),
        ):
            page = self.client.post(MAKE, {"cut": key} | data)
            self.assertEqual(page.status_code, 200, (key, data))
            self.assertContains(page, f'{MAKE}#{key}"')  # the browser goes back to the card that was refused
            self.assertContains(page, "errorlist" if key != "price" else "kb-problem")
        self.assertFalse(Segment.objects.exists())

    def test_no_such_cut(self) -> None:
        response = self.client.post(MAKE, {"cut": "horoscope"}, follow=True)
        self.assertContains(response, "Такого готового сегмента нет")

    def test_who_may_only_look_sees_no_button(self) -> None:
        self.client.force_login(make_staff("segments.view_segment"))
        self.assertNotContains(self.client.get(PAGE), "Создать сегмент")
        self.assertEqual(self.client.post(MAKE, {"cut": "birthday", "birthday-days": "14"}).status_code, 403)
        self.client.force_login(make_staff("segments.view_customer"))
        self.assertEqual(self.client.get(PAGE).status_code, 403)
