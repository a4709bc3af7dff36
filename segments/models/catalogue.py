"""Dictionaries: brands, models, cities, centres, and the spellings by which the sources call them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Brand(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.name


class BrandSpelling(models.Model):
    """One way a source writes a brand; `spelling` is lower case, trimmed, ё → е."""

    spelling = models.CharField(_("spelling"), max_length=80, unique=True)
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="spellings", verbose_name=_("brand"))

    class Meta:
        ordering = ["spelling"]
        verbose_name = _("brand spelling")
        verbose_name_plural = _("brand spellings")

    def __str__(self) -> str:
        return self.spelling


class CarModel(models.Model):
    """A model of a brand. `car_class` (B, C, SUV-D …) makes classmates; `base_price` in roubles."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="models", verbose_name=_("brand"))
    name = models.CharField(_("name"), max_length=80)
    car_class = models.CharField(_("class"), max_length=12, blank=True)
    price_band = models.CharField(_("price band"), max_length=20, blank=True, db_default="")
    base_price = models.DecimalField(_("base price, ₽"), max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["brand__name", "name"]
        constraints = [models.UniqueConstraint("brand", "name", name="car_model_once")]
        verbose_name = _("model")
        verbose_name_plural = _("models")

    def __str__(self) -> str:
        return self.name


class City(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Moscow")

    class Meta:
        ordering = ["name"]
        verbose_name = _("city")
        verbose_name_plural = _("cities")

    def __str__(self) -> str:
        return self.name


class CitySpelling(models.Model):
    """One way a source writes a city; `spelling` is lower case, trimmed, ё → е."""

    spelling = models.CharField(_("spelling"), max_length=80, unique=True)
    city = models.ForeignKey(City, models.CASCADE, related_name="spellings", verbose_name=_("city"))

    class Meta:
        ordering = ["spelling"]
        verbose_name = _("city spelling")
        verbose_name_plural = _("city spellings")

    def __str__(self) -> str:
        return self.spelling


class Centre(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Moscow", db_default="Europe/Moscow")

    class Meta:
        ordering = ["name"]
        verbose_name = _("dealer centre")
        verbose_name_plural = _("dealer centres")

    def __str__(self) -> str:
        return self.name


class Salesperson(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("salesperson")
        verbose_name_plural = _("salespeople")

    def __str__(self) -> str:
        return self.name
