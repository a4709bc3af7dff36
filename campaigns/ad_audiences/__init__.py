"""Audience export: a campaign whose people are shown advertisements by an ad account, and not written to.

It is planned, approved and frozen as every campaign is (`campaigns.planning`, `campaigns.running`). Its run has no chunks:
those who are not left out are an external list (`listing`), which `segments.outward` takes to the ad account. What the ad
account took is appended to the outbox as accepted (`settling`); what it never took is settled when the list is empty again,
at the end of the period or after a stop, so that "finished" means what it means for every campaign: nothing is pending.
"""
