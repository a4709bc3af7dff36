from django.test import TestCase
from django.urls import reverse

from segments.models import BrandSpelling, OperationSpelling, UnknownWord
from tests.segments.builders import make_brand, make_staff

URL = reverse("admin:segments_unknownword_changelist")


class TheList(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager = make_staff("segments.view_unknownword", "segments.change_unknownword")
        cls.brand = make_brand("Citroen")
        BrandSpelling.objects.get_or_create(spelling="ситроен", defaults={"brand": cls.brand})
        cls.word = UnknownWord.objects.create(
            dictionary="brand", spelling="ситроэн", rows=12, example="СИТРОЭН C4 · А1"
        )
        cls.other = UnknownWord.objects.create(dictionary="brand", spelling="прочее", rows=3)
        cls.deal = UnknownWord.objects.create(dictionary="operation", spelling="аренда подменного", rows=40)

    def setUp(self) -> None:
        self.client.force_login(self.manager)

    def act(self, table: str = "brand", **data: object) -> object:
        return self.client.post(f"{URL}?table={table}", data, follow=True)

    def test_a_word_comes_with_its_rows_an_example_and_what_it_looks_like(self) -> None:
        page = self.client.get(f"{URL}?table=brand").content.decode()
        for shown in ("ситроэн", "12", "СИТРОЭН C4 · А1", "может быть, Citroen"):
            assert shown in page
        assert "аренда подменного" not in page

    def test_the_page_begins_where_most_rows_wait(self) -> None:
        assert "аренда подменного" in self.client.get(URL).content.decode()

    def test_a_meaning_is_given_in_its_place(self) -> None:
        page = self.act(**{f"meaning-{self.word.pk}": " citroen ", f"meaning-{self.other.pk}": "", "go": "each"})
        assert BrandSpelling.objects.get(spelling="ситроэн").brand == self.brand
        assert "В базе исправляется 12 строк" in page.content.decode()
        assert "ситроэн" not in [line["word"].spelling for line in page.context["lines"]]

    def test_one_meaning_for_all_ticked(self) -> None:
        self.act(word=[self.word.pk, self.other.pk], meaning="ситроен", go="all")
        assert BrandSpelling.objects.filter(spelling__in=["ситроэн", "прочее"], brand=self.brand).count() == 2

    def test_what_is_not_in_the_dictionary_is_said_beside_the_word(self) -> None:
        page = self.act(**{f"meaning-{self.word.pk}": "Бибика", "go": "each"}).content.decode()
        assert "нет значения «Бибика»" in page
        assert 'value="Бибика"' in page
        assert not BrandSpelling.objects.filter(spelling="ситроэн").exists()

    def test_the_rows_of_an_operation_come_with_the_file_again(self) -> None:
        page = self.act("operation", **{f"meaning-{self.deal.pk}": "визит", "go": "each"}).content.decode()
        assert OperationSpelling.objects.get(spelling="аренда подменного").kind == "visit"
        assert "40 строк войдут, когда файл загрузят ещё раз" in page

    def test_a_word_that_means_nothing_leaves_and_can_come_back(self) -> None:
        self.act(word=[self.other.pk], go="nothing")
        assert "прочее" not in self.client.get(f"{URL}?table=brand").content.decode()
        assert "прочее" in self.client.get(f"{URL}?table=brand&ignored=1").content.decode()
        self.client.post(f"{URL}?table=brand&ignored=1", {"word": [self.other.pk], "go": "something"})
        assert "прочее" in self.client.get(f"{URL}?table=brand").content.decode()

    def test_words_of_another_table_are_out_of_reach(self) -> None:
        self.act("brand", **{f"meaning-{self.deal.pk}": "Citroen", "go": "each"})
        assert not BrandSpelling.objects.filter(spelling="аренда подменного").exists()

    def test_search_by_a_part(self) -> None:
        page = self.client.get(f"{URL}?table=brand&q=Ситро")
        assert [line["word"] for line in page.context["lines"]] == [self.word]

    def test_who_only_looks_changes_nothing(self) -> None:
        self.client.force_login(make_staff("segments.view_unknownword"))
        assert 'name="go"' not in self.client.get(f"{URL}?table=brand").content.decode()
        answer = self.client.post(f"{URL}?table=brand", {"word": [self.word.pk], "go": "nothing"})
        assert answer.status_code == 403

    def test_many_words_take_few_queries(self) -> None:
        UnknownWord.objects.bulk_create(
            UnknownWord(dictionary="brand", spelling=f"слово {number}", rows=1) for number in range(120)
        )
        with self.assertNumQueries(9):
            page = self.client.get(f"{URL}?table=brand")
        assert len(page.context["lines"]) == 50
