"""News that goes up from here.

Who hears something from a provider does not send these: `channels.reporting.take` stores it once and sends them, in
one transaction.
"""

from django.dispatch import Signal

# Sent with `reports`: a list of dicts {account_id, provider, provider_key, status, happened_at, reason, message_id,
# raw}; one for each delivery report that a provider gave us. `account_id` is absent where the key alone tells the
# message (a Message-ID of ours); `message_id` is our own id where the provider echoes it, else 0.
# The listeners must be idempotent: reports repeat and overtake.
delivery_reported = Signal()

# Sent with `messages`: a list of dicts {account_id, channel, provider_key, sender, text, happened_at, raw}; one for
# each message that a person sent to us, not told before. `sender` is the address as the provider has it.
message_received = Signal()

# Sent with `news`: a list of (account id, `channels.providers.approved.TemplateNews`); one for each template of which a
# provider told something. Repeats and what was overtaken come too.
templates_changed = Signal()

# Sent with `devices`: a list of dicts {account_id, key, state, person, origin, text, happened_at}; one for each device
# whose owner asked for push messages ("subscribed"; `text` is what she agreed to), that is new, or takes them again, without
# her having been asked ("came"), was seen again ("seen") or wants no more ("unsubscribed"). `key` is its address in messages; `person` the phone (E.164) or e-mail that
# the site has signed for whoever uses it, empty when it has not.
devices_changed = Signal()
