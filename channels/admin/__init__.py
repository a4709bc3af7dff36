from channels.admin.accounts import AccountAdmin
from channels.admin.inbox import InboxLetterAdmin

__all__ = ["AccountAdmin", "InboxLetterAdmin"]
