"""Brands and cities to begin with; what is there already stays as people have made it."""

from django.db import migrations

from segments.catalogue_seed import brands, cities


def fill(apps, schema_editor):
    brand_model, brand_spelling = (apps.get_model("segments", name) for name in ("Brand", "BrandSpelling"))
    city_model, city_spelling = (apps.get_model("segments", name) for name in ("City", "CitySpelling"))
    for name, spellings in brands():
        brand = brand_model.objects.get_or_create(name=name)[0]
        for spelling in spellings:
            brand_spelling.objects.get_or_create(spelling=spelling, defaults={"brand": brand})
    for name, zone, spellings in cities():
        city = city_model.objects.get_or_create(name=name, defaults={"time_zone": zone})[0]
        for spelling in spellings:
            city_spelling.objects.get_or_create(spelling=spelling, defaults={"city": city})


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_reveal_contacts")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
