"""Signature Version 4 of Amazon Web Services (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).

Of calls whose path has no characters to escape; the query is sorted as it stands.
"""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from channels.providers.http_wire import Call

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Signer:
    """The credentials of one service in one region."""

    key_id: str
    secret: str
    region: str
    service: str

    def sign(self, call: Call, at: datetime) -> Call:
        """The call with the headers that prove who makes it; Amazon takes it for a quarter of an hour around `at` (UTC)."""
        stamp = at.strftime("%Y%m%dT%H%M%SZ")
        headers = {**call.headers, "X-Amz-Date": stamp}
        split = urlsplit(call.url)
        signed = {name.lower(): " ".join(value.split()) for name, value in headers.items()} | {"host": split.netloc}
        names = ";".join(sorted(signed))
        canonical = "\n".join(
            [
                call.method,
                split.path or "/",
                "&".join(sorted(filter(None, split.query.split("&")))),
                *(f"{name}:{signed[name]}" for name in sorted(signed)),
                "",
                names,
                hashlib.sha256(call.body).hexdigest(),
            ]
        )
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        words = "\n".join([ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(self._key(stamp[:8]), words.encode(), hashlib.sha256).hexdigest()
        headers["Authorization"] = (
            f"{ALGORITHM} Credential={self.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return replace(call, headers=headers)

    def _key(self, day: str) -> bytes:
        key = b"AWS4" + self.secret.encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key
