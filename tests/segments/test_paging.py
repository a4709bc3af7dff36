from unittest.mock import patch

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from segments.models import Brand
from segments.paging import EstimatedPaginator


class EstimatedPaging(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        Brand.objects.bulk_create(Brand(name=f"Brand {number:03}") for number in range(60))

    def test_a_short_list_is_counted_exactly(self) -> None:
        pages = EstimatedPaginator(Brand.objects.filter(name__gte="Brand 000", name__lt="Brand 045"), 20)
        assert (pages.count, pages.num_pages) == (45, 3)

    def test_a_long_list_is_estimated_and_never_counted_whole(self) -> None:
        with (
            patch.object(EstimatedPaginator, "EXACT_UP_TO", 10),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            count = EstimatedPaginator(Brand.objects.all(), 20).count
        assert count >= 11
        assert len(queries) == 2
        assert "LIMIT 11" in queries[0]["sql"]
        assert queries[1]["sql"].startswith("EXPLAIN")

    def test_an_empty_list_has_no_rows(self) -> None:
        assert EstimatedPaginator(Brand.objects.none(), 20).count == 0
