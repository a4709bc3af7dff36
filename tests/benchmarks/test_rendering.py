"""A personal letter, joined from compiled pieces, against Django's own way of making one."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine
from django.test import TestCase

from campaigns import rendering
from tests.benchmarks.measure import Bench
from tests.campaigns.builders import LETTER, make_campaign, make_segment_with

N = 1000


@pytest.mark.bench
class RenderingBench(TestCase):
    def test_letters(self) -> None:
        campaign = make_campaign(make_segment_with(1), content={"body": LETTER})
        content = campaign.contents.get()
        letter = rendering.compile_content(content, None)
        values = [dict.fromkeys(letter.slots, f"Анна {number}") for number in range(N)]
        markup = rendering.build(content.subject, content.preheader, content.body)
        engine = Engine()
        pieces = (piece if isinstance(piece, str) else "{{ name }}" for piece in markup.html)
        html = engine.from_string("".join(pieces))
        text = engine.from_string("Здравствуйте, {{ name }}!")

        def ours() -> None:
            for number in range(N):
                letter.render(number + 1, f"anna{number}@example.test", values[number])

        def django() -> None:
            for number in range(N):
                context = Context({"name": f"Анна {number}"})
                mail = EmailMultiAlternatives(
                    "Весенний сервис", text.render(context), "news@alfa.example", ["a@x.test"]
                )
                mail.attach_alternative(html.render(context), "text/html")
                mail.message().as_bytes()

        Bench("letter: compiled pieces against EmailMultiAlternatives", limit=0.15, n=N).compare(ours, django)
