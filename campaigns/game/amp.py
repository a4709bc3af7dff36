"""Playing inside a letter: what Gmail and others let an AMP part do (https://amp.dev/documentation/guides-and-tutorials/email/learn/cors-in-email/).

The form of the part calls `POST /g/<token>/amp`; the draw is the page's. The mail program says whose letter it shows, and is
answered only for the sender of ours that the message went from.
"""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.game import drawing
from campaigns.game.drawing import Closed
from campaigns.game.pages import box, shown
from campaigns.game.subjects import State, Subject, find
from campaigns.models import Game
from campaigns.public_pages import CHOICES, GUESSES
from campaigns.senders import sender_of
from channels import throttle

SENDER, ALLOWED = "AMP-Email-Sender", "AMP-Email-Allow-Sender"
# The part to copy into a letter: the boxes are its buttons, the answer is shown by amp-bind, since the placeholders of
# amp-mustache do not come through ours.
PART = """<!doctype html>
<html ⚡4email data-css-strict>
<head>
  <meta charset="utf-8">
  <script async src="https://cdn.ampproject.org/v0.js"></script>
  <script async custom-element="amp-form" src="https://cdn.ampproject.org/v0/amp-form-0.1.js"></script>
  <script async custom-element="amp-bind" src="https://cdn.ampproject.org/v0/amp-bind-0.1.js"></script>
  <style amp4email-boilerplate>body{{visibility:hidden}}</style>
  <style amp-custom>body {{ font-family: sans-serif; text-align: center }} button {{ font-size: 20px; margin: 6px; padding: 18px }}</style>
</head>
<body>
  <h1 [text]="drawn.title">{title}</h1>
  <form method="post" action-xhr="{{{{ игра }}}}/amp" on="submit-success:AMP.setState({{drawn: event.response}})" [hidden]="drawn.title">
    {buttons}
  </form>
  <h2 [text]="drawn.prize"></h2>
  <p [text]="drawn.code"></p>
  <p [text]="drawn.text"></p>
</body>
</html>"""


@csrf_exempt
@require_POST
def play(request: HttpRequest, token: str) -> JsonResponse:
    """What was drawn, in words: {title, prize, code, text}."""
    subject = find(token)
    if subject is None:
        is_first = throttle.allowed(GUESSES, throttle.address(request) or "")
        return JsonResponse({"title": ""}, status=404 if is_first else 429)
    sender = request.headers.get(SENDER, "").strip().lower()
    if sender != _sender(subject):
        return JsonResponse({"title": ""}, status=403)
    if not throttle.allowed(CHOICES, f"game {subject.message.pk}"):
        return JsonResponse({"title": ""}, status=429)
    return JsonResponse(_drawn(request, subject), headers={ALLOWED: sender, "Cache-Control": "no-store"})


def part(game: Game) -> str:
    """The AMP part of a letter that leads to this game."""
    if game.kind == Game.Kind.WHEEL:
        buttons = f"<button>{escape(game.button or _('Spin the wheel'))}</button>"
    else:
        buttons = "".join(f'<button name="choice" value="{n}">{n}</button>' for n in range(1, game.boxes + 1))
    return PART.format(title=escape(game.title), buttons=buttons)


def _sender(subject: Subject) -> str:
    content = subject.message.content or subject.run.content
    return sender_of(content, subject.run.account).address.lower() if content and subject.run.account else ""


def _drawn(request: HttpRequest, subject: Subject) -> dict[str, Any]:
    try:
        play, _is_new = drawing.draw(subject, box(request, subject.game))
    except Closed as closed:
        return {"title": _closed(subject.game, closed.state), "prize": "", "code": "", "text": ""}
    told = shown(subject.game, State.OPEN, play)
    title = _("Your prize") if told["has_won"] else pgettext("game", "Not this time")
    return {"title": title, "prize": play.prize.name, "code": told.get("code", ""), "text": play.prize.text}


def _closed(game: Game, how: State) -> str:
    if how == State.OVER:
        return _("The game is over. Thank you for looking in!")
    when = date_format(timezone.localtime(game.starts_at), "j E, H:i")
    return _("The game begins on %(when)s. Open the link again then.") % {"when": when}
