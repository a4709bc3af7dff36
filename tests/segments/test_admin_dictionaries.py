import io

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override
from import_export.formats.base_formats import CSV, XLSX
from tablib import Dataset

from segments.admin.dictionary_files import resource_of, spelled
from segments.formulas import STARTS, as_it_was, harmless
from segments.models import Brand, BrandSpelling, CarModel, City, Interaction, Mapping, OperationSpelling
from tests.segments.builders import make_brand, make_source, make_staff

NAMES = [
    "brand", "brandspelling", "carmodel", "city", "cityspelling", "operationspelling", "centre", "salesperson", "source",
]  # fmt: skip


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
            assert resource_of(CarModel)().export().headers == [
                "Brand", "Name", "Class", "Price band", "Base price, ₽", "Classmates (other models of the class)",
            ]  # fmt: skip

    def test_a_file_loads_once_and_again_changes_nothing(self) -> None:
        make_brand("Geely")
        rows = resource_of(CarModel)().export(CarModel.objects.none())
        rows.append(["Geely", "Monjaro", "SUV-D", "3–5 млн", "4 500 000,00", ""])
        for totals in ({"new": 1, "skip": 0}, {"new": 0, "skip": 1}):
            result = resource_of(CarModel)().import_data(rows, raise_errors=True)
            assert {name: result.totals[name] for name in totals} == totals
        assert CarModel.objects.get(name="Monjaro").brand.name == "Geely"

    def test_an_unknown_brand_is_a_mistake_of_its_row(self) -> None:
        rows = resource_of(BrandSpelling)().export(BrandSpelling.objects.none())
        rows.append(["бибика", "Нет такой"])
        result = resource_of(BrandSpelling)().import_data(rows)
        assert result.has_errors() or result.has_validation_errors()
        assert not BrandSpelling.objects.filter(spelling="бибика").exists()

    def test_a_file_goes_through_the_admin(self) -> None:
        self.client.force_login(make_staff(*_rights("view", "add", "change")))
        with override("ru"):
            title = str(resource_of(CarModel)().export().headers[1])
        upload = SimpleUploadedFile("brands.csv", f"{title}\nSkoda\n".encode())
        response = self.client.post(reverse("admin:segments_brand_import"), {"format": "1", "import_file": upload})
        self.assertContains(response, "Skoda")

    def test_what_a_cell_may_not_say_is_told_in_a_sentence(self) -> None:
        make_brand("Geely")
        for model, row, sentence in (
            (BrandSpelling, ["бибика", "Нет такой"], "There is no “Нет такой” in the dictionary “brands”."),
            (CarModel, ["Geely", "Atlas", "", "", "дорого", ""], "“дорого” is not a sum of roubles."),
            (City, ["Омск", "Omsk"], "“Omsk” is not a time zone."),
            (OperationSpelling, ["аренда", "прокат"], "“прокат” is none of: sale, service order"),
        ):
            with override("en"):
                rows = resource_of(model)().export(model._default_manager.none())
                rows.append(row)
                result = resource_of(model)().import_data(rows)
            said = str([row.error for row in result.invalid_rows])
            assert sentence in said, said

    def test_a_file_without_its_key_is_refused_whole(self) -> None:
        rows = Dataset(["SUV"], headers=["Class"])
        with override("en"):
            result = resource_of(CarModel)().import_data(rows)
        assert "The file lacks the columns: Brand, Name." in str(result.base_errors[0].error)

    def test_a_kind_is_named_as_people_read_it(self) -> None:
        rows = resource_of(OperationSpelling)().export(OperationSpelling.objects.filter(spelling="продажа"))
        assert rows[0] == ("продажа", str(Interaction.Kind.SALE.label))
        rows.append(["Аренда  Подменного", "visit"])
        resource_of(OperationSpelling)().import_data(rows, raise_errors=True)
        assert OperationSpelling.objects.get(spelling="аренда подменного").kind == "visit"

    def test_classmates_are_written_and_never_read(self) -> None:
        geely, chery = make_brand("Geely"), make_brand("Chery")
        for brand, name in ((geely, "Monjaro"), (chery, "Tiggo 9"), (geely, "Okavango")):
            CarModel.objects.create(brand=brand, name=name, car_class="SUV-D")
        CarModel.objects.create(brand=geely, name="Без класса")
        rows = resource_of(CarModel)().export(CarModel.objects.filter(brand=geely).order_by("name"))
        assert [row[-1] for row in rows] == ["Chery Tiggo 9, Geely Okavango", "Chery Tiggo 9, Geely Monjaro", ""]
        result = resource_of(CarModel)().import_data(rows, raise_errors=True)
        assert result.totals["skip"] == 3


class Formulas(TestCase):
    """Fault row 43: no cell of a file is run, and what was written out is read back equal."""

    NAMES = [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3+x",
        "@SUM(A1)",
        "＝1+1",
        "＋x",
        "－x",
        "＠x",
        "'=1",
        "''",
        "d'Or",
        "Обычный",
    ]

    def test_every_format_gives_back_what_it_was_given(self) -> None:
        for name in self.NAMES:
            Brand.objects.create(name=name)
        written = resource_of(Brand)().export(Brand.objects.all())
        before = set(Brand.objects.values_list("name", flat=True))
        for file_format in (CSV(), XLSX()):
            data = file_format.export_data(written)
            read = file_format.create_dataset(data if file_format.is_binary() else data)
            result = resource_of(Brand)().import_data(read, raise_errors=True)
            assert result.totals["skip"] == len(before), result.totals
            assert set(Brand.objects.values_list("name", flat=True)) == before

    def test_no_cell_is_live(self) -> None:
        for name in self.NAMES:
            Brand.objects.create(name=name)
        written = resource_of(Brand)().export(Brand.objects.all())
        cells = [row[0] for row in written]
        assert not [cell for cell in cells if cell.startswith(STARTS)]
        sheet = openpyxl.load_workbook(io.BytesIO(XLSX().export_data(written))).active
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}

    def test_numbers_and_phones_stay(self) -> None:
        for cell in ("+79216756405", "-12,50", "+7 (921) 675-64-05"):
            assert harmless(cell) == cell
        for cell in (*self.NAMES, "\t=1", "\r\n=1"):
            assert as_it_was(harmless(cell)) == cell
