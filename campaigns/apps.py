from datetime import time

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from channels.signals import delivery_reported, devices_changed, message_received, templates_changed


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns import (  # models are loaded only now
            answer_states,
            audiences,
            beginning,
            bot_links,
            cadence,
            centre_slots,
            devices,
            engagement,
            erasing,
            hearing,
            kept_on_undo,
            loyalty,
            loyalty_rule_fields,
            permission,
            person_slots,
            profile_panel,
            reported,
            rule_fields,
            segment_use,
            template_news,
        )
        from campaigns.ad_audiences import listing
        from campaigns.game import registering as game
        from campaigns.points import registering as points
        from campaigns.promo import registering as promo
        from campaigns.scenarios import registering as scenarios
        from segments import erasing as segments_erasing
        from segments import facts_registry, nightly, onward, ready_made, shares, usage
        from segments.importing import undo_keeps
        from segments.outward import members, permits, spared
        from segments.outward import providers as list_providers

        for part in (person_slots, centre_slots, bot_links, promo, points, game, rule_fields, loyalty_rule_fields):
            part.register_all()
        scenarios.register_all()
        profile_panel.register_panel()
        facts_registry.register(engagement.TABLE)
        facts_registry.register(loyalty.TABLE)
        ready_made.register(cadence.RARELY)
        nightly.register("cadence", time(5), cadence.count)
        segments_erasing.register(erasing.erase)
        undo_keeps.register(kept_on_undo.MESSAGES)
        usage.register(segment_use.uses)
        shares.register(segment_use.MESSAGES)
        onward.register(beginning.NEW_CAMPAIGN)
        list_providers.register_source(audiences.connected)
        members.register(listing.members)
        spared.register(audiences.left_alone)
        permits.register(permission.is_allowed)
        delivery_reported.connect(reported.take, dispatch_uid="campaigns.reported")
        delivery_reported.connect(answer_states.take_reports, dispatch_uid="campaigns.answers")
        devices_changed.connect(devices.take, dispatch_uid="campaigns.devices")
        templates_changed.connect(template_news.take, dispatch_uid="campaigns.templates")
        message_received.connect(hearing.take, dispatch_uid="campaigns.replies")
