from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0061_consent_day_in_buffer"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="beforeimage",
            name="after",
        ),
    ]
