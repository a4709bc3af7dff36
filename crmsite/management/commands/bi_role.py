"""`manage.py bi_role NAME`: the schema `bi`, and a role that reads it and nothing else. Prints how to connect."""

import secrets
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from crmsite.embedded import state
from tracking.bi import building


class Command(BaseCommand):
    help = (
        "Make the views of the schema bi, and a role that may read them and nothing else; run again for a new password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="krug_bi", help="of the role; krug_bi when not given")
        parser.add_argument(
            "--by", default="", metavar="URL",
            help="the address of a PostgreSQL user who may make roles; not needed with the embedded server",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        views = building.build()
        password = secrets.token_urlsafe(24)
        try:
            with psycopg.connect(options["by"] or self.maker(), autocommit=True) as by:
                building.make_role(by, options["name"], password)
        except building.CannotMakeRole as error:
            raise CommandError(str(error)) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise CommandError(
                "The views are made, the role is not: the database user may not make roles. Give --by the address of one who may."
            ) from error
        where = connection.settings_dict
        self.stdout.write(
            f"server: {where['HOST']}:{where['PORT']}\ndatabase: {where['NAME']}\nschema: {building.SCHEMA}"
        )
        self.stdout.write(f"user: {options['name']}\npassword: {password}\nviews: {', '.join(views)}")

    def maker(self) -> str:
        """The superuser of the embedded server where it is ours; else the user that Krug itself has."""
        where = connection.settings_dict
        kept = state.load(settings.VAR_DIR)
        if kept and kept.postgres_port and str(kept.postgres_port) == str(where["PORT"]):
            return urlunsplit(urlsplit(kept.superuser_url)._replace(path=f"/{where['NAME']}"))
        secret = f":{where['PASSWORD']}" if where["PASSWORD"] else ""
        return f"postgresql://{where['USER']}{secret}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
