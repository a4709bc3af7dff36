"""News that goes up from here."""

from django.dispatch import Signal

# Sent with `reports`: a list of dicts {provider, provider_key, status, happened_at, raw}; one for each
# delivery report that a provider gave us. The listeners must be idempotent: reports repeat and overtake.
delivery_reported = Signal()
