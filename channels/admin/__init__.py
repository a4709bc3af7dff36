from channels.admin.accounts import AccountAdmin
from channels.admin.inbox import InboxLetterAdmin
from channels.admin.journal import JournalEntryAdmin
from channels.admin.list_accounts import ListAccountAdmin

__all__ = ["AccountAdmin", "InboxLetterAdmin", "JournalEntryAdmin", "ListAccountAdmin"]
