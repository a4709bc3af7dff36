"""Indexes of the search for customers (`segments.admin.customer_search`).

Each is paid for with every row of a load, so the cheapest that answers was taken (500,000 people, building four
fifths and inserting the rest): words of the name 1.1 + 0.6 s against trigrams' 3.2 + 1.7 s; the last four digits of
a phone 0.8 + 0.1 s against trigrams' 2.5 + 6.5 s; new customers by BRIN 0.1 s.
Every search reads the pending list of the index of words (kB), which an import fills: a short one costs it nothing.
"""

from django.db import migrations

WORDS = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS customer_name_words ON segments_customer USING gin (
    array_to_tsvector(array_remove(string_to_array(translate(name_key, '"«»().,-/', '         '), ' '), ''))) WITH (gin_pending_list_limit = 256)
"""
PHONE_END = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS contact_phone_end ON segments_contactpoint ("right"(value, 4))
WHERE kind = 'phone'
"""
VIN_END = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS vehicle_vin_end ON segments_vehicle ("right"(vin, 6)) WHERE vin <> ''
"""
PLATE = "CREATE INDEX CONCURRENTLY IF NOT EXISTS vehicle_plate ON segments_vehicle (plate) WHERE plate <> ''"
NEW = "CREATE INDEX CONCURRENTLY IF NOT EXISTS customer_created ON segments_customer USING brin (created_at)"
TRIGRAMS = (
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS customer_name_trgm ON segments_customer USING gin (name_key gin_trgm_ops)"
)


def _drop(name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("segments", "0030_nightly")]
    operations = [
        migrations.RunSQL(WORDS, _drop("customer_name_words")),
        migrations.RunSQL(PHONE_END, _drop("contact_phone_end")),
        migrations.RunSQL(VIN_END, _drop("vehicle_vin_end")),
        migrations.RunSQL(PLATE, _drop("vehicle_plate")),
        migrations.RunSQL(NEW, _drop("customer_created")),
        migrations.RunSQL(_drop("customer_name_trgm"), TRIGRAMS),
    ]
