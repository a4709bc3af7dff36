from campaigns import approval, variants, writing
from tests.campaigns.builders import LETTER, make_content
from tests.campaigns.test_admin_campaigns import Pages
from tests.segments.builders import make_brand


class VersionPages(Pages):
    def setUp(self) -> None:
        super().setUp()
        make_content(self.campaign, subject="Осенний сервис", author=self.manager)

    def restore(self, version: object) -> object:
        return self.client.post(self.url("restore"), {"version": version}, follow=True)

    def test_the_list_says_who_changed_what(self) -> None:
        page = self.client.get(self.url("versions"))
        self.assertContains(page, "Версия 2")
        self.assertContains(page, "Мария Крылова")
        self.assertContains(page, "<del>Весенний</del> сервис")
        self.assertContains(page, "<ins>Осенний</ins> сервис")
        self.assertContains(page, "Первая версия")
        self.assertContains(self.client.get(self.url("change")), self.url("versions"))

    def test_a_version_comes_back_by_a_button_of_a_draft(self) -> None:
        self.assertContains(self.restore(1), "Версия 1 возвращена, теперь это версия 3")
        self.assertEqual(writing.current(self.campaign).subject, "Весенний сервис")
        for wrong in ("", "9", "1x", "9" * 30):
            self.assertContains(self.restore(wrong), "Такой версии нет")
        approval.submit(self.campaign, self.manager)
        page = self.client.get(self.url("versions"))
        self.assertNotContains(page, "Вернуть эту версию")
        self.assertContains(page, "пока кампания — черновик")
        self.assertContains(self.restore(1), "уже не черновик")

    def test_who_may_not_change_only_looks(self) -> None:
        self.client.force_login(self.analyst)
        self.assertNotContains(self.client.get(self.url("versions")), "Вернуть эту версию")
        self.assertEqual(self.client.post(self.url("restore"), {"version": 1}).status_code, 403)

    def test_saving_writes_down_who(self) -> None:
        self.client.post(self.url("change"), self.form_data(subject="Зима"))
        self.assertEqual(writing.current(self.campaign).author, self.manager)

    def test_many_versions_come_a_page_at_a_time(self) -> None:
        for number in range(21):
            make_content(self.campaign, subject=f"Тема {number}")
        page = self.client.get(self.url("versions"))
        self.assertContains(page, "?before=4")
        older = self.client.get(self.url("versions"), {"before": "4"})
        self.assertContains(older, "Версия 3")
        self.assertNotContains(older, "?before=")
        self.assertEqual(self.client.get(self.url("versions"), {"before": "x" * 40}).status_code, 200)

    def test_each_brand_and_variant_has_a_history_of_its_own(self) -> None:
        lada = make_brand("Lada")
        variants.add(self.campaign)
        for number in (1, 2):
            for brand, variant in ((lada, ""), (None, "B")):
                texts = {"subject": f"{brand or variant} {number}", "preheader": "", "body": LETTER}
                writing.write(self.campaign, brand, variant=variant, **texts)
        main = self.client.get(self.url("versions"))
        self.assertEqual([row["number"] for row in main.context["rows"]], [2, 1])
        self.assertNotContains(main, "Lada 1")
        for key, word in ((str(lada.pk), "Lada"), ("B", "B")):
            page = self.client.get(self.url("versions"), {"of": key})
            self.assertEqual([row["number"] for row in page.context["rows"]], [2, 1])
            self.assertContains(page, f"{word} ")
        first = self.campaign.contents.filter(variant="B").order_by("version").first()
        self.assertContains(self.restore(first.version), "Версия 1 возвращена, теперь это версия 3")
        self.assertEqual(writing.current(self.campaign, variant="B").subject, "B 1")
        self.assertEqual(writing.current(self.campaign).subject, "Осенний сервис")
