"""An SFTP server in a process of its own: asyncssh's server side over one folder.

    python -m tests.peers.sftp_server FOLDER HOST_KEY LOGIN PASSWORD [AUTHORIZED_KEY]

HOST_KEY is a file with a private key (made when absent). The port is printed on the first line of standard output.
"""

import asyncio
import os
import sys
from pathlib import Path

import asyncssh


class Gate(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (sys.argv[3], sys.argv[4])


class Confined(asyncssh.SFTPServer):
    """Sees nothing but its folder."""

    def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
        super().__init__(channel, chroot=sys.argv[1].encode())


async def serve() -> None:
    host_key = Path(sys.argv[2])
    if not host_key.exists():
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(host_key)
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Gate, server_host_keys=[str(host_key)], sftp_factory=Confined,
        authorized_client_keys=sys.argv[5] if len(sys.argv) > 5 else None,
    )  # fmt: skip
    os.write(1, f"{server.get_port()}\n".encode())
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve())
