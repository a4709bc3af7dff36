"""A long way to a server: a TCP relay on loopback that holds every byte back.

    python -m tests.peers.far_away PORT SECONDS

Prints its own port. What goes to PORT and what comes back from it is SECONDS late, each way.
"""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter


async def carry(source: StreamReader, sink: StreamWriter, seconds: float) -> None:
    """Hand on each piece when its time has come; the end too."""
    loop = asyncio.get_running_loop()
    while piece := await source.read(65536):
        loop.call_later(seconds, sink.write, piece)
    loop.call_later(seconds, sink.close)


async def serve(port: int, seconds: float) -> None:
    async def relay(near_reader: StreamReader, near_writer: StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(near_reader, far_writer, seconds), carry(far_reader, near_writer, seconds))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
