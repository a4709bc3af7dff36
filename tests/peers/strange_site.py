"""A website that takes scripts of ours, in a process of its own: another origin than ours, with a strict policy, which lets
in our scripts and calls and nothing inline."""

import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

HTML = "text/html; charset=utf-8"
# (path, query) → (type, text) of what stands there
Pages = Callable[[str, Mapping[str, str]], tuple[str, str]]


def serve(script: str, pages: Pages) -> None:
    """For ever; prints the port first. `script` is an address of ours, whose origin the policy lets in."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script, pages))
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def _handler(script: str, pages: Pages) -> type[BaseHTTPRequestHandler]:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(script))
    policy = f"default-src 'self'; script-src 'self' {origin}; connect-src 'self' {origin}; frame-src {origin}"

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/favicon.ico":
                self.send_response(204)
                self.end_headers()
                return
            kind, text = pages(asked.path, dict(parse_qsl(asked.query)))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *parts: object) -> None:
            """Nobody reads it."""

    return Site
