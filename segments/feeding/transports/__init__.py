"""Every way by which a feed's files come, by the name that `Feed.transport` carries."""

from django.utils.module_loading import import_string

from segments.feeding.transports.base import Transport
from segments.models import Feed

# A class is imported on first use.
REGISTRY = {
    Feed.Transport.FOLDER: "segments.feeding.transports.folder.Folder",
    Feed.Transport.SFTP: "segments.feeding.transports.sftp.Sftp",
    Feed.Transport.ODATA: "segments.feeding.transports.odata.OData",
}


def transport_for(feed: Feed) -> Transport:
    """A transport for this feed, not connected yet."""
    return transport_class(feed.transport)(feed)


def transport_class(name: str) -> type[Transport]:
    """Raises KeyError for a name that is not registered."""
    return import_string(REGISTRY[Feed.Transport(name)])
