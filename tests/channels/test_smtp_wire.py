"""The wire against a server that lives in the same socket pair, and says whatever it is told to."""

import socket

from django.test import SimpleTestCase

from channels.providers.smtp_wire import LONGEST_LINE, Lost, Reply, Wire, dot_stuffed, envelope, path

READY = b"250 a\r\n250 b\r\n354 c\r\n"  # to MAIL, RCPT and DATA
ENVELOPE = envelope("news@krug.test", "anna@x.test")


class WireCase(SimpleTestCase):
    def wire(self, says: bytes, *, pipelines: bool = True, hangs_up: bool = True) -> Wire:
        """Its server has said this in advance, and hangs up behind it; or goes on with `says`."""
        listener = socket.create_server(("127.0.0.1", 0))
        ours = socket.create_connection(listener.getsockname())
        ours.settimeout(2)
        self.server, _address = listener.accept()
        listener.close()
        self.addCleanup(self.server.close)
        self.server.sendall(says)
        if hangs_up:
            self.server.shutdown(socket.SHUT_WR)
        wire = Wire(ours, pipelines=pipelines)
        self.addCleanup(wire.close)
        return wire

    def says(self, more: bytes) -> None:
        self.server.sendall(more)
        self.server.shutdown(socket.SHUT_WR)

    def heard(self) -> bytes:
        """All that the wire sent until it closed."""
        self.server.settimeout(2)
        with self.server.makefile("rb") as file:
            return file.read()


class OfferTest(WireCase):
    def test_an_envelope_is_one_write_and_the_next_leaves_with_the_body(self) -> None:
        following = envelope("news@krug.test", "boris@x.test")
        wire = self.wire(READY, hangs_up=False)
        self.assertIsNone(wire.offer(ENVELOPE))
        self.says(b"250-x\r\n250 y\r\n250 d\r\n550 5.1.1 e\r\n554 f\r\n250 g\r\n")
        wire.start(b"text\r\n", following)
        self.assertEqual(wire.answer(), Reply(250, b"x y"))
        self.assertEqual(wire.offer(following), Reply(550, b"5.1.1 e"))
        self.assertTrue(wire.is_open)
        wire.close()
        first = b"MAIL FROM:<news@krug.test>\r\nRCPT TO:<anna@x.test>\r\nDATA\r\n"
        second = b"MAIL FROM:<news@krug.test>\r\nRCPT TO:<boris@x.test>\r\nDATA\r\n"
        self.assertEqual(self.heard(), first + b"text\r\n.\r\n" + second + b"RSET\r\n")

    def test_a_body_that_might_reach_somebody_is_never_begun_after_a_refusal(self) -> None:
        """MAIL refused, and yet the server waits for a body with a recipient: only hanging up is safe."""
        wire = self.wire(b"550 a\r\n250 b\r\n354 c\r\n")
        self.assertEqual(wire.offer(ENVELOPE), Reply(550, b"a"))
        self.assertFalse(wire.is_open)
        self.assertTrue(self.heard().endswith(b"DATA\r\n"))

    def test_a_refusal_stands_when_the_server_hangs_up_behind_it(self) -> None:
        wire = self.wire(b"250 a\r\n550 b\r\n")
        self.assertEqual(wire.offer(ENVELOPE), Reply(550, b"b"))
        self.assertFalse(wire.is_open)

    def test_what_cannot_be_read_is_no_answer(self) -> None:
        endless = (b"250-" + b"x" * LONGEST_LINE + b"\r\n") * 9 + READY
        for answer in (b"", b"250 a\r\n", b"hello\r\n", b"250 a\r\n250 b\r\n35", b"\xff\xfe\r\n", endless):
            with self.assertRaises(Lost):
                self.wire(answer).offer(ENVELOPE)

    def test_a_session_that_had_its_share_is_a_fault_of_the_connection(self) -> None:
        wire = self.wire(READY, hangs_up=False)
        wire.offer(ENVELOPE)
        following = envelope("news@krug.test", "boris@x.test")
        self.says(b"250 d\r\n421 too many\r\n")
        wire.start(b"text\r\n", following)
        wire.answer()
        with self.assertRaises(Lost):
            wire.offer(following)
        fresh = self.wire(b"421 go away\r\n")
        self.assertEqual(fresh.offer(ENVELOPE), Reply(421, b"go away"))
        self.assertFalse(fresh.is_open)

    def test_a_server_out_of_step_is_not_believed(self) -> None:
        """An answer too many would be taken for that of another message: nothing is accepted or refused by it."""
        for said in (
            b"250 a\r\n250 b\r\n250 c\r\n",
            b"250 a\r\n354 b\r\n354 c\r\n",
            b"250 a\r\n250 b\r\n354 c\r\n250 d\r\n",
        ):
            for pipelines in (True, False):
                wire = self.wire(said, pipelines=pipelines)
                with self.assertRaises(Lost):
                    wire.offer(ENVELOPE)
                self.assertFalse(wire.is_open)

    def test_lock_step_asks_one_thing_at_a_time(self) -> None:
        wire = self.wire(b"250 a\r\n450 b\r\n250 c\r\n", pipelines=False)
        self.assertEqual(wire.offer(ENVELOPE), Reply(450, b"b"))
        wire.close()
        self.assertEqual(self.heard(), b"MAIL FROM:<news@krug.test>\r\nRCPT TO:<anna@x.test>\r\nRSET\r\n")


class BodyTest(WireCase):
    def answered(self, answer: bytes) -> Wire:
        """The body has left, and its answer is on the way."""
        wire = self.wire(READY, hangs_up=False)
        self.assertIsNone(wire.offer(ENVELOPE))
        wire.start(b"text\r\n", None)
        self.says(answer)
        return wire

    def test_an_answer_that_says_neither_yes_nor_no_leaves_it_unknown(self) -> None:
        for answer in (b"", b"354 go on\r\n", b"700 odd\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"250-cut"):
            with self.assertRaises(Lost):
                self.answered(answer).answer()

    def test_a_second_answer_to_a_body_ends_the_connection(self) -> None:
        for answer, is_open in ((b"250 taken\r\n", True), (b"250 taken\r\n250 taken\r\n", False)):
            wire = self.answered(answer)
            self.assertEqual(wire.answer(), Reply(250, b"taken"))
            self.assertEqual(wire.is_open, is_open)

    def test_421_closes(self) -> None:
        wire = self.answered(b"421 later\r\n")
        self.assertEqual(wire.answer().code, 421)
        self.assertFalse(wire.is_open)


class WordsTest(SimpleTestCase):
    def test_dots(self) -> None:
        self.assertEqual(dot_stuffed(b".a\r\n.b"), b"..a\r\n..b\r\n")
        self.assertEqual(dot_stuffed(b"a\r\n..\r\n"), b"a\r\n...\r\n")
        self.assertEqual(dot_stuffed(b"a\n.\r\nMAIL FROM:<x@x.test>\r\n"), b"a\r\n..\r\nMAIL FROM:<x@x.test>\r\n")

    def test_paths(self) -> None:
        self.assertEqual(path("anna+car@x.test"), b"anna+car@x.test")
        self.assertEqual(path("anna@авто.рф"), b"anna@xn--80ae0bp.xn--p1ai")
        for address in (
            "",
            "a",
            "@x.test",
            "a@",
            "a b@x.test",
            "a@x.test\r\nDATA",
            "a@b.test>",
            "анна@x.test",
            "a@б\r\n",
        ):
            with self.assertRaises(ValueError):
                path(address)
