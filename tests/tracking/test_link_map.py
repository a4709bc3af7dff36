"""A sent letter with the number of people at its links."""

from django.test import TestCase
from django.urls import reverse

from campaigns.models import Content, Link
from tests.campaigns.builders import make_reader
from tests.segments.builders import make_staff
from tests.tracking.builders import make_message, make_run
from tracking.hits import link_map
from tracking.models import Hit


class LinkMap(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.run_ = make_run()
        cls.link = Link.objects.filter(content=cls.run_.content).order_by("number").first()
        for _ in range(3):
            Hit.objects.create(
                kind="click", run=cls.run_, message_id=make_message(cls.run_, make_reader()).pk,
                link=cls.link.number, made_by="human",
            )  # fmt: skip

    def page(self, query: str = "") -> object:
        self.client.force_login(make_staff("campaigns.view_campaign"))
        return self.client.get(reverse("admin:tracking_campaignresult_links", args=[self.run_.campaign_id]) + query)

    def test_people_stand_at_the_link_and_nothing_leads_out(self) -> None:
        answer = self.page()
        text = answer.content.decode()
        self.assertIn("3 · 100%", text)
        self.assertNotIn("/l/", text)
        self.assertNotIn("/o/", text)
        self.assertIn("sandbox", answer["Content-Security-Policy"])

    def test_a_link_that_nobody_followed_says_so(self) -> None:
        self.assertIn("0 · 0%", link_map.page(self.run_.content, {}))

    def test_another_campaigns_text_is_not_shown(self) -> None:
        other = make_run().content
        self.assertEqual(self.page(f"?content={other.pk}").status_code, 404)
        self.assertEqual(self.page("?content=9999999999999999999999").status_code, 200)

    def test_a_text_that_cannot_be_rendered_any_more_says_why(self) -> None:
        Content.objects.filter(pk=self.run_.content_id).update(body="<mjml>{{ bad")
        self.assertEqual(self.page().status_code, 200)

    def test_the_panel_shows_the_map_and_the_links(self) -> None:
        self.client.force_login(make_staff("campaigns.view_campaign"))
        page = self.client.get(reverse("admin:campaigns_campaign_panels", args=[self.run_.campaign_id]))
        self.assertContains(page, f"content={self.run_.content_id}")
        self.assertContains(page, self.link.label)
