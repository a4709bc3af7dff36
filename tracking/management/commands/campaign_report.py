"""Print what a campaign brought."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from tracking.reports import report


class Command(BaseCommand):
    help = "Prints the report of a campaign: its audience by fate, reactions, calls, visits and deals in both arms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", type=int)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(pk=options["campaign"]).first()
        if campaign is None:
            raise CommandError(_("There is no campaign %d.") % options["campaign"])
        figures = report(campaign)
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
            return
        self.stdout.write(f"{campaign.pk} {campaign.name}")
        self._print(figures, "")

    def _print(self, figures: dict[str, Any], indent: str) -> None:
        for name, value in figures.items():
            if isinstance(value, dict):
                self.stdout.write(f"{indent}{name}:")
                self._print(value, indent + "  ")
            elif name not in ("format", "campaign"):
                self.stdout.write(f"{indent}{name}: {value}")
