"""Which priority of a source its golden records have been chosen by. Where one was changed before this, they are made
anew once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0050_identity_pinned")]

    operations = [
        migrations.AddField(
            model_name="source",
            name="priority_applied",
            field=models.SmallIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
