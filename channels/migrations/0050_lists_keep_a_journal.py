from django.db import migrations, models

MODES = [("journal", "journal"), ("live", "live")]


class Migration(migrations.Migration):
    """Accounts that are there already go on for real; new ones keep a journal."""

    dependencies = [("channels", "0030_devices")]

    operations = [
        migrations.AddField(
            model_name="listaccount",
            name="mode",
            field=models.CharField(choices=MODES, default="live", editable=False, max_length=8, verbose_name="mode"),
        ),
        migrations.AlterField(
            model_name="listaccount",
            name="mode",
            field=models.CharField(choices=MODES, default="journal", editable=False, max_length=8, verbose_name="mode"),
        ),
    ]
