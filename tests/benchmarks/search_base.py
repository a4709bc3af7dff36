"""A base of half a million people made set-wise by SQL: what a search meets, without an import."""

from django.db import connection

PEOPLE = 500_000

ROOTS = [
    "Иван", "Петр", "Сидор", "Кузнец", "Смирн", "Попов", "Васил", "Соколов", "Михайл", "Новиков", "Федор",
    "Мороз", "Волк", "Алексе", "Лебед", "Семен", "Егор", "Павл", "Козл", "Степан", "Никола", "Орл", "Андре",
    "Макар", "Никит", "Захар", "Зайц", "Соловь", "Борис", "Яковл", "Григорь", "Роман", "Воробь", "Серге",
    "Фрол", "Александр", "Дмитри", "Корол", "Гусь", "Кисел", "Илюш", "Максим", "Поляк", "Сорок", "Виноград",
    "Ковал", "Бел", "Медвед", "Антон", "Тарас",
]  # fmt: skip
ENDINGS = [
    "ов", "ев", "ин", "ский", "ко", "ук", "цев", "кин", "чук", "ёнок", "енко", "юк",
]  # fmt: skip
FIRST = [
    "Александр", "Сергей", "Дмитрий", "Андрей", "Алексей", "Максим", "Евгений", "Иван", "Михаил", "Пётр",
    "Елена", "Ольга", "Наталья", "Анна", "Татьяна", "Ирина", "Светлана", "Мария", "Юлия", "Екатерина",
]  # fmt: skip
MIDDLE = [
    "Александрович", "Сергеевич", "Иванович", "Петрович", "Николаевич", "Фёдорович", "Александровна",
    "Сергеевна", "Ивановна", "Петровна",
]  # fmt: skip
WORDS = {"roots": ROOTS, "endings": ENDINGS, "first": FIRST, "middle": MIDDLE}

CUSTOMERS = """
INSERT INTO segments_customer (id, last_name, first_name, middle_name, company, name_key, sex, created_at)
SELECT n, last, first, middle, '', replace(lower(last || ' ' || first || ' ' || middle), 'ё', 'е'), '',
       now() - make_interval(secs => (%(people)s - n) * 800)
FROM (SELECT n, w.roots[1 + h1 %% cardinality(w.roots)] || w.endings[1 + h2 %% cardinality(w.endings)] AS last,
             w.first[1 + h3 %% cardinality(w.first)] AS first, w.middle[1 + h4 %% cardinality(w.middle)] AS middle
      FROM (SELECT n, abs(hashint4(n)) AS h1, abs(hashint4(n + 10000000)) AS h2, abs(hashint4(n + 20000000)) AS h3,
                   abs(hashint4(n + 30000000)) AS h4 FROM generate_series(1, %(people)s) AS n) AS hashed,
           (SELECT %(roots)s::text[] AS roots, %(endings)s::text[] AS endings, %(first)s::text[] AS first,
                   %(middle)s::text[] AS middle) AS w) AS named
"""
CARDS = """
INSERT INTO segments_card (id, source_id, code, customer_id, last_name, first_name, middle_name, company, sex, why, raw,
                           content_hash)
SELECT id, %(source)s, 'АА-' || lpad(id::text, 7, '0'), id, last_name, first_name, middle_name, '', '', 'alone', '',
       '\\x00' FROM segments_customer
"""
# Numbers scattered over the range, as people have them; every third person has an e-mail.
POINTS = """
INSERT INTO segments_contactpoint (id, kind, value)
SELECT n, 'phone', '+79' || lpad((n::bigint * 7368787 %% 1000000000)::text, 9, '0')
FROM generate_series(1, %(people)s) AS n
UNION ALL
SELECT %(people)s + n, 'email', md5(n::text) || '@mail.ru' FROM generate_series(3, %(people)s, 3) AS n
"""
HOLDERS = """
INSERT INTO segments_cardcontact (card_id, contact_point_id, customer_id, position)
SELECT who, id, who, 0 FROM (SELECT id, CASE WHEN id > %(people)s THEN id - %(people)s ELSE id END AS who
                             FROM segments_contactpoint) AS held
"""
VEHICLES = """
INSERT INTO segments_vehicle (vin, plate, customer_id)
SELECT 'XTA' || upper(substr(md5(n::text), 1, 8)) || lpad((n::bigint * 7919 %% 1000000)::text, 6, '0'),
       CASE WHEN n %% 2 = 0 THEN substr('ABEKMHOPCTYX', 1 + n / 2 %% 12, 1) || lpad((n / 7 %% 1000)::text, 3, '0') ||
            substr('ABEKMHOPCTYX', 1 + n / 3 %% 12, 1) || substr('ABEKMHOPCTYX', 1 + n / 5 %% 12, 1) ||
            (10 + n %% 90)::text ELSE '' END, n
FROM generate_series(1, %(people)s) AS n WHERE n %% 6 <> 0
"""
FACTS = """
INSERT INTO segments_customerfacts (customer_id, purchases, purchases_sum, last_car_condition, services, services_sum,
    visits, left_reason, insurance_end_estimated, sex, is_company, has_email, has_phone, cars, computed_at)
SELECT id, 0, 0, '', 0, 0, 0, '', false, '', false, id %% 3 = 0, true, 1, now() FROM segments_customer
"""
TABLES = (
    "segments_customer", "segments_card", "segments_contactpoint", "segments_cardcontact", "segments_vehicle",
    "segments_customerfacts",
)  # fmt: skip


def fill(source_id: int, people: int = PEOPLE) -> None:
    """Make the people 1…`people` in an empty base, each with a card «АА-0000001» and a phone."""
    with connection.cursor() as cursor:
        for statement in (CUSTOMERS, CARDS, POINTS, HOLDERS, VEHICLES, FACTS):
            cursor.execute(statement, {"people": people, "source": source_id, **WORDS})
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")
