"""SendGrid: contacts come by jobs, whose errors are looked up."""

from typing import Any
from unittest.mock import patch

from channels.audiences.base import ServiceError
from channels.audiences.sendgrid import SendGrid as Service
from tests.channels.list_services import ServiceCase, emails


class SendGrid(ServiceCase):
    service, folder = "sendgrid_lists", "sendgrid"
    secrets = {"key": "good-token"}

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(patch.object(Service, "pause", 0.01))

    def connected(self, *given: Any, **options: Any) -> Any:
        return super().connected(*given, **options)

    def test_a_job_is_waited_for(self) -> None:
        service = self.connected()
        self.assertEqual(service.add("l1", "email", emails(120)), {})
        self.assertEqual(self.rows("l1"), set(emails(120)))
        self.assertEqual(len(self.calls("/imports/")), 2)
        self.assertIn("120", service.told("l1"))

    def test_whom_a_job_refused_is_found_out(self) -> None:
        refused = self.connected().add("l1", "email", ["bad.one@example.test", *emails(150)])
        self.assertEqual(list(refused), ["bad.one@example.test"])

    def test_a_job_that_takes_too_long_or_fails(self) -> None:
        for status, times in (("pending", 1), ("failed", 1)):
            service = self.connected(job_timeout=0)
            with (
                patch.object(service.api, "get", return_value={"status": status}),
                self.assertRaises(ServiceError) as e,
            ):
                service._is_clean("job")
            self.assertFalse(e.exception.permanent, times)

    def test_who_left_is_never_put_there(self) -> None:
        self.left(*emails(501))
        service = self.connected()
        self.assertEqual(set(service.opt_outs("l1")), set(emails(501)))
        self.assertEqual(set(service.add("l1", "email", emails(3))), set(emails(3)))
        self.assertEqual(self.calls("PUT"), [])

    def test_off_the_list(self) -> None:
        service = self.connected()
        service.add("l1", "email", emails(250))
        for _twice in range(2):
            service.remove("l1", "email", [*emails(150), "stranger@example.test"])
        self.assertEqual(self.rows("l1"), set(emails(100, 150)) | set())
        service.remove("l1", "email", ["stranger@example.test"])

    def test_a_bad_key(self) -> None:
        self.connected().check()
        with self.assertRaises(ServiceError) as refused:
            self.connected({"key": "stolen"}).check()
        self.assertIn("authorization required", str(refused.exception))
