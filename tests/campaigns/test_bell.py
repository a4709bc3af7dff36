"""The bell: every channel has a queue that a worker listens on, and one call waits for each."""

import django_rq
from django.conf import settings
from django.test import SimpleTestCase

from campaigns import bell
from channels.models import Channel


class BellTest(SimpleTestCase):
    def setUp(self) -> None:
        for channel in Channel:
            queue = django_rq.get_queue(bell.queue_name(channel))
            queue.empty()
            self.addCleanup(queue.empty)

    def test_a_worker_listens_for_every_channel(self) -> None:
        self.assertLessEqual({bell.queue_name(channel) for channel in Channel}, set(settings.QUEUES))

    def test_one_call_waits_for_each_channel_also_where_they_share_a_queue(self) -> None:
        self.assertEqual([bell.ring(channel) for channel in Channel], [True] * len(Channel))
        self.assertEqual([bell.ring(channel) for channel in Channel], [False] * len(Channel))
        shared = django_rq.get_queue("sending-messengers")
        self.assertEqual(sorted(job.args[0] for job in shared.jobs), ["max", "telegram", "vk", "whatsapp"])

    def test_one_call_waits_for_each_campaign_that_is_to_be_looked_at(self) -> None:
        queue = django_rq.get_queue(bell.QUEUE)
        queue.empty()
        self.addCleanup(queue.empty)
        self.assertEqual([bell.ring_inspection(pk) for pk in (1, 2, 1)], [True, True, False])
        self.assertEqual(
            [(job.func_name, job.args) for job in queue.jobs], [(bell.INSPECTION, [1]), (bell.INSPECTION, [2])]
        )
