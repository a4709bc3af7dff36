"""`manage.py rotate_channel_keys`: credentials of all accounts under the present CHANNELS_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import ngettext

from channels.providers.base import ProviderError
from channels.sealing import rotate


class Command(BaseCommand):
    help = "Seal the credentials of all accounts anew, under CHANNELS_KEY; old keys go into CHANNELS_KEY_FALLBACKS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = rotate()
        except ProviderError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            ngettext(
                "The credentials of %(count)d account are sealed anew.",
                "The credentials of %(count)d accounts are sealed anew.",
                count,
            )
            % {"count": count}
        )
