"""Cards of the sources, the people they were found to be, how to reach them, and whether one may."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models.catalogue import Brand, Centre, City
from segments.models.loose import Loose

CELLS_APART = "\x1f"  # ASCII's unit separator: JSON with a header beside every cell costs an import four times as much


class Sex(models.TextChoices):
    MALE = "m", _("male")
    FEMALE = "f", _("female")


class Customer(models.Model):
    """A person or company: the set of cards found to be one. Its own fields are the golden record.

    `name_key` is what lists sort by and search uses: lower case, ё → е, "last first middle".
    A merged customer stays as a row that points to the survivor (`merged_into`).
    """

    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    middle_name = models.CharField(_("patronymic"), max_length=120, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    name_key = models.CharField(max_length=400, blank=True, editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    city = Loose(City, null=True, blank=True, verbose_name=_("city"), db_index=False)
    household = Loose("segments.Household", null=True, blank=True, verbose_name=_("household"), db_index=False)
    merged_into = Loose("self", null=True, blank=True, verbose_name=_("merged into"), db_index=False)
    first_batch_id = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_default=models.functions.Now())
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, db_default=models.functions.Now())

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("merge_customers", _("Can merge and split customers, and review doubtful pairs")),
            ("erase_customer", _("Can erase a customer for ever")),
            ("record_refusal", _("Can record that a customer refused on the phone")),
        ]
        indexes = [
            models.Index("name_key", "id", name="customer_by_name"),
            models.Index("merged_into", name="customer_merged", condition=models.Q(merged_into__isnull=False)),
            models.Index("household", name="customer_household", condition=models.Q(household__isnull=False)),
        ]

    def __str__(self) -> str:
        person = " ".join(filter(None, (self.last_name, self.first_name, self.middle_name)))
        return person or self.company or f"№ {self.pk}"


class CardHeaders(models.Model):
    """The mapped headers of files of cards, in their order in the file: once for all cards that came with them."""

    names = ArrayField(models.TextField())


class Card(models.Model):
    """One record of a source system, as the source has it (cleaned values beside the raw mapped cells).

    `raw` holds only mapped cells, with CELLS_APART between them, in the order of `headers`. `content_hash` (sha-256 of
    them) tells an unchanged row from a changed one. `notes` = {field: [reason, …]}: what cleaning did to which cell
    (`segments.importing.reasons`). A pinned card was given to its customer by a person; identification leaves it there.
    """

    source = Loose("segments.Source", verbose_name=_("source"), db_index=False)
    code = models.CharField(_("code"), max_length=64)
    customer = Loose(Customer, related_name="cards", verbose_name=_("customer"), db_index=False)
    last_name = models.CharField(max_length=120, blank=True)
    first_name = models.CharField(max_length=120, blank=True)
    middle_name = models.CharField(max_length=120, blank=True)
    company = models.CharField(max_length=200, blank=True)
    sex = models.CharField(max_length=1, blank=True)
    birth_date = models.DateField(null=True)
    city = Loose(City, null=True, db_index=False)
    centre = Loose(Centre, null=True, verbose_name=_("dealer centre"), db_index=False)
    created_on = models.DateField(_("opened on"), null=True)
    why = models.CharField(_("why this person"), max_length=60, blank=True)
    is_pinned = models.BooleanField(default=False, db_default=False)
    headers = Loose(CardHeaders, null=True, db_index=False)
    raw = models.TextField(blank=True)
    notes = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    content_hash = models.BinaryField(max_length=32)
    first_batch_id = models.BigIntegerField(null=True)
    last_batch_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints = [models.UniqueConstraint("source", "code", name="card_once")]
        indexes = [
            models.Index("customer", name="card_by_customer"),
            models.Index("customer", name="card_pinned", condition=models.Q(is_pinned=True)),
        ]

    def __str__(self) -> str:
        return self.code

    def cells(self) -> dict[str, str]:
        """The raw cells by their headers; none of a card that lost an address of somebody erased."""
        if not (self.raw and self.headers):
            return {}
        return dict(zip(self.headers.names, self.raw.split(CELLS_APART), strict=True))


class ContactKind(models.TextChoices):
    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("phone")
    TELEGRAM = "telegram", "Telegram"
    MAX = "max", "MAX"
    DEVICE = "device", _("device for push messages")


class ContactPoint(models.Model):
    """An address, once for the whole base. Phones are E.164 («+79…»), e-mails lower case, a messenger's are its own ids of
    people, a device's is the key of what a push service knows it by (`segments.binding` says where these come from).

    `is_shared` marks a hub: an address on more cards than a family has (a manager's own phone). Of phones,
    `is_mobile` and `country` (ISO 3166) say whether an SMS can come and from whose numbering plan.
    """

    class Validity(models.TextChoices):
        VALID = "valid", _("valid")
        INVALID = "invalid", _("invalid")

    class Reachability(models.TextChoices):
        UNKNOWN = "unknown", _("not tried yet")
        REACHABLE = "reachable", _("reached")
        UNREACHABLE = "unreachable", _("cannot be reached")

    kind = models.CharField(_("kind"), max_length=8, choices=ContactKind)
    value = models.CharField(_("value"), max_length=254)
    validity = models.CharField(max_length=8, choices=Validity, default=Validity.VALID, db_default=Validity.VALID)
    reachability = models.CharField(
        max_length=12, choices=Reachability, default=Reachability.UNKNOWN, db_default=Reachability.UNKNOWN
    )
    why = models.CharField(_("why"), max_length=200, blank=True, db_default="")
    is_mobile = models.BooleanField(_("mobile"), null=True)
    country = models.CharField(_("country"), max_length=2, blank=True, db_default="")
    first_batch_id = models.BigIntegerField(null=True)
    is_shared = models.BooleanField(_("on too many cards"), default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        permissions = [
            ("view_contacts", _("Can see contacts unmasked")),
            ("reveal_contacts", _("Can reveal a contact, one at a time and logged")),
        ]
        constraints = [models.UniqueConstraint("kind", "value", name="contact_point_once")]

    def __str__(self) -> str:
        return self.value


class CardContact(models.Model):
    """Whose cards carry a contact point. `position` keeps the order in the card (0 is the main one)."""

    card = Loose(Card, db_index=False)
    contact_point = Loose(ContactPoint, related_name="holders", db_index=False)
    customer = Loose(Customer, related_name="contacts", db_index=False)
    position = models.SmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint("card", "contact_point", name="card_contact_once")]
        indexes = [
            models.Index("contact_point", "customer", name="contact_holders"),
            models.Index("customer", "contact_point", name="customer_contacts"),
        ]


class Purpose(models.TextChoices):
    ADVERTISING = "advertising", _("advertising")
    SERVICE = "service", _("service messages")


class Origin(models.TextChoices):
    """Who said it; precedence: person > staff > import (`segments.consents`)."""

    PERSON = "person", _("the person")
    STAFF = "staff", _("staff")
    IMPORT = "import", _("import")


class ConsentFields(models.Model):
    """What one decision says: for which address, channel, purpose and brand (none = all brands)."""

    contact_point = Loose(ContactPoint, verbose_name=_("contact point"), db_index=False)
    channel = models.CharField(_("channel"), max_length=12)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    brand = Loose(Brand, null=True, blank=True, verbose_name=_("brand"), db_index=False)
    given = models.BooleanField(_("given"))
    decided_at = models.DateTimeField(_("decided"), null=True, help_text=_("Empty: the source gave no date."))
    origin = models.CharField(_("said by"), max_length=8, choices=Origin)

    class Meta:
        abstract = True


class Consent(ConsentFields):
    """Append-only log of decisions; written only by `segments.consents`.

    An entry with `undoes_id` takes that entry back (an import was undone): neither counts any more.
    """

    customer = Loose(Customer, null=True, verbose_name=_("customer"), db_index=False)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, db_default=models.functions.Now())
    text = models.CharField(_("by which text"), max_length=300, blank=True, db_default="")
    evidence = models.CharField(_("from where"), max_length=120, blank=True, db_default="")
    batch_id = models.BigIntegerField(null=True)
    undoes = Loose("self", null=True, db_index=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index("contact_point", name="consent_by_contact"),
            models.Index("customer", name="consent_by_customer"),
            models.Index("recorded_at", name="consent_by_herself", condition=models.Q(origin="person", given=True)),
        ]


class ConsentState(ConsentFields):
    """The decision in force for each (contact point, channel, purpose, brand): a projection of the log."""

    log_id = models.BigIntegerField()
    changed_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact_point", "channel", "purpose", "brand"], nulls_distinct=False, name="consent_state_once"
            )
        ]
        indexes = [models.Index("changed_at", name="withdrawn_lately", condition=models.Q(given=False))]


class Preference(models.Model):
    """What a person likes, which is not consent: fewer messages, brands of interest, topics, sold the car."""

    class Kind(models.TextChoices):
        FEWER = "fewer", _("fewer messages")
        BRAND = "brand", _("brand of interest")
        TOPIC = "topic", _("topic")
        SOLD_CAR = "sold_car", _("sold the car")

    customer = Loose(Customer, related_name="preferences")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=80, blank=True)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("customer", "kind", "value", name="preference_once")]


class MergeRecord(models.Model):
    """Why two customers became one, and what is needed to take it back (`card_ids` moved from `loser`)."""

    survivor = Loose(Customer)
    loser = Loose(Customer)
    reason = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    card_ids = models.JSONField(default=list)
    batch_id = models.BigIntegerField(null=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    merged_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index("survivor", name="merge_by_survivor"), models.Index("loser", name="merge_by_loser")]
