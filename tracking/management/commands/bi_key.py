"""`manage.py bi_key USER`: a key for the CSV feed of the schema `bi`, in the name of a member of staff."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from tracking.bi import building, feed
from tracking.bi.star import VIEWS


class Command(BaseCommand):
    help = "Make the views of the schema bi and print a key for reading them as CSV, in the name of a member of staff."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="who answers for the feed: it ends with this account")
        parser.add_argument("--days", type=int, default=365, help="how long the key is good")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["user"], is_active=True).first()
        if user is None or not user.has_perm(feed.RIGHT):
            raise CommandError(f"There is no member of staff {options['user']} who may see reports.")
        if not 1 <= options["days"] <= 3650:
            raise CommandError("A key is good for 1 to 3650 days.")
        building.build()
        self.stdout.write(f"Authorization: Bearer {feed.key_for(user, options['days'])}")
        for view in VIEWS:
            self.stdout.write(f"{settings.PUBLIC_URL}/bi/{view.name}.csv")
