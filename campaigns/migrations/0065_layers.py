"""Layers: experiments of one layer have no people in common."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import campaigns.models.experiment


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0063_variants"),
    ]

    operations = [
        migrations.CreateModel(
            name="Layer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="what it is for")),
                ("salt", models.CharField(default=campaigns.models.experiment.new_salt, editable=False, max_length=32)),
            ],
            options={
                "verbose_name": "layer of experiments",
                "verbose_name_plural": "layers of experiments",
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="experiment",
            name="layer_percent",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)],
                verbose_name="part of the layer, %",
            ),
        ),
        migrations.AddField(
            model_name="experiment",
            name="slice_from",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="experiment",
            name="layer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="experiments",
                to="campaigns.layer",
                verbose_name="layer",
            ),
        ),
    ]
