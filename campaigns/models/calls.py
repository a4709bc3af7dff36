"""Calls to make: a task for a salesperson to call a customer, and what came of it.

A call by a person is a way of a scenario, not a provider: nothing is sent, and the outbox knows nothing of it.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.scenario import Enrolment, Scenario
from segments.models import Brand, Centre, Customer, Salesperson
from segments.models.loose import Loose
from segments.models.people import Purpose


class CallTask(models.Model):
    """One call to one person. The customer is the one it was made for: reading follows merges.

    `salesperson` empty: whoever of the centre takes it. `deadline` never moves, reports judge by it; `due_at` is when to
    call now, which moves when nobody was reached. `called_at`: the first call, told or found in call tracking. `state` is
    written only by `campaigns.calls_to_make`.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("call to make", "to call")
        DONE = "done", pgettext_lazy("call to make", "done")
        CANCELLED = "cancelled", pgettext_lazy("call to make", "not needed any more")
        EXPIRED = "expired", pgettext_lazy("call to make", "never called")  # left undone for two weeks

    class Outcome(models.TextChoices):
        VISIT = "visit", _("agreed on a visit")
        THINKS = "thinks", _("is thinking")
        REFUSED = "refused", _("not interested")
        NOT_REACHED = "not_reached", _("not reached")
        WRONG_NUMBER = "wrong_number", _("wrong number")
        ASKS_NOT = "asks_not", _("asks not to be called")
        CALLED = "called", _("called, by call tracking")  # what came of it is still to be told

    id = models.BigAutoField(primary_key=True)
    customer = Loose(Customer, verbose_name=_("customer"), db_index=False)
    centre = Loose(Centre, verbose_name=_("dealer centre"), db_index=False)
    salesperson = Loose(Salesperson, null=True, verbose_name=_("salesperson"), db_index=False)
    scenario = Loose(Scenario, null=True, db_index=False)
    enrolment = Loose(Enrolment, null=True, db_index=False)
    step = models.CharField(max_length=20, blank=True)
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.ADVERTISING)
    brand = Loose(Brand, null=True, db_index=False)
    reason = models.CharField(_("why to call"), max_length=160)
    script = models.TextField(_("what to say"), blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    deadline = models.DateTimeField()
    due_at = models.DateTimeField(_("call before"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField(_("what came of the call"), max_length=12, choices=Outcome, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    called_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("call to make")
        verbose_name_plural = _("calls to make")
        permissions = [
            ("view_all_calltask", _("Can see the calls of colleagues in the centre")),
            ("tell_calltask", _("Can say what came of a call")),
            ("assign_calltask", _("Can give calls to others")),
            ("view_call_report", _("Can see who called and what came of it")),
        ]
        constraints = [models.UniqueConstraint("enrolment", "step", name="call_task_once")]
        indexes = [
            models.Index("centre", "due_at", name="calls_of_centre", condition=models.Q(state="open")),
            models.Index("customer", name="calls_of_customer"),
            models.Index("made_at", name="calls_by_time"),
            models.Index("told_at", name="calls_told", condition=models.Q(told_at__isnull=False)),
            models.Index("called_at", name="calls_to_tell", condition=models.Q(outcome="called")),
        ]

    def __str__(self) -> str:
        return self.reason


class CallEvent(models.Model):
    """Append-only: what was done with a task. `verb` is an outcome, or a word of `campaigns.calls_to_make.words`."""

    id = models.BigAutoField(primary_key=True)
    task = Loose(CallTask, db_index=False)
    verb = models.CharField(max_length=12)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index("task", name="events_of_call")]
