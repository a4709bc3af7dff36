"""The wire of HTTP providers: what surely never left is told from what may have."""

import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.test import SimpleTestCase
from django.utils.translation import override

from channels.providers.http_wire import Answer, Call, Told, Unanswered, Unsent, Wire
from tests.peers.http_sms import KEY
from tests.peers.process import peer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Listener:
    """A server of raw bytes: `behave` gets each connection and its number, from 0."""

    def __init__(self, behave: Callable[[socket.socket, int], None]) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.heard: list[bytes] = []
        self.behave = behave
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        number = 0
        with suppress(OSError):
            while True:
                connection, _address = self.socket.accept()
                threading.Thread(target=self._one, args=(connection, number), daemon=True).start()
                number += 1

    def _one(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection:
            self.behave(connection, number)

    def hear(self, connection: socket.socket) -> None:
        """Read one request without a body."""
        raw = b""
        while not raw.endswith(b"\r\n\r\n"):
            if not (piece := connection.recv(4096)):
                raise OSError
            raw += piece
        self.heard.append(raw)


class WireTest(SimpleTestCase):
    def setUp(self) -> None:
        self.wire = self.make_wire()

    def make_wire(self, *, connect_timeout: float = 20, timeout: float = 20) -> Wire:
        wire = Wire(width=4, connect_timeout=connect_timeout, timeout=timeout)
        self.addCleanup(wire.close)
        return wire

    def listen(self, behave: Callable[[socket.socket, int], None]) -> Listener:
        listener = Listener(behave)
        self.addCleanup(listener.socket.close)
        return listener

    def get(self, port: int, path: str = "/", method: str = "GET") -> Answer:
        return self.wire.ask(Call(method, f"http://127.0.0.1:{port}{path}"))

    def test_nothing_left_when_nobody_could_be_reached(self) -> None:
        plain = self.listen(lambda connection, number: time.sleep(60))
        self.wire = self.make_wire(connect_timeout=1)
        for url in (
            "http://127.0.0.1:1/",
            "http://no-such-host.invalid/",
            f"https://127.0.0.1:{plain.port}/",
            "http:///nowhere",
            "nonsense",
        ):
            with self.subTest(url), self.assertRaises(Unsent):
                self.wire.ask(Call("GET", url))

    def test_a_header_with_a_line_break_leaves_nothing(self) -> None:
        listener = self.listen(lambda connection, number: listener.hear(connection))
        with self.assertRaises(Unsent):
            self.wire.ask(Call("GET", f"http://127.0.0.1:{listener.port}/", {"X": "a\r\nY: b"}))
        self.assertEqual(listener.heard, [])

    def test_a_kept_connection_that_breaks_is_not_tried_again(self) -> None:
        """A GET or PUT that aiohttp would repeat by itself: once heard, it may have been carried out."""

        def behave(connection: socket.socket, number: int) -> None:
            listener.hear(connection)
            connection.sendall(OK)
            listener.hear(connection)

        listener = self.listen(behave)
        for method in ("GET", "PUT", "POST"):
            with self.subTest(method):
                listener.heard.clear()
                self.assertEqual(self.get(listener.port, "/one", method).body, b"ok")
                with self.assertRaises(Unanswered):
                    self.get(listener.port, "/two", method)
                self.assertEqual([raw.split()[1] for raw in listener.heard], [b"/one", b"/two"])

    def test_half_an_answer_is_none(self) -> None:
        def behave(connection: socket.socket, number: int) -> None:
            listener.hear(connection)
            connection.sendall(OK[:-1])

        listener = self.listen(behave)
        with self.assertRaises(Unanswered):
            self.get(listener.port)

    def test_an_answer_in_time_but_in_drops_is_given_up_as_a_whole(self) -> None:
        def behave(connection: socket.socket, number: int) -> None:
            listener.hear(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while True:  # for days, if nobody gives it up
                connection.sendall(b".")
                time.sleep(0.2)

        listener = self.listen(behave)
        self.wire = self.make_wire(timeout=1)
        with self.assertRaises(Unanswered):
            self.get(listener.port)

    def test_an_answer_without_end_is_cut_off(self) -> None:
        def behave(connection: socket.socket, number: int) -> None:
            listener.hear(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(bytes(1024 * 1024))

        listener = self.listen(behave)
        with override("en"), self.assertRaisesRegex(Unanswered, "too long"):  # and not that its time was up
            self.get(listener.port)

    def test_redirects_are_answers_and_are_not_followed(self) -> None:
        def behave(connection: socket.socket, number: int) -> None:
            listener.hear(connection)
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")

        listener = self.listen(behave)
        self.assertEqual(self.get(listener.port).status, 302)
        self.assertEqual(len(listener.heard), 1)

    def test_what_is_escaped_goes_as_it_stands(self) -> None:
        def behave(connection: socket.socket, number: int) -> None:
            listener.hear(connection)
            connection.sendall(OK)

        listener = self.listen(behave)
        self.get(listener.port, "/%41?text=20%20%25%26%2B+%D0%90")
        self.assertIn(b"GET /%41?text=20%20%25%26%2B+%D0%90 HTTP/1.1", listener.heard[0])

    def test_closing_tells_what_is_still_in_flight(self) -> None:
        has_left = threading.Event()

        def behave(connection: socket.socket, number: int) -> None:
            listener.hear(connection)
            has_left.set()
            time.sleep(60)

        listener = self.listen(behave)
        told: list[Told] = []
        self.wire.begin(Call("GET", f"http://127.0.0.1:{listener.port}/"), told.append)
        self.assertTrue(has_left.wait(60))
        self.wire.close()
        self.assertIsInstance(told[0], Unanswered)

    def test_no_more_connections_than_the_window_is_wide(self) -> None:
        wire = self.make_wire(connect_timeout=60, timeout=120)  # waiting for a place counts as connecting
        with tempfile.TemporaryDirectory() as folder:
            journal = str(Path(folder) / "journal")
            with peer("http_provider", "http_sms", journal, "--latency", "0.1") as port:
                headers = {"X-Key": KEY, "Content-Type": "application/x-www-form-urlencoded"}
                told: list[Told] = []
                started = time.monotonic()
                for number in range(12):
                    body = f"phone=7999000{number:04}&message=x".encode()
                    wire.begin(Call("POST", f"http://127.0.0.1:{port}/gateway", headers, body), told.append)
                while len(told) < 12 and time.monotonic() - started < 120:
                    time.sleep(0.01)
        self.assertGreaterEqual(time.monotonic() - started, 0.3)
        self.assertEqual([answer.status for answer in told if isinstance(answer, Answer)], [200] * 12)
