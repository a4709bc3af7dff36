"""Segments side by side: conversion, ROI, LTV."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tracking.models import SegmentFigures
from tracking.money.figures import FIGURES
from tracking.report_pages import charts
from tracking.report_pages.asking import Asked
from tracking.report_pages.frame import Report, Row


def rows(asked: Asked) -> list[Row]:
    found = SegmentFigures.objects.select_related("segment").order_by("-people")
    return [
        Row(
            each.segment.name,
            _sums(each, asked),
            reverse("admin:segments_segment_change", args=[each.pk]),
            reverse("admin:segments_segment_people", args=[each.pk]),
        )
        for each in found
    ]


def _sums(each: SegmentFigures, asked: Asked) -> dict[str, Any]:
    deals, revenue, margin = each.attributed.get(asked.model, (0, 0, 0))
    return {
        "members": each.people, "people": each.written, "bought": each.written_buyers, "sent": each.sent, "cost": each.cost,
        "deals": deals, "revenue": revenue, "margin": margin, "income": revenue if asked.base == "revenue" else margin,
        "cohort": each.people, "cohort_margin": each.lifetime, "all_deals": each.deals,
    }  # fmt: skip


SEGMENTS = Report(
    slug="segments", title=_("Segments"), about=_("Which segments are worth writing to."), head=_("Segment"),
    figures=("members", "people", "conversion", "cost", "deals", "revenue", "margin", "profit", "roi", "ltv"),
    rows=rows, filters=("model", "base"), chart=charts.bars_of("roi"), drawn=FIGURES["roi"].label, total=False,
    note=_("Of the people who are in the segment now; what they were sent and bought is of the last year, LTV of all time. Counted at night. People may be in several segments: rows are not added up."),
)  # fmt: skip
