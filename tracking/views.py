"""Public pages: click, open pixel, survey, one-click opt-out. No login, no cookies, no scripts.

GET and HEAD change nobody's consent (`campaigns.public_pages`).
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from campaigns.public_pages import CHOICES, public, wrong_token
from channels import throttle
from segments.masking import MASKS
from tracking import clicks, surveys
from tracking.models import SurveyAnswer
from tracking.survey_form import SurveyForm

PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
ONE_CLICK = "One-Click"


@public("GET", "HEAD")
def click(request: HttpRequest, token: str) -> HttpResponse:
    url = clicks.click(token, clicks.visitor(request))
    if url == "":
        return render(request, "tracking/public/nothing_here.html")
    return HttpResponseRedirect(url) if url else wrong_token(request)


@public("GET", "HEAD")
def opened(request: HttpRequest, token: str) -> HttpResponse:
    if not clicks.opened(token, clicks.visitor(request)):
        return wrong_token(request)
    return HttpResponse(PIXEL, content_type="image/gif")


@public("GET", "HEAD", "POST")
def survey(request: HttpRequest, token: str) -> HttpResponse:
    subject = surveys.find(token)
    if subject is None:
        return wrong_token(request)
    form = SurveyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not throttle.allowed(CHOICES, str(subject.message.pk)):
            return too_often(request, subject)
        surveys.answer(subject, form.reply())
        return redirect("tracking:survey_done", token=token)
    return page(request, subject, "survey", form=form, token=token, status=400 if form.is_bound else 200)


@public("GET", "HEAD")
def survey_done(request: HttpRequest, token: str) -> HttpResponse:
    subject = surveys.find(token)
    if subject is None:
        return wrong_token(request)
    last = surveys.last_answer(subject)
    return (
        page(request, subject, "done", answer=last, token=token) if last else redirect("tracking:survey", token=token)
    )


@public("GET", "HEAD", "POST")
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: POST with `List-Unsubscribe=One-Click` opts out; anything else shows a button that does."""
    subject = surveys.find(token)
    if subject is None:
        return wrong_token(request)
    if request.method != "POST":
        return page(request, subject, "unsubscribe", token=token)
    if request.POST.get("List-Unsubscribe") != ONE_CLICK:
        return page(request, subject, "unsubscribe", token=token, status=400)
    if not throttle.allowed(CHOICES, str(subject.message.pk)):
        return too_often(request, subject)
    return page(request, subject, "done", answer=surveys.unsubscribe(subject), token=token)


def too_often(request: HttpRequest, subject: surveys.Subject) -> HttpResponse:
    response = page(request, subject, "too_often", status=429)
    response.headers["Retry-After"] = "60"
    return response


def page(
    request: HttpRequest, subject: surveys.Subject, name: str, *, status: int = 200, **context: object
) -> HttpResponse:
    """A page of the survey. Of the person it shows a masked address only."""
    point = subject.contact_point
    context |= {
        "sender": subject.message.run.account.sender_name,
        "brand": subject.campaign.brand,
        "masked": MASKS.get(point.kind, lambda value: "")(point.value),
        "Decision": SurveyAnswer.Decision,
        "Via": SurveyAnswer.Via,
    }
    return render(request, f"tracking/public/{name}.html", context, status=status)
