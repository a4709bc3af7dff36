"""A mail server in a process of its own whose answers are chosen by the local part of an address.

    python -m tests.peers.smtp_scripted PORT JOURNAL [--pipelining] [--eager] [--limit N]

The sender `m450@…` is refused at MAIL with 450; of recipients, `r550@…` is refused at RCPT, `d451@…` at DATA and
`b452@…` after the body; `r550-5.1.1@…` says the enhanced code too. 421 closes wherever it is said; `bye@…` is
`r421@…`. `drop@…` closes after the body, `hang@…` never answers it, `cut@…` closes at RCPT without a word. All
others are accepted. The order of commands is held to: MAIL within a transaction is refused with 503.

`--pipelining` offers PIPELINING; `--eager` answers DATA with 354 even when the recipient was refused; `--limit N`
answers MAIL with 421 and closes when N letters came over a connection.
Each body that arrived whole is a JSON line in JOURNAL: recipient, sender, body (latin-1), number of the connection.
"""

import argparse
import itertools
import json
import re
import socketserver
import time
from pathlib import Path

WISH = re.compile(r"([mrdb])(\d{3})(?:-(\d\.\d+\.\d+))?@")
NUMBERS = itertools.count(1)


class Closed(Exception):
    """The conversation is over."""


class Session(socketserver.StreamRequestHandler):
    timeout = 60
    server: "Server"

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def wish(self, stage: str, address: str, otherwise: str) -> bool:
        """Answer as the address wants it at this stage; tells whether it is no refusal."""
        found = WISH.match("r421@" if address.startswith("bye@") else address)
        if found is None or found[1] != stage:
            self.say(otherwise)
            return True
        self.say(" ".join(filter(None, (found[2], found[3], "as you wished"))))
        if found[2] == "421":
            raise Closed
        return False

    def handle(self) -> None:
        self.number, self.letters = next(NUMBERS), 0
        self.sender = self.recipient = ""
        self.say("220 scripted")
        try:
            while line := self.rfile.readline().decode("utf-8", "replace").strip():
                getattr(self, f"do_{line[:4].lower()}", self.do_other)(line)
        except (Closed, ConnectionError):
            return

    def do_other(self, line: str) -> None:
        self.say("250 ok")

    def do_quit(self, line: str) -> None:
        self.say("221 bye")
        raise Closed

    def do_rset(self, line: str) -> None:
        self.sender = self.recipient = ""
        self.say("250 ok")

    def do_ehlo(self, line: str) -> None:
        self.say("250-scripted")
        if self.server.options.pipelining:
            self.say("250-PIPELINING")
        self.say("250 8BITMIME")

    def do_mail(self, line: str) -> None:
        if self.letters == self.server.options.limit:
            self.say("421 4.7.0 too many letters")
            raise Closed
        address = line[line.index("<") + 1 : line.index(">")]
        if self.sender:
            self.say("503 5.5.1 nested MAIL")
        elif self.wish("m", address, "250 ok"):
            self.sender = address

    def do_rcpt(self, line: str) -> None:
        address = line[line.index("<") + 1 : line.index(">")]
        if address.startswith("cut@"):
            raise Closed
        if not self.sender:
            self.say("503 5.5.1 need MAIL")
        elif self.wish("r", address, "250 ok"):
            self.recipient = address

    def do_data(self, line: str) -> None:
        if not self.recipient and not self.server.options.eager:
            self.say("554 5.5.1 no valid recipients")
        elif self.wish("d", self.recipient, "354 go on"):
            self.take()

    def take(self) -> None:
        lines = []
        while (part := self.rfile.readline()) != b".\r\n":
            if not part:
                raise Closed
            lines.append(part[1:] if part.startswith(b"..") else part)
        recipient, sender = self.recipient, self.sender
        self.sender = self.recipient = ""
        if not recipient:
            self.say("554 5.5.1 no valid recipients")
            return
        letter = {"to": recipient, "from": sender, "connection": self.number}
        with Path(self.server.options.journal).open("a") as journal:
            journal.write(json.dumps(letter | {"body": b"".join(lines).decode("latin-1")}) + "\n")
        self.letters += 1
        if recipient.startswith("drop@"):
            raise Closed
        if recipient.startswith("hang@"):
            time.sleep(30)
        self.wish("b", recipient, f"250 queued as {self.letters}")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    options: argparse.Namespace


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("journal")
    parser.add_argument("--pipelining", action="store_true")
    parser.add_argument("--eager", action="store_true")
    parser.add_argument("--limit", type=int, default=-1)
    options = parser.parse_args()
    with Server(("127.0.0.1", options.port), Session) as server:
        server.options = options
        server.serve_forever()
