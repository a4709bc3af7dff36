"""What: campaigns, their content, and the outbox."""

from campaigns.models.ad_audience import AdAudience
from campaigns.models.answers import Answer, KeywordRule, ParkedReport, Reply
from campaigns.models.calls import CallEvent, CallTask
from campaigns.models.campaign import Approval, Campaign, CampaignEvent, SendingPermit
from campaigns.models.chat import ChatNode, ChatTalk, ChatTree
from campaigns.models.content import Content, Link
from campaigns.models.engagement import EngagementFacts, Touch
from campaigns.models.experiment import Experiment, Layer, Variant
from campaigns.models.follow_ups import FollowUp
from campaigns.models.game import CampaignGame, Game, Play, Prize
from campaigns.models.guard import Inspection
from campaigns.models.inquiry import Inquiry
from campaigns.models.launches import ProductLaunch
from campaigns.models.loyalty import LoyaltyFacts
from campaigns.models.outbox import Chunk, DeliveryState, Message, Outcome, Resolution, Run
from campaigns.models.points import PointsEntry
from campaigns.models.policy import CadenceCount, ContactSlot, Policy
from campaigns.models.promo import CampaignPromo, PromoCode, PromoFile, PromoPool, SegmentDiscount
from campaigns.models.promo_redemption import PromoRedemption, PromoTill
from campaigns.models.promo_trouble import PromoPicture, PromoTrouble
from campaigns.models.rationale import Rationale
from campaigns.models.referral import Referral, ReferralDay, ReferralProgramme
from campaigns.models.scenario import (
    ChannelWorth,
    Enrolment,
    EnrolmentMove,
    ReactionCurve,
    Scenario,
    ScenarioEvent,
    ScenarioStep,
    ScenarioVersion,
)
from campaigns.models.season import Season
from campaigns.models.snippets import Snippet
from campaigns.models.templates import MessageTemplate

__all__ = [
    "AdAudience",
    "Answer",
    "Approval",
    "CadenceCount",
    "CallEvent",
    "CallTask",
    "Campaign",
    "CampaignEvent",
    "CampaignGame",
    "CampaignPromo",
    "ChatNode",
    "ChatTalk",
    "ChatTree",
    "Chunk",
    "ContactSlot",
    "Content",
    "DeliveryState",
    "EngagementFacts",
    "Enrolment",
    "EnrolmentMove",
    "Experiment",
    "FollowUp",
    "Game",
    "Inquiry",
    "Inspection",
    "KeywordRule",
    "Layer",
    "Link",
    "LoyaltyFacts",
    "Message",
    "MessageTemplate",
    "Outcome",
    "ParkedReport",
    "Play",
    "PointsEntry",
    "Policy",
    "Prize",
    "ProductLaunch",
    "PromoCode",
    "PromoFile",
    "PromoPicture",
    "PromoPool",
    "PromoRedemption",
    "PromoTill",
    "PromoTrouble",
    "Rationale",
    "Referral",
    "ReferralDay",
    "ReferralProgramme",
    "Reply",
    "ChannelWorth",
    "ReactionCurve",
    "Resolution",
    "Run",
    "Scenario",
    "ScenarioEvent",
    "ScenarioStep",
    "ScenarioVersion",
    "SendingPermit",
    "Season",
    "SegmentDiscount",
    "Snippet",
    "Touch",
    "Variant",
]
