"""Purchases out of a file of a till: taken once, and each refused line says why."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from campaigns.models import PromoRedemption
from campaigns.promo import bringing_purchases
from campaigns.refusals import Refused
from tests.campaigns.test_promo_redeeming import issued
from tests.segments.builders import make_centre, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
HEAD = "Чек;Промокод;Дата;Сумма\n"


def bring(path: Path, lines: str) -> bringing_purchases.Told:
    (path / "purchases.csv").write_text(HEAD + lines, encoding="utf-8")
    return bringing_purchases.bring(path / "purchases.csv", centre=make_centre(), author=None)


def test_each_line_is_a_purchase_or_says_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing_purchases, "TOGETHER", 2)
    one, other = issued(), issued()
    lines = (
        f"1;{one.code};20.11.2026;1 000,50\n1;{one.code};20.11.2026;1 000,50\n2;{one.code};21.11.2026;5\n"
        f"3;{other.code};вчера;5\n4;{other.code};20.11.2026;много\n;{other.code};20.11.2026;5\n5;НЕТ;20.11.2026;5\n"
    )
    told = bring(tmp_path, lines)
    assert (told.taken, told.known, [line for line, _code, _why in told.refused]) == (1, 1, [4, 5, 6, 7, 8])
    written = PromoRedemption.objects.get()
    assert (str(written.amount), str(written.discount), written.receipt) == ("1000.50", "100.05", "1")
    assert written.happened_at.date().isoformat() in ("2026-11-19", "2026-11-20")
    assert bring(tmp_path, lines)[:2] == (0, 2)


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Промокод;Сумма\nA;1\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"«дата».*«чек»"):
        bringing_purchases.bring(path, centre=None, author=None)


def test_the_page_tells_what_became_of_the_lines() -> None:
    client, code = Client(), issued()
    client.force_login(make_staff("campaigns.change_promopool", "campaigns.view_promoredemption"))
    address = reverse("admin:campaigns_promoredemption_bring")
    assert client.get(address).status_code == 200
    file = SimpleUploadedFile("a.csv", f"{HEAD}1;{code.code};20.11.2026;100\n2;НЕТ;20.11.2026;1\n".encode())
    page = client.post(address, {"file": file})
    assert (page.context["told"].taken, len(page.context["told"].refused)) == (1, 1)
    assert "НЕТ" in page.content.decode()
    assert client.post(address).status_code == 400
    client.force_login(make_staff("campaigns.view_promoredemption"))
    assert client.get(address).status_code == 403
