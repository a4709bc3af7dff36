"""What cards say of mailings is worked out outside the database, and no longer waits in the buffer."""

from django.db import migrations

DROP = "ALTER TABLE staging.cards DROP COLUMN consent, DROP COLUMN consent_on, DROP COLUMN refuses_contact"
ADD = """
TRUNCATE staging.cards;
ALTER TABLE staging.cards
    ADD COLUMN consent boolean, ADD COLUMN consent_on date, ADD COLUMN refuses_contact boolean NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0085_raw_cells")]

    operations = [migrations.RunSQL(DROP, ADD)]
