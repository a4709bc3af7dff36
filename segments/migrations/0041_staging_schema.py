"""The buffer of imports: unlogged tables in a schema of their own (`segments.importing.staging`, `.indexes`).

Needs no more than the rights of the database's owner. Only whitelisted columns; nothing refers to them.
`postponed_index` is logged, for it must outlive a crash: it names the indexes that a first load put off.
"""

from django.db import migrations

CREATE = """
CREATE SCHEMA IF NOT EXISTS staging;
CREATE UNLOGGED TABLE staging.cards (
    line bigint PRIMARY KEY, code text NOT NULL, last_name text NOT NULL, first_name text NOT NULL,
    middle_name text NOT NULL, company text NOT NULL, sex text NOT NULL, birth_date date, city_id bigint,
    centre_id bigint, created_on date, consent boolean, refuses_contact boolean NOT NULL, raw jsonb NOT NULL,
    notes jsonb NOT NULL, content_hash bytea NOT NULL
);
CREATE UNLOGGED TABLE staging.contacts (
    line bigint NOT NULL, contact_point_id bigint NOT NULL, kind text NOT NULL, position smallint NOT NULL,
    PRIMARY KEY (line, contact_point_id)
);
CREATE UNLOGGED TABLE staging.documents (
    id bigint PRIMARY KEY, customer_id bigint, card_id bigint, card_code text, kind text, external_key text,
    number text, status text, happened_at timestamptz, line text, condition text, centre_id bigint,
    salesperson_id bigint, brand_id bigint, model_id bigint, vehicle_id bigint, amount numeric, margin numeric,
    reason text, content_hash bytea, last_batch_id bigint
);
CREATE TABLE staging.postponed_index (name text PRIMARY KEY, definition text NOT NULL);
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0040_search_indexes")]
    operations = [migrations.RunSQL(CREATE, "DROP SCHEMA staging CASCADE")]
