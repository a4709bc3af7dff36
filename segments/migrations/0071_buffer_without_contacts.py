"""Addresses go from the file into their own table (`segments.importing.addresses`): the buffer keeps none. Cars are
given their owners after they were written: half of each page is left for that, so that no index has to follow."""

from django.db import migrations

CONTACTS = """
CREATE UNLOGGED TABLE staging.contacts (
    line bigint NOT NULL, contact_point_id bigint NOT NULL, kind text NOT NULL, position smallint NOT NULL,
    PRIMARY KEY (line, contact_point_id)
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0070_contact_lists"),
    ]

    operations = [
        migrations.RunSQL("DROP TABLE staging.contacts", CONTACTS),
        migrations.RunSQL(
            "ALTER TABLE segments_vehicle SET (fillfactor = 50)", "ALTER TABLE segments_vehicle RESET (fillfactor)"
        ),
    ]
