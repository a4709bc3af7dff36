from django.test import SimpleTestCase

from segments.outward import providers
from tests.segments.test_outward_syncing import Shelf


class Registry(SimpleTestCase):
    def setUp(self) -> None:
        before = dict(providers._providers)
        self.addCleanup(lambda: (providers._providers.clear(), providers._providers.update(before)))

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
