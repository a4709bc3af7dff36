"""Return addresses that say which message came back: `bounce+TOKEN@host`, TOKEN the local part of its Message-ID.

The token is taken from the letter itself, so that nothing has to be stored; whether it is genuine is judged by whoever
made the Message-ID.
"""

import re

_MESSAGE_ID = re.compile(rb"^Message-ID:[ \t]*(?:\r\n[ \t]+)?<([A-Za-z0-9._-]{1,56})@", re.I | re.M)


def address(return_path: str, letter: bytes) -> str:
    """The return path of a letter (RFC 5322 bytes); as it is where the letter has no fitting Message-ID."""
    end = letter.find(b"\r\n\r\n")
    found = _MESSAGE_ID.search(letter, 0, end if end >= 0 else len(letter))
    local, _at, host = return_path.rpartition("@")
    return f"{local}+{found[1].decode()}@{host}" if found else return_path


def token(recipient: str) -> str:
    """What stands behind the "+" in the address that a bounce was sent to; empty where nothing does."""
    return recipient.rpartition("@")[0].partition("+")[2]
