from django.db import migrations

# (words, answer, in use): in the language of the people who are answered.
FIRST = (
    (
        "помощь, help, ?",
        "Напишите свой вопрос одним сообщением — ответит менеджер. Не хотите получать рекламу — ответьте СТОП.",
        True,
    ),
    (
        "промокод, promo, акция",
        "Назовите промокод из сообщения менеджеру в салоне или при записи по телефону. Не сработал — напишите сюда, поможем.",
        False,
    ),
)


def add(apps, schema_editor) -> None:
    rules = apps.get_model("campaigns", "KeywordRule")
    if not rules.objects.exists():
        rules.objects.bulk_create(rules(keywords=words, text=text, is_active=used) for words, text, used in FIRST)


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0031_message_templates"),
    ]

    operations = [
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
