"""A mailbox over IMAP in a process of its own (RFC 3501, as much of it as reading bounces takes).

    python -m tests.peers.imap_box FOLDER [--dies-at N]

Prints its port. The letters are FOLDER/*.eml, their UIDs the numbers that the files are named by; what was marked as
read stands in FOLDER/seen, a UID a line. The password is "hunter-2", the only folder INBOX; at the log-in of "gone" it
hangs up. `--dies-at N` hangs up at the Nth FETCH.
"""

import argparse
import re
import socketserver
import sys
from pathlib import Path

LINE = re.compile(r"(\S+) (?:UID )?(\S+) ?(.*)")
PART = re.compile(r"<(\d+)\.(\d+)>")


class Session(socketserver.StreamRequestHandler):
    timeout = 60
    server: "Server"

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.is_known = False
        self.say("* OK ready")
        while found := LINE.match(self.rfile.readline().decode().strip()):
            tag, command, rest = found.groups()
            try:
                said = getattr(self, f"do_{command.lower()}")(rest)
            except AttributeError:
                said = "BAD what?"
            self.say(f"{tag} {said or 'OK done'}")
            if command == "LOGOUT":
                return

    def do_capability(self, rest: str) -> None:
        self.say("* CAPABILITY IMAP4rev1")

    def do_login(self, rest: str) -> str | None:
        if rest.startswith("gone"):
            sys.exit(0)
        self.is_known = rest.endswith('"hunter-2"')
        return None if self.is_known else "NO [AUTHENTICATIONFAILED] no"

    def do_select(self, rest: str) -> str | None:
        if not self.is_known or rest != '"INBOX"':
            return "NO no such folder"
        self.say(f"* {len(self.server.letters())} EXISTS")
        return "OK [READ-WRITE] done"

    def do_search(self, rest: str) -> None:
        unseen = [uid for uid in self.server.letters() if uid not in self.server.seen()]
        self.say(" ".join(["* SEARCH", *map(str, unseen)]))

    def do_fetch(self, rest: str) -> str | None:
        self.server.fetched += 1
        if self.server.fetched == self.server.dies_at:
            sys.exit(0)
        uid = int(rest.split()[0])
        if uid in self.server.letters():
            start, size = map(int, PART.search(rest).groups())  # type: ignore[union-attr]
            raw = self.server.letters()[uid].read_bytes()[start : start + size]
            self.say("* 1 FETCH (FLAGS (\\Recent))")  # a server may say what nobody asked for
            self.wfile.write(b"* 1 FETCH (BODY[]<%d> {%d}\r\n" % (start, len(raw)) + raw)
            self.say(f' INTERNALDATE "22-Nov-2026 10:30:00 +0300" UID {uid})')
        return None

    def do_store(self, rest: str) -> None:
        with self.server.marks.open("a") as marks:
            marks.writelines(f"{uid}\n" for uid in rest.split()[0].split(","))

    def do_logout(self, rest: str) -> None:
        self.say("* BYE")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: str, dies_at: int) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.folder, self.marks = Path(folder), Path(folder, "seen")
        self.fetched, self.dies_at = 0, dies_at

    def letters(self) -> dict[int, Path]:
        return dict(sorted((int(path.stem), path) for path in self.folder.glob("*.eml")))

    def seen(self) -> set[int]:
        return set(map(int, self.marks.read_text().split())) if self.marks.exists() else set()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--dies-at", type=int, default=0)
    options = parser.parse_args()
    with Server(options.folder, options.dies_at) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
