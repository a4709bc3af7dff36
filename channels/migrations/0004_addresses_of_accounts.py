"""Every account that is there gets its webhook's address."""

import secrets
from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    accounts = apps.get_model("channels", "Account").objects
    for account in accounts.filter(hook=None):
        accounts.filter(pk=account.pk, hook=None).update(hook=secrets.token_urlsafe(16))


class Migration(migrations.Migration):
    dependencies = [("channels", "0003_webhooks")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
