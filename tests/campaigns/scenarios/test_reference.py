"""The documents tell the library as it is."""

import io

from django.core.management import call_command


def test_the_pages_of_the_library_are_fresh() -> None:
    call_command("scenario_docs", check=True, stdout=io.StringIO())
