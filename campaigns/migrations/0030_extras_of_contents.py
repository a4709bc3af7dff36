from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0010_stand_ins"),
        ("campaigns", "0040_inquiries"),
    ]

    operations = [
        migrations.AddField(
            model_name="content",
            name="extras",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
