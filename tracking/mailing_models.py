"""Reports that go by e-mail on their days: what, when, to whom; and every letter of it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ReportAddress(models.Model):
    """An address outside of the staff that reports may go to: an administrator says so."""

    address = models.EmailField(_("e-mail address"), unique=True)
    note = models.CharField(_("whose it is"), max_length=120)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["address"]
        verbose_name = _("address for reports")
        verbose_name_plural = _("addresses for reports")

    def __str__(self) -> str:
        return f"{self.address} ({self.note})"


class ReportMailing(models.Model):
    """A report by its address in the admin: `report` is a key of `report_pages.registry`, `query` what stands behind the "?".

    It is rendered with the rights of its owner, who is whoever saved it last. `next_at` is the occasion that comes.
    """

    class Period(models.TextChoices):
        """Which months the report is of, whenever it goes."""

        LAST = "last", _("the month before")
        THIS = "this", _("this month")
        QUARTER = "quarter", _("three months up to now")
        YEAR = "year", _("thirteen months up to now")
        SAVED = "saved", _("the months that stand in the address")

    class Every(models.TextChoices):
        DAY = "day", _("every day")
        WEEK = "week", _("every week")
        MONTH = "month", _("every month")

    name = models.CharField(_("name"), max_length=120)
    report = models.SlugField(_("report"), max_length=40)
    query = models.CharField(max_length=500, blank=True)
    period = models.CharField(_("months of the report"), max_length=8, choices=Period, default=Period.LAST)
    every = models.CharField(_("how often"), max_length=6, choices=Every, default=Every.MONTH)
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), choices=list(WEEKDAYS.items()), default=0, help_text=_("Of “every week”.")
    )
    day = models.PositiveSmallIntegerField(
        _("day of the month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("Of “every month”; in a shorter month, its last day."),
    )  # fmt: skip
    hour = models.PositiveSmallIntegerField(
        _("at what hour"), default=9, choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        help_text=_("By the clock of the holding. Sums are counted at night, at five."),
    )  # fmt: skip
    pdf = models.BooleanField("PDF", default=True)
    xlsx = models.BooleanField("XLSX", default=True)
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("to members of staff"), blank=True, related_name="+"
    )
    addresses = models.ManyToManyField(
        ReportAddress, verbose_name=_("to other addresses"), blank=True, related_name="+"
    )
    is_active = models.BooleanField(_("goes"), default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("with the rights of"), editable=False, related_name="+"
    )
    next_at = models.DateTimeField(_("goes next"), editable=False, db_index=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("report by e-mail")
        verbose_name_plural = _("reports by e-mail")

    def __str__(self) -> str:
        return self.name


class ReportLetter(models.Model):
    """One letter of one occasion to one address: never two. `occasion` of one that somebody asked for is its minute.

    QUEUED → SENDING → SENT, FAILED or UNKNOWN; SENDING → QUEUED where nothing left.
    """

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("letter", "waits")
        SENDING = "sending", pgettext_lazy("letter", "on its way")
        SENT = "sent", pgettext_lazy("letter", "sent")
        FAILED = "failed", pgettext_lazy("letter", "not sent")
        UNKNOWN = "unknown", pgettext_lazy("letter", "unknown")  # a worker died over it: it is not sent again by itself

    mailing = models.ForeignKey(ReportMailing, models.SET_NULL, null=True, related_name="letters")
    title = models.CharField(max_length=120)
    occasion = models.DateTimeField()
    address = models.EmailField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("mailing", "occasion", "address", name="report_letter_once")]
        indexes = [
            models.Index("due_at", condition=models.Q(state__in=["queued", "sending"]), name="report_letter_due")
        ]
