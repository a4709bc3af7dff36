from django.db import migrations

# An import writes a million and a half of these rows; a sequence that is asked for each costs as much as an index.
# Nothing goes by the order of their ids, unlike those of the log of consents.
OF_ROWS = ("segments_cardcontact", "segments_consentstate")
# Nobody looks for cards by these; their statistics are wide texts that every ANALYZE sorts.
NEVER_ASKED = ("raw", "notes", "content_hash")


def by_the_thousand(table: str) -> migrations.RunSQL:
    alter = f"ALTER TABLE {table} ALTER COLUMN id SET CACHE"
    return migrations.RunSQL(f"{alter} 1000", f"{alter} 1")


def without_statistics(column: str) -> migrations.RunSQL:
    alter = f"ALTER TABLE segments_card ALTER COLUMN {column} SET STATISTICS"
    return migrations.RunSQL(f"{alter} 0", f"{alter} -1")


class Migration(migrations.Migration):
    dependencies = [("segments", "0100_bound_addresses")]

    operations = [*map(by_the_thousand, OF_ROWS), *map(without_statistics, NEVER_ASKED)]
