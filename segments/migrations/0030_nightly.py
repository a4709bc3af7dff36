import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0020_value_tables")]

    operations = [
        migrations.CreateModel(
            name="NightWork",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(null=True)),
                ("result", models.JSONField(default=dict)),
                ("error", models.TextField(blank=True)),
            ],
        ),
        migrations.AddField(
            model_name="feed",
            name="moves_taken",
            field=models.BooleanField(default=False, verbose_name="move loaded files to “done”"),
        ),
        migrations.AddField(model_name="feedlook", name="rows", field=models.JSONField(default=dict)),
        migrations.CreateModel(
            name="FeedObject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=120)),
                ("ref", models.UUIDField()),
                ("version", models.CharField(max_length=40)),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="segments.importbatch",
                    ),
                ),
                (
                    "feed",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="segments.feed",
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint("feed", "entity", "ref", name="feed_object_once")]},
        ),
    ]
