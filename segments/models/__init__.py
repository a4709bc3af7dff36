"""Who: the customer base and how it is cut."""

from segments.models.catalogue import (
    Brand,
    BrandSpelling,
    CarModel,
    Centre,
    City,
    CitySpelling,
    Salesperson,
)
from segments.models.cutting import Membership, Segment, SegmentSize
from segments.models.facts import CustomerFacts
from segments.models.history import Interaction, Vehicle
from segments.models.imports import ImportBatch, Mapping, RejectedRow, Source
from segments.models.people import (
    Card,
    CardContact,
    Consent,
    ConsentState,
    ContactPoint,
    Customer,
    MergeRecord,
    Preference,
)

__all__ = [
    "Brand",
    "BrandSpelling",
    "CarModel",
    "Card",
    "CardContact",
    "Centre",
    "City",
    "CitySpelling",
    "Consent",
    "ConsentState",
    "ContactPoint",
    "Customer",
    "CustomerFacts",
    "ImportBatch",
    "Interaction",
    "Mapping",
    "Membership",
    "MergeRecord",
    "Preference",
    "RejectedRow",
    "Salesperson",
    "Segment",
    "SegmentSize",
    "Source",
    "Vehicle",
]
