from channels.admin.accounts import AccountAdmin
from channels.admin.inbox import InboxLetterAdmin
from channels.admin.journal import JournalEntryAdmin

__all__ = ["AccountAdmin", "InboxLetterAdmin", "JournalEntryAdmin"]
