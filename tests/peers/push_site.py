"""A site that embeds the scripts of a push account, in a process of its own: another origin than ours.

    python -m tests.peers.push_site BASE

BASE is the address of the account's scripts. The port is printed first. The policy of the site is strict: it lets in our
scripts and calls, and nothing inline.
"""

import argparse
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><title>Автосалон</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{base}/krug.js" data-person="{person}" defer></script><script src="{base}/centre.js" defer></script>
<body><header><h1>Автосалон</h1><krug-notices></krug-notices></header>
<p><button type="button" data-krug-push></button></p><p data-krug-push-terms></p><p data-krug-push-state></p></body></html>"""
WORKER = 'importScripts("{base}/worker.js");'


def handler(base: str) -> type[BaseHTTPRequestHandler]:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/favicon.ico":
                self.send_response(204)
                self.end_headers()
                return
            is_worker = asked.path == "/krug-worker.js"
            person = parse_qs(asked.query).get("person", [""])[0]
            body = (WORKER if is_worker else PAGE).format(base=base, person=person).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if is_worker else "text/html; charset=utf-8")
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'self'; script-src 'self' {origin}; connect-src 'self' {origin}",
            )
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *parts: object) -> None:
            """Nobody reads it."""

    return Site


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(parser.parse_args().base))
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
