import fcntl
import os
from unittest import mock

from django.test import SimpleTestCase

from campaigns.pump.journal import Journal, folder, here, read, require_space
from campaigns.refusals import Refused
from channels.providers.base import Result

ACCEPTED = Result("accepted", provider_key="k 1", code="250", reply="queued\r\nas\t7")


class JournalTests(SimpleTestCase):
    def test_what_is_written_is_read_back(self) -> None:
        with Journal(1) as journal:
            journal.before(7)
            journal.after(7, ACCEPTED)
            journal.before(8)
            found = read(journal.path.read_bytes())
        self.assertEqual(found.boot, here().boot)
        self.assertEqual(found.in_flight, {8})
        self.assertEqual(found.answers, {7: Result("accepted", provider_key="k 1", code="250", reply="queued as 7")})

    def test_a_torn_last_line_does_not_count(self) -> None:
        found = read(b"B boot\nS 7\nS 8\nR 7\taccepted\t250\t\tok\nR 8\taccep")
        self.assertEqual((found.in_flight, set(found.answers)), ({8}, {7}))
        self.assertEqual(read(b"B boot\nS 7").begun, frozenset())

    def test_it_is_locked_while_its_writer_lives(self) -> None:
        with Journal(2) as journal, journal.path.open() as other, self.assertRaises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_left_cleanly_it_goes_and_after_a_failure_it_stays(self) -> None:
        with Journal(3) as clean:
            clean.before(1)
        self.assertFalse(clean.path.exists())
        with self.assertRaises(ZeroDivisionError), Journal(4) as failed:
            failed.before(1)
            raise ZeroDivisionError
        self.assertEqual(read(failed.path.read_bytes()).in_flight, {1})

    def test_a_file_that_recovery_took_away_in_between_is_made_anew(self) -> None:
        journal = Journal(5)
        lock = fcntl.flock

        def take_away(file: int, operation: int) -> None:
            lock(file, operation)
            if not taken:
                taken.append(journal.path.unlink())

        taken: list[None] = []
        with mock.patch("campaigns.pump.journal.fcntl.flock", take_away), journal:
            journal.before(9)
            self.assertEqual(read(journal.path.read_bytes()).in_flight, {9})

    def test_cleared_it_holds_only_its_boot(self) -> None:
        with Journal(6) as journal:
            journal.before(1)
            journal.clear()
            found = read(journal.path.read_bytes())
        self.assertEqual((found.boot, found.begun), (here().boot, frozenset()))

    def test_a_line_that_does_not_fit_on_the_disk_is_an_error(self) -> None:
        with Journal(7) as journal, mock.patch("campaigns.pump.journal.os.write", return_value=1):
            self.assertRaises(OSError, journal.before, 1)

    def test_a_full_disk_is_noticed_beforehand(self) -> None:
        require_space()
        full = os.statvfs_result((4096, 4096, 1000, 10, 10, 0, 0, 0, 0, 255))
        with mock.patch("campaigns.pump.journal.os.statvfs", return_value=full), self.assertRaises(Refused):
            require_space()
        self.assertTrue(folder().is_dir())
