"""The generator gives the bytes it always gave; the demo base loads into an empty database."""

import hashlib
from datetime import date

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.test import RequestFactory, SimpleTestCase, TestCase, override_settings

from crmsite import demo
from crmsite.demo_base.export import export

# SHA-256 of the files of `--people 1000 --seed 7 --today 2026-11-01`, as the first version wrote them.
RECORDED = {
    "counterparties.csv": "b1b0ffd2cf0a24ccdc52f25e4cc05e5719c02889a0916fce45fa37182b035994",
    "documents.csv": "2b17c65a40416491dbd794eabd17591c01dcb1307df78dccbcfa4041aab64399",
    "truth.csv": "3d2deb3bb66dc404563b94d59986b41b459a3a3118699c30be667ee2c578849e",
}


def test_same_arguments_same_bytes(tmp_path):
    assert export(1000, 7, tmp_path, today=date(2026, 11, 1)) == (1475, 3385)
    assert {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in RECORDED} == RECORDED


def test_other_seed_other_people(tmp_path):
    export(20, 1, tmp_path / "one", today=date(2026, 11, 1))
    export(20, 2, tmp_path / "two", today=date(2026, 11, 1))
    assert (tmp_path / "one/truth.csv").exists()
    assert (tmp_path / "one/documents.csv").read_bytes() != (tmp_path / "two/documents.csv").read_bytes()


@pytest.fixture
def var_dir(tmp_path):
    with override_settings(VAR_DIR=tmp_path, INSTALLATION_FILE=tmp_path / "installation_id"):
        yield tmp_path


@pytest.mark.usefixtures("var_dir")
class StaffTests(TestCase):
    def test_staff_can_log_in_with_the_kept_password(self) -> None:
        demo.make_staff()
        for login in demo.STAFF:
            user = authenticate(request=_request(), username=login, password=demo.password())
            assert user is not None
            assert user.is_staff
            assert user.groups.count() == 1

    def test_nobody_gets_a_new_password(self) -> None:
        demo.make_staff()
        get_user_model().objects.filter(username="admin").update(password="own")
        demo.make_staff()
        assert get_user_model().objects.get(username="admin").password == "own"


class PasswordTests(SimpleTestCase):
    def test_no_password_before_the_staff_is_made(self) -> None:
        with override_settings(VAR_DIR=demo.settings.BASE_DIR / "nowhere"):
            assert demo.password() == ""


@pytest.mark.django_db(transaction=True)
def test_whole_demo_base(var_dir):
    """Two hundred people through the real import."""
    demo.make_staff()
    demo.load_people(200)
    assert not demo.is_empty()
    demo.make_segments()
    segments = demo.Segment.objects.filter(is_archived=False)
    assert 5 <= segments.count() <= 7
    assert all(each.plan and each.size is not None for each in segments)
    assert segments.get(ready_made__cut="service_due").size > 0
    demo.make_segments()
    assert segments.count() <= 7


def _request():
    return RequestFactory().post("/admin/login/")
