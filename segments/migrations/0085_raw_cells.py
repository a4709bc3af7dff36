"""Raw cells of cards become text with the headers beside it: the same headers stood in each of half a million rows."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import segments.models.loose

# Undo puts images back as they are: the cards in them change their form with the cards. jsonb has forgotten the order
# of a file's columns; the order of the alphabet serves.
TO_TEXT = """
CREATE FUNCTION pg_temp.headers(cells jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(key ORDER BY key COLLATE "C") FROM jsonb_object_keys(cells) AS key
$$;
CREATE FUNCTION pg_temp.joined(cells jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(string_agg(replace(value, chr(31), ' '), chr(31) ORDER BY key COLLATE "C"), '')
    FROM jsonb_each_text(cells)
$$;
INSERT INTO segments_cardheaders (names)
SELECT pg_temp.headers(raw) FROM segments_card WHERE raw <> '{}'
UNION SELECT pg_temp.headers(before -> 'raw') FROM segments_beforeimage WHERE kind = 'card' AND before -> 'raw' <> '{}';
UPDATE segments_card AS c SET headers_id = h.id FROM segments_cardheaders AS h
WHERE c.raw <> '{}' AND h.names = pg_temp.headers(c.raw);
UPDATE segments_beforeimage AS b
SET before = b.before || jsonb_build_object('raw', pg_temp.joined(b.before -> 'raw'), 'headers_id', (
    SELECT h.id FROM segments_cardheaders AS h WHERE h.names = pg_temp.headers(b.before -> 'raw')))
WHERE b.kind = 'card';
ALTER TABLE segments_card ALTER COLUMN raw TYPE text USING pg_temp.joined(raw);
DROP FUNCTION pg_temp.headers(jsonb), pg_temp.joined(jsonb);
TRUNCATE staging.cards;
ALTER TABLE staging.cards ALTER COLUMN raw TYPE text USING '';
"""
TO_JSON = """
CREATE FUNCTION pg_temp.cells(headers bigint, raw text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object(h.names, string_to_array(raw, chr(31))), '{}')
    FROM (SELECT 1) AS one LEFT JOIN segments_cardheaders AS h ON h.id = headers AND raw <> ''
$$;
UPDATE segments_beforeimage AS b
SET before = (b.before - 'headers_id')
    || jsonb_build_object('raw', pg_temp.cells((b.before ->> 'headers_id')::bigint, b.before ->> 'raw'))
WHERE b.kind = 'card';
ALTER TABLE segments_card ALTER COLUMN raw TYPE jsonb USING pg_temp.cells(headers_id, raw);
DROP FUNCTION pg_temp.cells(bigint, text);
TRUNCATE staging.cards;
ALTER TABLE staging.cards ALTER COLUMN raw TYPE jsonb USING '{}';
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0072_outward")]

    operations = [
        migrations.CreateModel(
            name="CardHeaders",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("names", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
        ),
        migrations.AddField(
            model_name="card",
            name="headers",
            field=segments.models.loose.Loose(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="segments.cardheaders",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TO_TEXT, TO_JSON)],
            state_operations=[
                migrations.AlterField(model_name="card", name="raw", field=models.TextField(blank=True)),
            ],
        ),
    ]
