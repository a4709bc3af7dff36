"""The schema `bi` in the database, and the role that may read it and nothing else."""

import re
from typing import Any

from django.db import connection
from psycopg import Connection, sql

from tracking.bi.star import VIEWS

SCHEMA = "bi"
ROLE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
EXISTS = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'bi')"
# Its sessions only read, and are not for ever. What is made in the schema later is for it too.
GRANTS = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA bi TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA bi TO {role}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA bi GRANT SELECT ON TABLES TO {role}",
    "ALTER ROLE {role} IN DATABASE {database} SET default_transaction_read_only = on",
    "ALTER ROLE {role} IN DATABASE {database} SET statement_timeout = '15min'",
    "ALTER ROLE {role} IN DATABASE {database} SET search_path = bi",
)
IS_POWERFUL = """
SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls
    OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) OR EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid)
FROM pg_roles AS r WHERE rolname = %s
"""


class CannotMakeRole(Exception):
    """With a sentence for whoever typed the command."""


def build() -> list[str]:
    """Make the schema and all its views anew; returns their names. Needs the rights of the database's owner."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        drop()
        for view in VIEWS:
            cursor.execute(f"CREATE VIEW {SCHEMA}.{view.name} AS {view.sql}")
            cursor.execute(f"COMMENT ON VIEW {SCHEMA}.{view.name} IS '{view.about}'")
    return [view.name for view in VIEWS]


def drop() -> None:
    """All views of the schema; the schema and who may read it stay."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT viewname FROM pg_views WHERE schemaname = %s", [SCHEMA])
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP VIEW {}").format(sql.Identifier(SCHEMA, name)))


def before_migrating(plan: list[Any] = (), **signal: Any) -> None:  # type: ignore[assignment]
    """A column that a view reads cannot change its type: views step aside for migrations."""
    if plan and is_built():
        drop()


def after_migrating(plan: list[Any] = (), **signal: Any) -> None:  # type: ignore[assignment]
    if plan and is_built():
        build()


def is_built() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(EXISTS)
        return cursor.fetchone()[0]


def make_role(by: Connection, name: str, password: str) -> None:
    """Make the role, or give it a new password, by a connection to this database that may make roles. Raises CannotMakeRole."""
    if not ROLE.fullmatch(name):
        raise CannotMakeRole("The name of a role: Latin lower-case letters, digits and underscores, a letter first.")
    found = by.execute(IS_POWERFUL, [name]).fetchone()
    if found and found[0]:
        raise CannotMakeRole(f"The role {name} may do more than read: choose another name.")
    verb = sql.SQL("ALTER" if found else "CREATE")
    limits = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 10")
    by.execute(sql.SQL("{} ROLE {} {} PASSWORD {}").format(verb, sql.Identifier(name), limits, sql.Literal(password)))
    for grant in GRANTS:
        by.execute(
            sql.SQL(grant).format(
                role=sql.Identifier(name),
                database=sql.Identifier(connection.settings_dict["NAME"]),
                owner=sql.Identifier(connection.settings_dict["USER"]),
            )
        )
