"""The oracle of the crash tests: a mail server in a process of its own that journals what it accepted.

    python -m tests.peers.smtp_journal PORT JOURNAL [--delay S] [--kill N:STEP[,N:STEP …]] [--lose EVERY]

Each accepted letter is a JSON line in JOURNAL (key: its Message-ID, to, sha256 of the body, time, connection), fsynced
before the answer. PIPELINING is offered. `--kill` kills -9 the *client* process, found by its socket, at the Nth
letter, once each: `before_call` on RCPT, `after_accept` when the letter is journalled and not answered, `after_reply`
when it is. JOURNAL.killed has a line for each. `--lose` closes the connection instead of answering each so-many-th letter
that it has accepted, whose line says so.
"""

import argparse
import hashlib
import json
import os
import re
import signal
import socketserver
import threading
import time
from pathlib import Path

SUBJECT = re.compile(rb"^Subject: (.*)", re.I | re.M)
MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.I | re.M)


def pid_of_peer(port: int, of: int) -> int:
    """The process that holds the client end, `port`, of a loopback connection to the port `of`. Both are looked at: the
    same number may be in use towards another server."""
    inode = ""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if [int(end.partition(":")[2], 16) for end in words[1:3]] == [port, of]:
            inode = words[9]
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == f"socket:[{inode}]":
                return int(link.parts[2])
        except OSError:
            continue
    raise LookupError(f"nobody holds port {port}")


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True  # an answer of two writes would wait 40 ms for an acknowledgement
    server: "Server"

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 journal")
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            verb = line[:4].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb == "RCPT":
                self.recipient = line[line.index("<") + 1 : line.index(">")]
                self.server.reach("before_call", self.client_address[1])
            if verb == "DATA":
                if not self.take():
                    return
            elif verb == "EHLO":
                self.say("250-journal")
                self.say("250 PIPELINING")
            else:
                self.say("250 ok")

    def take(self) -> bool:
        """Tells whether the conversation goes on."""
        self.say("354 go on")
        lines = []
        while (part := self.rfile.readline()) != b".\r\n":
            if not part:
                return False
            lines.append(part)
        time.sleep(self.server.delay)
        is_lost = self.server.accept(self.recipient, b"".join(lines), self.client_address[1])
        self.server.reach("after_accept", self.client_address[1])
        if not is_lost:
            self.say("250 queued")
            self.server.reach("after_reply", self.client_address[1])
        return not is_lost


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", arguments.port), Session)
        self.delay, self.lose = arguments.delay, arguments.lose
        self.kills = {point for point in arguments.kill.split(",") if point}
        self.lock = threading.Lock()
        self.accepted = 0
        self.path = arguments.journal
        self.journal = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def accept(self, recipient: str, body: bytes, connection: int) -> bool:
        """Tells whether the answer is to be lost."""
        found, subject = MESSAGE_ID.search(body), SUBJECT.search(body)
        line = {
            "key": found[1].decode() if found else "",
            "to": recipient,
            "hash": hashlib.sha256(body).hexdigest(),
            "at": time.time(),
            "connection": connection,
            "subject": subject[1].decode() if subject else "",
        }
        with self.lock:
            self.accepted += 1
            line["lost"] = bool(self.lose) and self.accepted % self.lose == 0
            os.write(self.journal, json.dumps(line).encode() + b"\n")
            os.fsync(self.journal)
        return line["lost"]

    def reach(self, step: str, port: int) -> None:
        """Kill the client here, if this is the place. `before_call` is reached before its letter is counted."""
        point = f"{self.accepted + (step == 'before_call')}:{step}"
        with self.lock:
            if point not in self.kills:
                return
            self.kills.remove(point)
        os.kill(pid_of_peer(port, self.server_address[1]), signal.SIGKILL)
        with Path(f"{self.path}.killed").open("a") as killed:
            killed.write(f"{point}\n")
        time.sleep(0.2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("journal")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--kill", default="")
    parser.add_argument("--lose", type=int, default=0)
    with Server(parser.parse_args()) as server:
        server.serve_forever()
