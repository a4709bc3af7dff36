"""The page of a promo code: whose it is, how it is used, and “it does not work” with the true cause."""

from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import links
from campaigns.models import Message, PromoCode, PromoPicture, PromoPool, PromoTrouble
from campaigns.promo import redeeming, spelling
from campaigns.promo.redeeming import By, Purchase
from campaigns.pump.draining import drain
from tests.campaigns.builders import make_content, make_reader
from tests.campaigns.launches import start
from tests.campaigns.promos import PRINTS, make_pool, make_promo_campaign, make_shared
from tests.segments.builders import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("permitted")]
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def sent_with(pool: PromoPool) -> str:
    """The address of the page in a letter that has gone."""
    campaign = make_promo_campaign(pool, make_reader())
    make_content(campaign, body=PRINTS.replace("https://dealer.example/service", "{{ ссылка_промокод }}").split("?utm")[0]
                 + PRINTS[PRINTS.index('">Код') :])  # fmt: skip
    run = start(campaign)
    drain("email")
    return "/p/" + links.promo_token(Message.objects.get(run_id=run.pk).pk)


def read(address: str) -> str:
    return unescape(Client().get(address).content.decode())


def test_it_shows_her_code_what_it_gives_and_how_it_is_used() -> None:
    pool = make_pool(2, valid_days=5, minimum_sum=3000, instruction="Откройте корзину.\n\nВведите код.")
    PromoPicture.objects.create(pool=pool, caption="Корзина", kind="image/gif", content=PIXEL)
    address = sent_with(pool)
    page = read(address)
    code = PromoCode.objects.exclude(customer=None).get()
    for part in (spelling.shown(code.code), "Откройте корзину.", "<p>Введите код.</p>", "3\xa0000", "Корзина"):
        assert part in page
    assert "<script" not in page
    picture = Client().get(f"{address}/{PromoPicture.objects.get().pk}")
    assert (picture.headers["Content-Type"], picture.content) == ("image/gif", PIXEL)
    other = PromoPicture.objects.create(pool=make_pool(), caption="x", kind="image/gif", content=PIXEL)
    assert Client().get(f"{address}/{other.pk}").status_code == 404


def test_a_word_is_counted_once_a_message_and_the_true_cause_told() -> None:
    address = sent_with(pool := make_pool(1))
    assert Client().post(address).status_code == 400
    for reason in ("where", "over"):
        assert Client().post(address, {"reason": reason, "comment": "Не вижу"}).status_code == 302
    kept = PromoTrouble.objects.get()
    assert (kept.reason, kept.cause, kept.pool, kept.comment) == ("over", "", pool, "Не вижу")
    code = PromoCode.objects.get()
    PromoCode.objects.update(valid_until=timezone.localdate() - timedelta(days=1))
    assert judged(address) == "over"
    PromoCode.objects.update(valid_until=None)
    redeeming.redeem(Purchase(code.code, "1"), By("cashier"))
    assert judged(address) == "used"
    Client().post(address, {"reason": "used"})
    assert PromoTrouble.objects.get().cause == "used"


def judged(address: str) -> str:
    return Client().get(f"{address}/told").context["cause"].why


def test_a_code_for_all_has_its_page_too() -> None:
    address = sent_with(make_shared("ВЕСНА"))
    assert "ВЕСНА" in read(address)
    Client().post(address, {"reason": "not_known"})
    assert PromoTrouble.objects.get().reason == "not_known"


def test_no_other_token_opens_it() -> None:
    address = sent_with(make_pool(1))
    number = links.read_promo(address.removeprefix("/p/"))
    assert number
    for token in (
        links.tokens(number).choice,
        links.start_token(number),
        links.promo_token(number + 1),
        "x",
        address[3:] + "A",
    ):
        assert Client().get(f"/p/{token}").status_code == 404
    assert Client().delete(address).status_code == 405


def test_the_pool_s_page_takes_pictures_and_counts_reasons() -> None:
    client, pool = Client(), make_pool(1)
    client.force_login(make_staff("campaigns.view_promopool", "campaigns.change_promopool"))
    address = reverse("admin:campaigns_promopool_change", args=[pool.pk])
    form = {
        "name": pool.name, "is_active": "on", "gives": "percent", "amount": 10, "per_person": 1, "length": 10, "prefix": "",
        "instruction": "Так", "pictures-TOTAL_FORMS": 1, "pictures-INITIAL_FORMS": 0, "pictures-0-caption": "Корзина",
    }  # fmt: skip
    wrong = SimpleUploadedFile("a.png", b"<svg onload=x>")
    assert client.post(address, form | {"pictures-0-file": wrong}).status_code == 200
    assert not PromoPicture.objects.exists()
    assert client.post(address, form | {"pictures-0-file": SimpleUploadedFile("a.png", PIXEL)}).status_code == 302
    kept = PromoPicture.objects.get()
    assert (kept.kind, bytes(kept.content), kept.pool.instruction) == ("image/gif", PIXEL, "Так")
    Client().post(sent_with(pool), {"reason": "where"})
    assert "1" in unescape(client.get(address).content.decode()).split("pr-troubles")[2]
