"""A mail server in a process of its own whose answers are chosen by the recipient's local part.

    python -m tests.peers.smtp_scripted PORT JOURNAL

`r550@…` is refused at RCPT with 550, `b452@…` answers 452 to the body, `drop@…` closes after the body,
`hang@…` never answers the body, `bye@…` answers RCPT with 421 and closes. Everything else is accepted.
Each body that arrived whole is a JSON line in JOURNAL: recipient, sender, body (latin-1).
"""

import json
import re
import socketserver
import sys
import time
from pathlib import Path


class Session(socketserver.StreamRequestHandler):
    timeout = 60

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 scripted")
        self.sender = self.recipient = ""
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            verb = line[:4].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            step = getattr(self, f"do_{verb.lower()}", None)
            if step is None:
                self.say("250 ok")
            elif step(line) is False:
                return

    def do_ehlo(self, line: str) -> None:
        self.say("250-scripted")
        self.say("250 8BITMIME")

    def do_mail(self, line: str) -> None:
        self.sender = line[line.index("<") + 1 : line.index(">")]
        self.say("250 ok")

    def do_rcpt(self, line: str) -> bool | None:
        self.recipient = line[line.index("<") + 1 : line.index(">")]
        if self.recipient.startswith("bye@"):
            self.say("421 too much")
            return False
        refused = re.match(r"r(\d{3})@", self.recipient)
        self.say(f"{refused[1]} refused" if refused else "250 ok")
        return None

    def do_data(self, line: str) -> bool | None:
        self.say("354 go on")
        lines = []
        while (part := self.rfile.readline()) != b".\r\n":
            if not part:
                return False
            lines.append(part[1:] if part.startswith(b"..") else part)
        with Path(sys.argv[2]).open("a") as journal:
            body = b"".join(lines).decode("latin-1")
            journal.write(json.dumps({"to": self.recipient, "from": self.sender, "body": body}) + "\n")
        if self.recipient.startswith("drop@"):
            return False
        if self.recipient.startswith("hang@"):
            time.sleep(30)
        answer = re.match(r"b(\d{3})@", self.recipient)
        self.say(f"{answer[1]} as you wished" if answer else "250 queued as 1")
        return None


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1])), Session) as server:
        server.serve_forever()
