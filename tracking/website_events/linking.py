"""A click of a letter takes along to a site of ours whose letter it was, so that the site's script can tell us.

Only to the origins of sites in use, only for what seems a person's click, and for an hour (`campaigns.links.site_token`).
"""

import time
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from campaigns import links
from tracking.models import Site

PARAMETER = "krug"


def introduced(url: str, message_id: int) -> str:
    """The address with the token, the rest of it byte for byte; as it was for a site that is none of ours."""
    parts = urlsplit(url)
    has_one = any(name == PARAMETER for name, _value in parse_qsl(parts.query, keep_blank_values=True))
    if has_one or not _is_ours(f"{parts.scheme}://{parts.netloc}".lower()):
        return url
    mark = f"{PARAMETER}={links.site_token(message_id, time.time())}"
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, mark)))))


def _is_ours(origin: str) -> bool:
    return Site.objects.filter(is_active=True, origins__contains=[origin]).exists()
