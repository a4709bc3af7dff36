"""Files of earlier imports become rows; states take the names of the life-cycle."""

from django.db import migrations

FILES = """
INSERT INTO segments_importfile (batch_id, kind, name, size, digest, encoding, columns, options)
SELECT b.id, k.kind, '', 0, '', '', k.columns, '{}' FROM segments_importbatch AS b
CROSS JOIN LATERAL (VALUES ('cards', b.cards_file, b.cards_columns), ('documents', b.documents_file, b.documents_columns))
    AS k (kind, file, columns)
WHERE k.file <> '' ON CONFLICT DO NOTHING
"""
STATES = """
UPDATE segments_importbatch SET state = CASE
    WHEN state = 'uploaded' THEN 'decoded' WHEN state = 'queued' THEN 'mapped' WHEN state = 'running' THEN 'loading'
    WHEN state = 'done' AND dry_run THEN 'previewed' ELSE state END
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0007_customer_base")]

    operations = [migrations.RunSQL([FILES, STATES], migrations.RunSQL.noop)]
