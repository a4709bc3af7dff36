from unittest.mock import patch

from django.test import SimpleTestCase

from segments.outward import providers
from tests.segments.test_outward_syncing import Shelf


class Registry(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(patch.dict(providers._providers, clear=True))
        self.enterContext(patch.object(providers, "_sources", []))

    def test_one_of_a_name(self) -> None:
        shelf = Shelf()
        providers.register(shelf)
        providers.register(shelf)
        self.assertIn(shelf, providers.providers())
        self.assertIs(providers.provider_of("shelf"), shelf)
        with self.assertRaises(ValueError):
            providers.register(Shelf())

    def test_an_unknown_one_is_of_no_use_to_try_again(self) -> None:
        with self.assertRaises(providers.ListError) as refused:
            providers.provider_of("nowhere")
        self.assertTrue(refused.exception.permanent)

    def test_a_source_is_asked_each_time(self) -> None:
        shelf, there = Shelf(), []
        source = there.__iter__
        for _twice in range(2):
            providers.register_source(source)
        self.assertEqual(providers.providers(), [])
        there.append(shelf)
        self.assertEqual(providers.providers(), [shelf])
        self.assertIs(providers.provider_of("shelf"), shelf)
