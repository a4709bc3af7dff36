from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("segments", "0002_view_contacts")]

    operations = [
        migrations.AlterModelOptions(
            name="contactpoint",
            options={
                "permissions": [
                    ("view_contacts", "Can see contacts unmasked"),
                    ("reveal_contacts", "Can reveal a contact, one at a time and logged"),
                ],
                "verbose_name": "contact point",
                "verbose_name_plural": "contact points",
            },
        ),
    ]
