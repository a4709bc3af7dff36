"""The kind of address that each channel writes to, and hears from."""

from channels.models import Channel
from segments.models.people import ContactKind

CONTACTS: dict[str, ContactKind] = {
    Channel.EMAIL: ContactKind.EMAIL,
    Channel.SMS: ContactKind.PHONE,
    Channel.TELEGRAM: ContactKind.TELEGRAM,
    Channel.MAX: ContactKind.MAX,
    Channel.PUSH: ContactKind.DEVICE,
    Channel.WHATSAPP: ContactKind.PHONE,
    Channel.VK: ContactKind.PHONE,
}
