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
from segments.models.cutting import (
    Membership,
    MembershipChange,
    Segment,
    SegmentShare,
    SegmentSize,
    SegmentSnapshot,
    SegmentTwin,
)
from segments.models.facts import CustomerFacts
from segments.models.feeds import Feed, FeedLook, FeedObject
from segments.models.history import Interaction, Vehicle
from segments.models.identity import ErasedKey, Household, ReviewPair
from segments.models.imports import (
    BeforeImage,
    ImportBatch,
    ImportFile,
    Mapping,
    OperationSpelling,
    RejectedRow,
    Source,
    UnknownWord,
)
from segments.models.lists import ContactList, ListedContact
from segments.models.nightly import NightWork
from segments.models.outward import DataExport, ExternalAddress, ExternalList, ListSync
from segments.models.people import (
    Card,
    CardContact,
    CardHeaders,
    Consent,
    ConsentState,
    ContactKind,
    ContactPoint,
    Customer,
    MergeRecord,
    Preference,
)
from segments.models.ready_made import ReadyMade
from segments.models.rfm import RfmLine, RfmMove, RfmScore, RfmSegment
from segments.models.stock import CarInStock, CarPrice, CentreTraffic
from segments.models.zones import CustomerZone, PhoneRange

__all__ = [
    "BeforeImage",
    "Brand",
    "BrandSpelling",
    "CarInStock",
    "CarModel",
    "CarPrice",
    "Card",
    "CardContact",
    "CardHeaders",
    "Centre",
    "CentreTraffic",
    "City",
    "CitySpelling",
    "Consent",
    "ConsentState",
    "ContactKind",
    "ContactList",
    "ContactPoint",
    "Customer",
    "CustomerFacts",
    "CustomerZone",
    "DataExport",
    "ErasedKey",
    "ExternalAddress",
    "ExternalList",
    "Feed",
    "FeedLook",
    "FeedObject",
    "Household",
    "ImportBatch",
    "ImportFile",
    "Interaction",
    "ListedContact",
    "ListSync",
    "Mapping",
    "Membership",
    "MembershipChange",
    "MergeRecord",
    "NightWork",
    "OperationSpelling",
    "PhoneRange",
    "Preference",
    "ReadyMade",
    "RejectedRow",
    "ReviewPair",
    "RfmLine",
    "RfmMove",
    "RfmScore",
    "RfmSegment",
    "Salesperson",
    "Segment",
    "SegmentShare",
    "SegmentSize",
    "SegmentSnapshot",
    "SegmentTwin",
    "Source",
    "UnknownWord",
    "Vehicle",
]
