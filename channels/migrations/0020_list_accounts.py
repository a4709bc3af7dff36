import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0010_limits_and_sandbox")]

    operations = [
        migrations.CreateModel(
            name="ListAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("provider", models.CharField(max_length=20, verbose_name="provider")),
                ("options", models.JSONField(blank=True, default=dict, verbose_name="options")),
                ("secret", models.TextField(blank=True, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("check_answer", models.TextField(blank=True, editable=False, verbose_name="last check")),
                ("checked_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "account of a list service",
                "verbose_name_plural": "accounts of list services",
                "ordering": ["name"],
            },
        ),
    ]
