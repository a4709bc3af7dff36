import io
import time
from unittest import mock

from django.test import SimpleTestCase, TransactionTestCase

from segments.importing import watching
from segments.models import ImportBatch
from tests.segments.builders import make_source


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Line(SimpleTestCase):
    def test_it_says_the_stage_the_rows_the_pace_and_the_rest(self) -> None:
        batch = ImportBatch(stage="loading", rows_done=2500, rows_total=10_000)
        self.assertEqual(watching.line(batch, 5), "loading, 2,500 / 10,000 rows, 25 %, 500 rows/s, 15 s left")

    def test_before_anything_is_counted_it_says_where_it_stands(self) -> None:
        self.assertEqual(watching.line(ImportBatch(state="mapped"), 0), "mapped")


class Watching(TransactionTestCase):
    def test_a_terminal_is_told_and_left_clean_a_pipe_hears_nothing(self) -> None:
        batch = ImportBatch.objects.create(source=make_source(), stage="reading", rows_done=1, rows_total=4)
        terminal, pipe = Terminal(), io.StringIO()
        with mock.patch.object(watching, "EVERY_SECONDS", 0.01):
            with watching.watched(batch.pk, terminal):
                deadline = time.monotonic() + 5
                while "reading" not in terminal.getvalue() and time.monotonic() < deadline:
                    time.sleep(0.01)
            with watching.watched(batch.pk, pipe):
                time.sleep(0.05)
        self.assertIn("1 / 4 rows, 25 %", terminal.getvalue())
        self.assertTrue(terminal.getvalue().endswith(" \r"))
        self.assertEqual(pipe.getvalue(), "")
