"""Campaigns from the command line, through the same gates as in the admin."""

import json
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from campaigns.drafting import draft
from campaigns.launching import launch
from campaigns.models import Campaign
from campaigns.refusals import Refused


class Command(BaseCommand):
    help = "create FILE: a draft from a JSON file. launch ID --author U --approver V: approve and start it."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a draft from a JSON file")
        create.add_argument("file", type=Path)
        create.add_argument("--author", help="user name; without it the first administrator, until the launch")
        start = verbs.add_parser("launch", help="approve and start")
        start.add_argument("campaign", type=int)
        start.add_argument("--author", required=True)
        start.add_argument("--approver", required=True)
        for verb in (create, start):
            verb.add_argument("--json", action="store_true")

    def handle(self, *, verb: str, **options: Any) -> None:
        try:
            done = self._create(options) if verb == "create" else self._launch(options)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        if options["json"]:
            self.stdout.write(json.dumps({"format": 1, **done}))
        else:
            self.stdout.write(" ".join(f"{name}={value}" for name, value in done.items()))

    def _create(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            plan = json.loads(options["file"].read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise CommandError(_("The file cannot be read: %(why)s") % {"why": error}) from error
        except ValueError as error:
            raise CommandError(_("The file is no JSON in UTF-8: %(why)s") % {"why": error}) from error
        return {"campaign": draft(plan, _author(options["author"])).pk}

    def _launch(self, options: dict[str, Any]) -> dict[str, Any]:
        campaign = Campaign.objects.filter(pk=options["campaign"]).first()
        if campaign is None:
            raise CommandError(_("There is no campaign № %(number)s.") % {"number": options["campaign"]})
        run = launch(campaign, author=_user(options["author"]), approver=_user(options["approver"]))
        return {"campaign": campaign.pk, "run": run.pk if run else None, "state": str(campaign.state)}


def _user(name: str) -> Any:
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(_("There is no user “%(name)s”.") % {"name": name})
    return user


def _author(name: str | None) -> Any:
    if name:
        return _user(name)
    user = get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if user is None:
        raise CommandError(_("There is no administrator yet: name the author with --author."))
    return user
