import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import segments.models.loose


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0071_buffer_without_contacts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DataExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("happened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("external_list", "external list"),
                            ("identities", "cards and their customers"),
                            ("rejected_rows", "refused rows of an import"),
                        ],
                        max_length=16,
                        verbose_name="what",
                    ),
                ),
                ("about", models.CharField(max_length=200, verbose_name="of what")),
                ("recipient", models.CharField(max_length=200, verbose_name="where to")),
                ("rows", models.IntegerField(verbose_name="rows")),
                (
                    "contact_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "data export",
                "verbose_name_plural": "data exports",
                "ordering": ["-id"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="ExternalList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                ("provider", models.CharField(max_length=30, verbose_name="provider")),
                ("audience", models.CharField(max_length=120, verbose_name="list at the provider")),
                ("is_active", models.BooleanField(default=True, verbose_name="kept in step")),
                ("size", models.IntegerField(default=0, editable=False, verbose_name="addresses there")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("synced_at", models.DateTimeField(editable=False, null=True, verbose_name="in step since")),
                ("error", models.TextField(blank=True, editable=False)),
                (
                    "author",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="external_lists",
                        to="segments.segment",
                        verbose_name="segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "external list",
                "verbose_name_plural": "external lists",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ExternalAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("farewell", models.CharField(blank=True, db_default="", max_length=254)),
                ("sent_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "contact_point",
                    segments.models.loose.Loose(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="segments.contactpoint",
                    ),
                ),
                (
                    "external_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="segments.externallist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListSync",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True)),
                ("opted_out", models.IntegerField(default=0)),
                ("added", models.IntegerField(default=0)),
                ("removed", models.IntegerField(default=0)),
                ("refused", models.JSONField(default=dict)),
                (
                    "added_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "removed_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("error", models.TextField(blank=True)),
                (
                    "external_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="syncs", to="segments.externallist"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddIndex(
            model_name="externallist",
            index=models.Index(models.F("due_at"), condition=models.Q(("is_active", True)), name="external_list_due"),
        ),
        migrations.AddConstraint(
            model_name="externallist",
            constraint=models.UniqueConstraint(models.F("provider"), models.F("audience"), name="external_list_once"),
        ),
        migrations.AddIndex(
            model_name="externaladdress",
            index=models.Index(models.F("contact_point"), name="external_address_of_contact"),
        ),
        migrations.AddConstraint(
            model_name="externaladdress",
            constraint=models.UniqueConstraint(
                models.F("external_list"), models.F("contact_point"), name="external_address_once"
            ),
        ),
        migrations.AddIndex(
            model_name="listsync",
            index=models.Index(fields=["external_list", "-id"], name="list_sync_of_list"),
        ),
    ]
