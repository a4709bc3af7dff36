"""Public pages of the question «would you recommend us?»: a score, then why, then thanks. GET saves nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from campaigns.public_pages import CHOICES, public, wrong_token
from channels import throttle
from tracking import nps
from tracking.nps_form import SCORES, ScoreForm, WhyForm
from tracking.views import page, too_often


@public("GET", "HEAD", "POST")
def score(request: HttpRequest, token: str) -> HttpResponse:
    """A letter may lead to one of the numbers (`?score=9`): it is chosen there, and saved by the button."""
    subject = nps.find(token)
    if subject is None:
        return wrong_token(request)
    if request.method != "POST":
        last = nps.answer_of(subject).first()
        chosen = request.GET.get("score", str(last.score) if last else "")
        form = ScoreForm(initial={"score": chosen} if (chosen, chosen) in SCORES else {})
        return page(request, subject, "nps_score", form=form, token=token)
    form = ScoreForm(request.POST)
    if not form.is_valid():
        return page(request, subject, "nps_score", form=form, token=token, status=400)
    if form.is_of_machine:
        return redirect("tracking:nps_done", token=token)
    if not throttle.allowed(CHOICES, str(subject.message.pk)):
        return too_often(request, subject)
    nps.rate(subject, int(form.cleaned_data["score"]))
    return redirect("tracking:nps_why", token=token)


@public("GET", "HEAD", "POST")
def why(request: HttpRequest, token: str) -> HttpResponse:
    subject = nps.find(token)
    if subject is None:
        return wrong_token(request)
    answer = nps.answer_of(subject).first()
    if answer is None:
        return redirect("tracking:nps", token=token)
    said = {"reason": answer.reason, "comment": answer.comment, "may_call": answer.may_call}
    form = WhyForm(request.POST if request.method == "POST" else None, initial=said, score=answer.score)
    if request.method != "POST" or not form.is_valid():
        return page(request, subject, "nps_why", form=form, token=token)
    if not throttle.allowed(CHOICES, str(subject.message.pk)):
        return too_often(request, subject)
    nps.explain(subject, **form.cleaned_data)
    return redirect("tracking:nps_done", token=token)


@public("GET", "HEAD")
def done(request: HttpRequest, token: str) -> HttpResponse:
    subject = nps.find(token)
    if subject is None:
        return wrong_token(request)
    return page(request, subject, "nps_done", answer=nps.answer_of(subject).first(), token=token)
