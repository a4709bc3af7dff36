from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from segments.admin.dictionary_files import BrandSpellingResource, CarModelResource, spelled
from segments.models import BrandSpelling, CarModel, Mapping
from tests.segments.builders import make_brand, make_source, make_staff

NAMES = ["brand", "brandspelling", "carmodel", "city", "cityspelling", "centre", "salesperson", "source"]


def _rights(*actions: str) -> list[str]:
    return [f"segments.{action}_{name}" for action in actions for name in NAMES]


class Dictionaries(TestCase):
    def test_each_list_opens_for_those_with_the_right_alone(self) -> None:
        make_brand()
        make_source()
        for rights, status in ((_rights("view"), 200), ([], 403)):
            self.client.force_login(make_staff(*rights))
            for name in NAMES:
                for page in ("changelist", "export"):
                    url = reverse(f"admin:segments_{name}_{page}")
                    assert self.client.get(url).status_code == status, url

    def test_loading_a_file_needs_the_rights_to_add_and_change(self) -> None:
        url = reverse("admin:segments_brand_import")
        for actions, status in ((["view", "add"], 403), (["view", "add", "change"], 200)):
            self.client.force_login(make_staff(*_rights(*actions)))
            assert self.client.get(url).status_code == status

    def test_what_history_points_at_is_not_deleted(self) -> None:
        self.client.force_login(make_staff(*_rights("view", "delete")))
        url = reverse("admin:segments_brand_delete", args=[make_brand().pk])
        assert self.client.post(url, {"post": "yes"}).status_code == 403

    def test_a_spelling_is_kept_as_the_import_compares_it(self) -> None:
        brand = make_brand("Geely")
        self.client.force_login(make_staff(*_rights("view", "add")))
        url = reverse("admin:segments_brandspelling_add")
        self.client.post(url, {"spelling": "  ДжИли  МоТОРС Ё ", "brand": brand.pk})
        assert BrandSpelling.objects.latest("pk").spelling == spelled("джили моторс е") == "джили моторс е"

    def test_a_zone_is_chosen_not_typed(self) -> None:
        self.client.force_login(make_staff(*_rights("view", "add")))
        response = self.client.post(reverse("admin:segments_city_add"), {"name": "Омск", "time_zone": "Omsk"})
        assert "time_zone" in response.context["adminform"].form.errors

    def test_a_mapping_is_shown_by_its_fields(self) -> None:
        mapping = Mapping.objects.create(source=make_source(), kind="cards", name="1С", columns={"email": ["E-mail"]})
        self.client.force_login(make_staff("segments.view_mapping"))
        self.assertContains(self.client.get(reverse("admin:segments_mapping_change", args=[mapping.pk])), "E-mail")


class Files(TestCase):
    def test_titles_are_those_of_the_interface(self) -> None:
        with override("en"):
            assert CarModelResource().export().headers == ["Brand", "Name", "Class", "Base price, ₽"]

    def test_a_file_loads_once_and_again_changes_nothing(self) -> None:
        make_brand("Geely")
        rows = CarModelResource().export(CarModel.objects.none())
        rows.append(["Geely", "Monjaro", "SUV-D", "4500000"])
        for totals in ({"new": 1, "skip": 0}, {"new": 0, "skip": 1}):
            result = CarModelResource().import_data(rows, raise_errors=True)
            assert {name: result.totals[name] for name in totals} == totals
        assert CarModel.objects.get(name="Monjaro").brand.name == "Geely"

    def test_an_unknown_brand_is_a_mistake_of_its_row(self) -> None:
        rows = BrandSpellingResource().export(BrandSpelling.objects.none())
        rows.append(["бибика", "Нет такой"])
        result = BrandSpellingResource().import_data(rows)
        assert result.has_errors() or result.has_validation_errors()
        assert not BrandSpelling.objects.filter(spelling="бибика").exists()

    def test_a_file_goes_through_the_admin(self) -> None:
        self.client.force_login(make_staff(*_rights("view", "add", "change")))
        with override("ru"):
            title = str(CarModelResource().export().headers[1])
        upload = SimpleUploadedFile("brands.csv", f"{title}\nSkoda\n".encode())
        response = self.client.post(reverse("admin:segments_brand_import"), {"format": "1", "import_file": upload})
        self.assertContains(response, "Skoda")
