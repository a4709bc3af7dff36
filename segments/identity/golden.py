"""The golden record: a customer's own fields, chosen from the cards by these rules of survivorship.

- name: the fullest (surname and whole first name before an initial, a patronymic before none), then that of the source
  with the higher priority, then the most frequent, then that of the newest card; taken whole, never mixed of two cards;
- company, sex, birthday: of the cards of the source with the highest priority that names one, the most frequent;
- city: of the source with the highest priority that names one, that of the newest card.

`origins` tells them card by card. An empty or invalid value never wins: cleaning leaves it out of the card.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

CARDS = """
SELECT c.customer_id, c.code, c.last_name, c.first_name, c.middle_name, c.company, c.sex, c.birth_date, c.city_id,
       c.created_on, c.first_batch_id, s.priority,
       s.priority = max(s.priority) FILTER (WHERE c.company <> '') OVER own AS tells_company,
       s.priority = max(s.priority) FILTER (WHERE c.sex <> '') OVER own AS tells_sex,
       s.priority = max(s.priority) FILTER (WHERE c.birth_date IS NOT NULL) OVER own AS tells_birthday
FROM segments_card AS c JOIN segments_source AS s ON s.id = c.source_id
WHERE c.customer_id = ANY(%(customers)s) WINDOW own AS (PARTITION BY c.customer_id)
"""
# Cards of one source have nobody above them.
OF_ONE_SOURCE = """
SELECT c.*, 0 AS priority, true AS tells_company, true AS tells_sex, true AS tells_birthday FROM ({cards}) AS c
"""
WRITTEN = "id, last_name, first_name, middle_name, company, name_key, sex, birth_date, city_id, first_batch_id"
NAME_KEY = """replace(lower(coalesce(nullif(concat_ws(' ', nullif(last_name, ''), nullif(first_name, ''),
                                               nullif(middle_name, '')), ''), company)), 'ё', 'е')"""
CHOOSE = f"""
WITH card AS MATERIALIZED (
    SELECT *, (last_name <> '')::int * 4 + (length(first_name) > 2)::int * 4 + (first_name <> '')::int * 2
              + (length(middle_name) > 2)::int AS fullness
    FROM ({{cards}}) AS c
), named AS (
    SELECT DISTINCT ON (customer_id) customer_id, last_name, first_name, middle_name
    FROM card GROUP BY customer_id, last_name, first_name, middle_name, fullness
    ORDER BY customer_id, fullness DESC, max(priority) DESC, count(*) DESC, max(created_on) DESC NULLS LAST,
             last_name DESC, first_name DESC, middle_name DESC
), other AS (
    SELECT customer_id,
           coalesce(mode() WITHIN GROUP (ORDER BY company) FILTER (WHERE company <> '' AND tells_company), '') AS company,
           coalesce(mode() WITHIN GROUP (ORDER BY sex) FILTER (WHERE sex <> '' AND tells_sex), '') AS sex,
           mode() WITHIN GROUP (ORDER BY birth_date) FILTER (WHERE tells_birthday) AS birth_date,
           (array_agg(city_id ORDER BY priority DESC, created_on DESC NULLS LAST, code)
               FILTER (WHERE city_id IS NOT NULL))[1] AS city_id,
           min(first_batch_id) AS first_batch_id
    FROM card GROUP BY customer_id
)
INSERT INTO segments_customer AS old ({WRITTEN})
SELECT customer_id, last_name, first_name, middle_name, company, {NAME_KEY}, sex, birth_date, city_id, first_batch_id
FROM named JOIN other USING (customer_id) ORDER BY customer_id
ON CONFLICT (id) DO UPDATE
SET last_name = excluded.last_name, first_name = excluded.first_name, middle_name = excluded.middle_name,
    company = excluded.company, name_key = excluded.name_key, sex = excluded.sex, birth_date = excluded.birth_date,
    city_id = excluded.city_id, updated_at = now()
WHERE (old.last_name, old.first_name, old.middle_name, old.company, old.name_key, old.sex, old.birth_date, old.city_id)
    IS DISTINCT FROM (excluded.last_name, excluded.first_name, excluded.middle_name, excluded.company,
                      excluded.name_key, excluded.sex, excluded.birth_date, excluded.city_id)
"""
# Of a person with one card there is nothing to choose.
TAKE = f"""
INSERT INTO segments_customer ({WRITTEN})
SELECT customer_id, last_name, first_name, middle_name, company, {NAME_KEY}, sex, birth_date, city_id, first_batch_id
FROM ({{cards}}) AS c ORDER BY customer_id
"""


def refresh_golden(customer_ids: Sequence[int]) -> int:
    """Recompute the fields of these customers from their cards; an id without a row yet gets one."""
    if not customer_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(CHOOSE.format(cards=CARDS), {"customers": list(customer_ids)})
        return cursor.rowcount


def add_golden(cursor: Any, *, alone: str, several: str, parameters: Any) -> None:
    """Rows of new customers from all the cards they have, which are of one source: `alone` and `several` select, with
    the columns of CARDS up to `first_batch_id`, the cards of those who have one and of those who have more."""
    cursor.execute(TAKE.format(cards=alone), parameters)
    cursor.execute(CHOOSE.format(cards=OF_ONE_SOURCE.format(cards=several)), parameters)
