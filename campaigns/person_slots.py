"""The placeholders about a person: SQL expressions over one join, empty where the base does not know."""

from django.utils.translation import gettext_lazy as _

from campaigns.slots import Slot, register
from segments.cleaning.first_names import TITLED

# `asked` (message_id, customer_id) comes from the caller. A customer who was merged since the plan was frozen
# is read as the survivor.
PEOPLE = """
    JOIN segments_customer AS planned ON planned.id = asked.customer_id
    JOIN segments_customer AS customer ON customer.id = COALESCE(planned.merged_into_id, planned.id)
    LEFT JOIN segments_customerfacts AS facts ON facts.customer_id = customer.id
    LEFT JOIN segments_brand AS brand ON brand.id = facts.last_brand_id
    LEFT JOIN segments_carmodel AS model ON model.id = facts.last_model_id
    LEFT JOIN segments_city AS city ON city.id = COALESCE(customer.city_id, facts.city_id)
    LEFT JOIN segments_centre AS centre ON centre.id = facts.home_centre_id
"""

# Slips, initials and remarks stand in cards too: only what the dictionary of names has is printed as a first name.
_IS_NAME = f"customer.first_name = ANY('{{{','.join(TITLED)}}}'::text[])"
_FIRST = f"CASE WHEN {_IS_NAME} THEN customer.first_name ELSE '' END"
_WITHOUT_INITIALS = "CASE WHEN right({column}, 1) = '.' THEN '' ELSE {column} END"
_MIDDLE = _WITHOUT_INITIALS.format(column="customer.middle_name")
_LAST = _WITHOUT_INITIALS.format(column="customer.last_name")

# By sex where it is known; a name without a sex gets a form that fits both; nobody is left without words.
_GREETING = f"""CASE
    WHEN {_IS_NAME} THEN
        CASE customer.sex WHEN 'f' THEN 'Уважаемая ' WHEN 'm' THEN 'Уважаемый ' ELSE 'Здравствуйте, ' END
        || rtrim(customer.first_name || ' ' || {_MIDDLE})
    WHEN customer.sex = 'f' THEN 'Уважаемая клиентка'
    WHEN customer.company <> '' THEN 'Уважаемые коллеги'
    ELSE 'Уважаемый клиент' END"""
_NAMELESS = frozenset(["Уважаемая клиентка", "Уважаемые коллеги", "Уважаемый клиент"])


def register_all() -> None:
    for name, label, example, expression in (
        ("имя", _("first name"), "Анна", _FIRST),
        ("фамилия", _("last name"), "Петрова", _LAST),
        ("отчество", _("patronymic"), "Сергеевна", _MIDDLE),
    ):
        register(Slot(name=name, label=label, example=example, expression=expression, is_name=True))
    greeting = Slot(
        name="обращение",
        label=_("salutation by sex"),
        example="Уважаемая Анна Сергеевна",
        expression=_GREETING,
        is_name=True,
        stand_ins=_NAMELESS,
    )
    register(greeting)
    for name, label, example, expression in (
        ("город", _("city"), "Казань", "COALESCE(city.name, '')"),
        ("автомобиль", _("last car: brand and model"), "Lada Vesta", "concat_ws(' ', brand.name, model.name)"),
        ("бренд", _("brand of the last car"), "Lada", "COALESCE(brand.name, '')"),
        ("салон", _("the customer's dealer centre"), "Центр на Ленина", "COALESCE(centre.name, '')"),
    ):
        register(Slot(name=name, label=label, example=example, expression=expression))
