"""One row of facts per living customer, recomputed set-wise (`segments.facts`); rules read these."""

from typing import Any

from django.db import models

from segments.models.catalogue import Brand, CarModel, Centre, City, Salesperson
from segments.models.loose import Loose
from segments.models.people import Customer


def _count() -> Any:
    return models.IntegerField(default=0, db_default=0)


def _sum() -> Any:
    return models.DecimalField(max_digits=16, decimal_places=2, default=0, db_default=0)


def _flag() -> Any:
    return models.BooleanField(default=False, db_default=False)


def _day() -> Any:
    return models.DateField(null=True)


def _word(length: int) -> Any:
    return models.CharField(max_length=length, blank=True, db_default="")


def _of(model: type[models.Model]) -> Any:
    return Loose(model, null=True, db_index=False)


class CustomerFacts(models.Model):
    """Dates are in Moscow time, sums in roubles, counts of documents that happened (`segments.facts.history`: what
    was cancelled did not, what was given back is not counted). A merged customer has no row. Facts marked *estimate*
    are not told by any source.

    - **Purchases** are sales of cars, new or used; accessories and policies have lines of their own. `last_price` is
      the sum of the last sale. `last_*` of a brand or model is that of the last sale, even when it is empty there.
    - **Lines of business**: first and last day, count, sum, brand and model of the last deal of each; `*_due` is the
      last day plus the median of the person's own intervals between days with a deal of that line (estimate; empty
      with one such day). `service_due` falls back to twelve months after the last service.
    - `insurance_end`: twelve months after the start of the last policy (estimate: the documents tell no end).
    - `left_without_purchase`: the last visit after which no car was sold to the person on that day or within three days
      more, whatever reason the salesperson wrote; `left_*` is what stands in that visit. `bought_since_leaving`: a
      car was sold to her later.
    - `buyouts`: cars that she sold to us. `last_seen`: the last document of any kind, bookings and calls too.
    - `home_centre`: the centre of most of her documents, of her cards when no document names one.
      `last_salesperson`: of the last sale, visit or buy-out that names one.
    - `has_email`, `has_phone`: a valid address of her own (no hub); `*_reachable`: one which was not found to be
      unreachable, and for SMS one that is not known to be a landline.
    - **The newest car** of those she owns now is the one whose life began last (`car_since`): on the day we first sold
      it as new; else, estimated, on 1 January of its model year; else on the day of its first sale that we know.
      `owned_since` is her first document about it.
    - `household_size`: people of her household with herself; 1 when she has none.
    """

    customer = models.OneToOneField(
        Customer, models.DO_NOTHING, primary_key=True, related_name="facts", db_constraint=False
    )
    purchases = models.IntegerField(default=0)
    purchases_sum = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    first_purchase = _day()
    last_purchase = _day()
    last_brand = _of(Brand)
    last_model = _of(CarModel)
    last_car_condition = models.CharField(max_length=4, blank=True)
    last_price = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    new_cars, new_cars_sum, first_new, last_new, new_due = _count(), _sum(), _day(), _day(), _day()
    new_brand, new_model = _of(Brand), _of(CarModel)
    used_cars, used_cars_sum, first_used, last_used, used_due = _count(), _sum(), _day(), _day(), _day()
    used_brand, used_model = _of(Brand), _of(CarModel)
    services = models.IntegerField(default=0)
    services_sum = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    first_service, last_service, service_due = _day(), _day(), _day()
    service_brand, service_model = _of(Brand), _of(CarModel)
    policies, policies_sum, first_insurance, last_insurance = _count(), _sum(), _day(), _day()
    insurance_brand, insurance_model = _of(Brand), _of(CarModel)
    insurance_end = _day()
    insurance_end_estimated = models.BooleanField(default=False)
    accessories, accessories_sum = _count(), _sum()
    first_accessories, last_accessories, accessories_due = _day(), _day(), _day()
    accessories_brand, accessories_model = _of(Brand), _of(CarModel)

    visits = models.IntegerField(default=0)
    last_visit = _day()
    left_without_purchase = _day()
    left_reason = models.CharField(max_length=120, blank=True)
    left_brand, left_model, left_condition = _of(Brand), _of(CarModel), _word(4)
    bought_since_leaving = _flag()
    buyouts, last_buyout = _count(), _day()
    last_seen = _day()
    home_centre = _of(Centre)
    last_salesperson = _of(Salesperson)

    city = _of(City)
    birth_date = _day()
    sex = models.CharField(max_length=1, blank=True)
    is_company = models.BooleanField(default=False)
    household_size = models.IntegerField(default=1, db_default=1)
    has_email = models.BooleanField(default=False)
    has_phone = models.BooleanField(default=False)
    email_reachable, phone_reachable, sms_reachable = _flag(), _flag(), _flag()

    cars = models.IntegerField(default=0)
    car_brand, car_model = _of(Brand), _of(CarModel)
    car_since, car_since_estimated, owned_since = _day(), _flag(), _day()
    computed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("last_purchase", name="facts_last_purchase", condition=models.Q(last_purchase__isnull=False)),
            models.Index("last_service", name="facts_last_service", condition=models.Q(last_service__isnull=False)),
        ]
