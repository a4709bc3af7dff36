"""A click as the web server's process answers it, against a view that does nothing but insert a row of the same table.

Both go through all of the middleware, in turns, one after the other; what is compared is the slowest twentieth.
"""

from collections.abc import Callable
from statistics import quantiles

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client, TransactionTestCase, override_settings
from django.urls import include, path

from campaigns import links
from campaigns.public_pages import public
from tests.benchmarks.measure import Bench, seconds
from tests.campaigns.builders import make_reader
from tests.tracking.builders import make_message, make_run, track
from tracking.models import Hit

REPS = 5
CLICKS = 300
MESSAGES = 50
AGENT = {"user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"}


@public("GET")
def bare(request: HttpRequest, run: int) -> HttpResponse:
    Hit.objects.create(kind=Hit.Kind.CLICK, run_id=run, message_id=1, link=1)
    return HttpResponseRedirect("https://dealer.example/")


urlpatterns = [path("bare/<int:run>/", bare), path("", include("crmsite.urls"))]


@pytest.mark.bench
@override_settings(ROOT_URLCONF="tests.benchmarks.test_clicks")
class ClickBench(TransactionTestCase):
    def test_slowest_twentieth(self) -> None:
        run = make_run()
        tokens = [links.link_char(1) + track(make_message(run, make_reader())) for _ in range(MESSAGES)]
        paths = [f"/l/{tokens[n % MESSAGES]}" for n in range(CLICKS)]
        self.slowest(paths[:MESSAGES])
        pairs = [(self.slowest([f"/bare/{run.pk}/"] * CLICKS), self.slowest(paths)) for _rep in range(REPS)]
        self.assertEqual(Hit.objects.count(), MESSAGES + 2 * REPS * CLICKS)
        bench = Bench("a click, p95: against a view with one INSERT", limit=5, n=CLICKS, unit="s", reps=REPS)
        line = bench.tell([ours for _, ours in pairs], [theirs for theirs, _ in pairs])
        self.assertTrue(line["ok"], line)

    def slowest(self, paths: list[str]) -> float:
        """The 95th percentile of the seconds that these took."""
        client = Client(headers=AGENT)
        return quantiles([seconds(self.follow(client, each)) for each in paths], n=20)[-1]

    def follow(self, client: Client, address: str) -> Callable[[], None]:
        def ask() -> None:
            self.assertEqual(client.get(address).status_code, 302)

        return ask
