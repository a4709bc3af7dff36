"""A website with Krug's script of events in its pages, in a process of its own: another origin than ours.

    python -m tests.peers.events_site SCRIPT --key=KEY

SCRIPT is the address of krug.js, KEY the public key of the site. The port is printed first. The policy of the site is
strict: it lets in our script and calls, and nothing inline. `?consent=ask` asks for consent first.
"""

import argparse
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><title>Автосалон</title>
<script src="{script}" data-site="{key}" data-consent="{consent}" async></script>
<body><h1>Автосалон</h1><a id="next" href="/cars">Автомобили</a></body></html>"""


def handler(script: str, key: str) -> type[BaseHTTPRequestHandler]:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(script))

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            body = b""
            if asked.path != "/favicon.ico":
                consent = parse_qs(asked.query).get("consent", [""])[0]
                body = PAGE.format(script=script, key=key, consent=consent).encode()
            self.send_response(200 if body else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            policy = f"default-src 'self'; script-src 'self' {origin}; connect-src 'self' {origin}"
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *parts: object) -> None:
            """Nobody reads it."""

    return Site


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("script")
    parser.add_argument("--key", required=True)
    asked = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(asked.script, asked.key))
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
