"""One row of facts per living customer, recomputed set-wise (`segments.facts`); rules read these."""

from django.db import models

from segments.models.catalogue import Brand, CarModel, Centre, City
from segments.models.loose import Loose
from segments.models.people import Customer


class CustomerFacts(models.Model):
    """Dates are in Moscow time, sums in roubles. A merged customer has no row."""

    customer = models.OneToOneField(
        Customer, models.DO_NOTHING, primary_key=True, related_name="facts", db_constraint=False
    )
    purchases = models.IntegerField(default=0)
    purchases_sum = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    first_purchase = models.DateField(null=True)
    last_purchase = models.DateField(null=True)
    last_brand = Loose(Brand, null=True, db_index=False)
    last_model = Loose(CarModel, null=True, db_index=False)
    last_car_condition = models.CharField(max_length=4, blank=True)
    services = models.IntegerField(default=0)
    services_sum = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    last_service = models.DateField(null=True)
    visits = models.IntegerField(default=0)
    last_visit = models.DateField(null=True)
    left_without_purchase = models.DateField(null=True)  # the last visit, when no purchase came after it
    left_reason = models.CharField(max_length=120, blank=True)
    insurance_end = models.DateField(null=True)
    insurance_end_estimated = models.BooleanField(default=False)
    home_centre = Loose(Centre, null=True, db_index=False)
    city = Loose(City, null=True, db_index=False)
    birth_date = models.DateField(null=True)
    sex = models.CharField(max_length=1, blank=True)
    is_company = models.BooleanField(default=False)
    has_email = models.BooleanField(default=False)
    has_phone = models.BooleanField(default=False)
    cars = models.IntegerField(default=0)
    computed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("last_purchase", name="facts_last_purchase"),
            models.Index("last_service", name="facts_last_service"),
        ]
