"""What gunicorn serves in the bench of webhooks: Krug, with the provider that exists only in tests."""

from crmsite.wsgi import application
from tests.peers.signed import registered

registered.start()

__all__ = ["application"]
