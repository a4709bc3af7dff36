from django.db import migrations, models

import channels.models


class Migration(migrations.Migration):
    dependencies = [("channels", "0004_addresses_of_accounts")]
    operations = [
        migrations.AlterField(
            "account",
            "hook",
            models.CharField(default=channels.models.new_hook, editable=False, max_length=32, unique=True),
        ),
    ]
