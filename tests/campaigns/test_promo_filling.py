"""Codes are made and brought in by the thousand."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from campaigns.jobs import make_promo_codes
from campaigns.models import PromoCode, PromoFile, PromoPool
from campaigns.promo import bringing, filling
from campaigns.refusals import Refused
from tests.campaigns.promos import make_pool, make_shared

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def brought(tmp_path: Path, text: str, pool=None) -> bringing.Brought:  # noqa: ANN001
    path = tmp_path / "codes.csv"
    path.write_text(text, encoding="utf-8")
    return bringing.bring(pool or make_pool(), path)


def test_so_many_are_made_as_were_ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BLOCK", 40)
    pool = make_pool()
    filling.order(pool, 100)
    assert filling.is_due()
    assert filling.make_due() == 100
    assert PromoCode.objects.filter(pool=pool).count() == 100
    assert not filling.is_due()


def test_one_that_there_is_already_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, told = make_pool(), iter([["KAHT7X3M9P", "KAHT-7X3M-9P"], ["MMMM"]])
    monkeypatch.setattr(filling.spelling, "new_codes", lambda number, **_: next(told))
    filling.order(pool, 2)
    assert filling._make_block() == 1
    pool.refresh_from_db()
    assert pool.to_make == 1
    assert filling.make_due() == 1


def test_no_more_than_a_million_wait() -> None:
    pool = make_pool()
    for number in (0, -1, filling.MOST + 1):
        with pytest.raises(Refused):
            filling.order(pool, number)
    filling.order(pool, filling.MOST)
    with pytest.raises(Refused):
        filling.order(pool, 1)
    filling.stop(pool)
    assert not filling.is_due()


def test_a_file_says_what_became_of_each_line(tmp_path: Path) -> None:
    make_shared("ЛЕТО")
    told = brought(tmp_path, "Клиент;Промокод\nа;A-1\nб;a 1\nв;лето\nг;B2\nд;\nе;" + "X" * 50 + "\n")
    assert told == bringing.Brought(2, 2, 1, [(7, "X" * 50)])
    assert set(PromoCode.objects.exclude(pool__kind="shared").values_list("code", "key")) == {
        ("A-1", "A1"),
        ("B2", "B2"),
    }


def test_the_first_column_will_do_and_a_headline_is_not_needed(tmp_path: Path) -> None:
    assert brought(tmp_path, "A1\nA2\nA3\n").added == 3
    book = Workbook()
    for row in (["Код", "сумма"], ["B1", 5], ["B2", 6]):
        book.active.append(row)
    book.save(tmp_path / "codes.xlsx")
    assert bringing.bring(make_pool(), tmp_path / "codes.xlsx").added == 2


def test_a_file_that_is_too_long_brings_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "MOST", 3)
    with pytest.raises(Refused):
        brought(tmp_path, "код\nA1\nA2\nA3\nA4\n")
    assert not PromoCode.objects.exists()


def test_what_is_no_table_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"")
    with pytest.raises(Refused):
        bringing.bring(make_pool(), path)
    with pytest.raises(Refused):
        brought(tmp_path, "код\nA1\n", make_shared())


def upload(text: str, pool: PromoPool | None = None) -> PromoFile:
    return bringing.receive(pool or make_pool(), SimpleUploadedFile("codes.csv", text.encode()), None)


def test_files_that_wait_are_taken_in_one_after_the_other_and_go() -> None:
    first, second = upload("A1\nA2\n"), upload("A2\nA3\n")
    assert bringing.is_due()
    assert make_promo_codes() == {"files": 2, "made": 0}
    assert not bringing.is_due()
    for file, added, known in ((first, 2, 0), (second, 1, 1)):
        file.refresh_from_db()
        assert (file.state, file.told["added"], file.told["known"]) == ("done", added, known)
        assert not bringing.path_of(file).exists()


def test_a_file_that_cannot_be_taken_in_says_why_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "MOST", 2)
    long, lost, good = upload("A1\nA2\nA3\n"), upload("B1\n"), upload("C1\n")
    bringing.path_of(lost).unlink()
    assert bringing.bring_due() == 3
    assert set(PromoCode.objects.values_list("code", flat=True)) == {"C1"}
    for file in (long, lost):
        file.refresh_from_db()
        assert (file.state, bool(file.told["why"])) == ("refused", True)
    good.refresh_from_db()
    assert good.state == "done"
    with pytest.raises(Refused):
        upload("A1\n", make_shared())


def test_a_worker_that_dies_leaves_the_file_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    file = upload("A1\n")
    with monkeypatch.context() as dying:
        dying.setattr(PromoFile, "save", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bringing.bring_due()
    assert not PromoCode.objects.exists()
    assert bringing.bring_due() == 1
    file.refresh_from_db()
    assert (file.state, PromoCode.objects.count()) == ("done", 1)


def test_a_code_for_all_is_its_own_and_nobody_else_s() -> None:
    shared, other = make_shared("ВЕСНА"), make_pool(kind="shared")
    for word in ("BECHA", "", "A" * 41):
        with pytest.raises(Refused):
            filling.share(other, word)
    filling.share(shared, "Осень")
    assert PromoCode.objects.get().code == "Осень"
