"""Layers in the admin: what is taken, by whom, and the choice of one on the form."""

from django.urls import reverse

from campaigns.models import Campaign, Experiment, Layer
from tests.campaigns.test_admin_variants import MANAGER, Pages
from tests.segments.builders import make_staff

LAYERS = tuple(f"campaigns.{verb}_layer" for verb in ("view", "add", "change", "delete"))


class LayerTests(Pages):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.layer = Layer.objects.create(name="Тексты")
        cls.keeper = make_staff(*MANAGER, *LAYERS, username="keeper")

    def setUp(self) -> None:
        super().setUp()
        self.add()

    def choose(self, percent: int) -> None:
        self.client.post(self.url("change"), self.form(exp_layer=self.layer.pk, exp_layer_percent=percent))

    def test_the_form_takes_a_free_part(self) -> None:
        self.choose(30)
        kept = Experiment.objects.get()
        self.assertEqual((kept.layer, kept.layer_percent, kept.slice_from), (self.layer, 30, 0))

    def test_its_page_says_who_holds_what(self) -> None:
        self.choose(30)
        Campaign.objects.update(state=Campaign.State.IN_REVIEW)
        self.client.force_login(self.keeper)
        page = self.client.get(reverse("admin:campaigns_layer_change", args=[self.layer.pk]))
        self.assertContains(page, "0–30 % — «Осмотр»")
        self.assertContains(self.client.get(reverse("admin:campaigns_layer_changelist")), "70 %")

    def test_one_that_a_campaign_names_stays(self) -> None:
        self.choose(30)
        self.client.force_login(self.keeper)
        address = reverse("admin:campaigns_layer_delete", args=[self.layer.pk])
        self.assertEqual(self.client.post(address, {"post": "yes"}).status_code, 403)
        other = Layer.objects.create(name="Скидки")
        self.client.post(reverse("admin:campaigns_layer_delete", args=[other.pk]), {"post": "yes"})
        self.assertEqual(list(Layer.objects.all()), [self.layer])
