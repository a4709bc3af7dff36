"""Opens and clicks of before: classed by what was asked of them then, so that their counts stay what they were."""

from django.db import migrations

ROBOT = r"bot\y|crawl|spider|slurp|barracuda|mimecast|proofpoint|safelinks|urldefense"
CLASS = """
UPDATE tracking_hit
SET made_by = CASE WHEN method <> 'GET' OR user_agent ~* %(robot)s THEN 'machine' ELSE 'human' END,
    reasons = CASE WHEN method <> 'GET' THEN ARRAY['head'] WHEN user_agent ~* %(robot)s THEN ARRAY['robot']
                   ELSE ARRAY[]::text[] END
WHERE made_by = ''
"""


def class_them(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(CLASS, {"robot": ROBOT})


class Migration(migrations.Migration):
    dependencies = [("tracking", "0014_who_made_hits")]

    operations = [migrations.RunPython(class_them, migrations.RunPython.noop)]
