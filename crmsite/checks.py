"""System checks of the installation, each with an id (`manage.py check --deploy`)."""

from typing import Any

from django.conf import settings
from django.core import checks

from channels import legal


@checks.register(deploy=True)
def public_url(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Letters carry links to PUBLIC_URL: it must be an https address that the recipients can open."""
    if settings.PUBLIC_URL.startswith("https://"):
        return []
    hint = "Set PUBLIC_URL=https://… to the address under which recipients open the opt-out page."
    return [checks.Error(f"PUBLIC_URL is {settings.PUBLIC_URL}: links in letters will not work.", hint, id="krug.E001")]


@checks.register(deploy=True)
def hosts(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """A wildcard lets a forged Host header into links of letters."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [checks.Error("ALLOWED_HOSTS is a wildcard.", "Name the hosts that serve Krug.", id="krug.E002")]


@checks.register()
def one_queue_one_worker(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Pickled jobs would run code from Redis; every queue must carry JSON."""
    wrong = [name for name, queue in settings.RQ_QUEUES.items() if "JSONSerializer" not in queue.get("SERIALIZER", "")]
    return [checks.Error(f"Queue {name} does not use the JSON serializer.", id="krug.E003") for name in wrong]


@checks.register()
def legal_gate(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """A misspelt decision would leave open what it was to bar."""
    hint = 'A JSON object: {"telegram": {"advertising": true}}.'
    return [checks.Error(f"LEGAL_GATE: {fault}.", hint, id="krug.E004") for fault in legal.faults(settings.LEGAL_GATE)]
