"""The buffer carries the day of a consent. Documents never waited in it: nobody has to be found for them first."""

from django.db import migrations

FORWARDS = """
ALTER TABLE staging.cards ADD COLUMN consent_on date;
DROP TABLE staging.documents;
"""
BACKWARDS = """
ALTER TABLE staging.cards DROP COLUMN consent_on;
CREATE UNLOGGED TABLE staging.documents (
    id bigint PRIMARY KEY, customer_id bigint, card_id bigint, card_code text, kind text, external_key text,
    number text, status text, happened_at timestamptz, line text, condition text, centre_id bigint,
    salesperson_id bigint, brand_id bigint, model_id bigint, vehicle_id bigint, amount numeric, margin numeric,
    reason text, content_hash bytea, last_batch_id bigint
);
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0060_priority_applied")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
