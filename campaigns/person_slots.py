"""The placeholders about a person: SQL expressions over one join, empty where the base does not know."""

from django.utils.translation import gettext_lazy as _

from campaigns.slots import Slot, register

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

# By sex where it is known; a name without a sex gets a form that fits both; nobody is left without words.
_GREETING = """CASE
    WHEN customer.first_name <> '' THEN
        CASE customer.sex WHEN 'f' THEN 'Уважаемая ' WHEN 'm' THEN 'Уважаемый ' ELSE 'Здравствуйте, ' END
        || rtrim(customer.first_name || ' ' || customer.middle_name)
    WHEN customer.sex = 'f' THEN 'Уважаемая клиентка'
    WHEN customer.company <> '' THEN 'Уважаемые коллеги'
    ELSE 'Уважаемый клиент' END"""


def register_all() -> None:
    for name, label, example, expression in (
        ("имя", _("first name"), "Анна", "customer.first_name"),
        ("фамилия", _("last name"), "Петрова", "customer.last_name"),
        ("отчество", _("patronymic"), "Сергеевна", "customer.middle_name"),
        ("обращение", _("salutation by sex"), "Уважаемая Анна Сергеевна", _GREETING),
        ("город", _("city"), "Казань", "COALESCE(city.name, '')"),
        ("автомобиль", _("last car: brand and model"), "Lada Vesta", "concat_ws(' ', brand.name, model.name)"),
        ("бренд", _("brand of the last car"), "Lada", "COALESCE(brand.name, '')"),
        ("салон", _("the customer's dealer centre"), "Центр на Ленина", "COALESCE(centre.name, '')"),
    ):
        register(Slot(name=name, label=label, example=example, expression=expression))
