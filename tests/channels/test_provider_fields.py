"""Form fields made of what a provider declares."""

from collections.abc import Mapping
from typing import Any, ClassVar
from unittest import mock

from django import forms
from django.test import SimpleTestCase

from channels.admin import account_form, provider_fields
from channels.audiences import SERVICES
from channels.models import Account, Channel
from channels.providers import REGISTRY
from channels.providers.base import Option, Provider
from channels.sealing import seal, unseal_named


class Pigeon(Provider):
    options: ClassVar[dict[str, object]] = {
        "url": "https://pigeon.example", "keep_alive": True, "window": 10, "share": 0.5, "rings": ["red", "blue"],
        "extra": {}, "kind": Option("rock", "Порода", "Какая она", (("rock", "сизый"), ("wood", "вяхирь"))),
        "loft": Option(label="Голубятня", required=True),
    }  # fmt: skip
    secrets: ClassVar[dict[str, Any]] = {"whistle": "Свист", "map": Option(label="Карта", is_long=True)}

    @classmethod
    def faults(cls, options: Mapping[str, Any]) -> dict[str, str]:
        return {"loft": "Такой голубятни нет."} if options.get("loft") == "Луна" else {}

    open = close = send = check = None  # type: ignore[assignment]


class PigeonTest(SimpleTestCase):
    def setUp(self) -> None:
        row = {"pigeon": (Channel.SMS, "Голубь", "unused")}
        for module in (provider_fields, account_form):
            self.enterContext(mock.patch.object(module, "REGISTRY", row))
            self.enterContext(mock.patch.object(module, "provider_class", return_value=Pigeon))

    def form(self, account: Account | None = None, **data: Any) -> forms.ModelForm:
        typed = {
            "name": "П",
            "provider": "pigeon",
            "per_second": 1,
            "cost": 0,
            "purpose": "both",
            "option_kind": "rock",
        }
        form = account_form.form_for("pigeon")(typed | data, instance=account)
        with mock.patch.object(forms.ModelForm, "_post_clean"):
            form.full_clean()
        return form

    def test_each_kind_of_default_has_its_field(self) -> None:
        fields = provider_fields.option_fields("pigeon")
        kinds = {name.removeprefix("option_"): type(field).__name__ for name, field in fields.items()}
        self.assertEqual(
            kinds,
            {
                "url": "CharField", "keep_alive": "BooleanField", "window": "IntegerField", "share": "FloatField",
                "rings": "CharField", "extra": "JSONField", "kind": "ChoiceField", "loft": "CharField",
            },
        )  # fmt: skip
        self.assertEqual((str(fields["option_kind"].label), fields["option_kind"].help_text), ("Порода", "Какая она"))
        self.assertEqual(fields["option_keep_alive"].label, "Keep alive")

    def test_values_come_back_as_they_are_declared(self) -> None:
        form = self.form(
            option_url="", option_window="20", option_share="0.25", option_rings=" red \n\ngreen", option_loft="Крыша",
            option_kind="wood", option_extra='{"a": 1}',
        )  # fmt: skip
        self.assertEqual(form.errors, {})
        self.assertEqual(
            form.instance.options,
            {
                "url": "", "keep_alive": False, "window": 20, "share": 0.25, "rings": ["red", "green"],
                "extra": {"a": 1}, "kind": "wood", "loft": "Крыша",
            },
        )  # fmt: skip
        self.assertEqual(form.instance.channel, Channel.SMS)

    def test_what_is_required_and_what_the_provider_refuses_are_told_at_the_field(self) -> None:
        self.assertIn("option_loft", self.form().errors)
        self.assertEqual(self.form(option_loft="Луна").errors["option_loft"], ["Такой голубятни нет."])

    def test_the_account_s_own_values_are_shown_and_the_defaults_elsewhere(self) -> None:
        shown = provider_fields.shown_options("pigeon", {"window": 99})
        self.assertEqual((shown["option_window"], shown["option_rings"]), (99, "red\nblue"))
        self.assertEqual(shown["option_kind"], "rock")

    def test_one_secret_of_several_may_be_changed_alone(self) -> None:
        fields = provider_fields.secret_fields("pigeon")
        self.assertEqual(
            [fields["secret_whistle"].widget.input_type, fields["secret_map"].widget.is_hidden], ["password", False]
        )
        account = Account(provider="pigeon", secret=seal('{"whistle": "фью", "map": "N"}'))
        form = self.form(account, option_loft="Крыша", secret_map="линия 1\nлиния 2")
        self.assertEqual(unseal_named(form._secret(), first="whistle"), {"whistle": "фью", "map": "линия 1\nлиния 2"})

    def test_the_secret_of_another_provider_is_forgotten(self) -> None:
        account = Account(provider="smtp", secret=seal("hunter-2"))
        self.assertEqual(self.form(account, option_loft="Крыша")._secret(), "")


class DefaultsTest(SimpleTestCase):
    def test_every_form_takes_the_defaults_that_it_shows(self) -> None:
        for name in (*REGISTRY, *SERVICES):
            shown = provider_fields.shown_options(name, {})
            for key, field in provider_fields.option_fields(name).items():
                with self.subTest(provider=name, field=key):
                    if shown[key] != "" or not field.required:
                        field.clean(field.prepare_value(shown[key]))
