from datetime import time

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class TrackingConfig(AppConfig):
    name = "tracking"
    verbose_name = _("Results")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Fill the registries of the lower apps."""
        self._fill()
        self._fill_telephony()
        self._keep_bi_aside()

    def _keep_bi_aside(self) -> None:
        from tracking.bi import building

        pre_migrate.connect(building.before_migrating, sender=self)
        post_migrate.connect(building.after_migrating, sender=self)

    def _fill_telephony(self) -> None:
        from functools import partial

        from channels import sealing
        from channels.admin import provider_fields
        from tracking import telephony, telephony_models

        for name in telephony.REGISTRY:
            provider_fields.register(name, partial(telephony.provider_class, name))
        sealing.SEALED.append(telephony_models.CallTrackingAccount)

    def _fill(self) -> None:
        from campaigns import forecast, plan_fields, slots, variant_results
        from campaigns import panels as campaign_panels
        from campaigns.game import embedding
        from campaigns.scenarios import occasions
        from segments import erasing as segments_erasing
        from segments import facts_registry, nightly, profile
        from segments.importing import undo_keeps
        from tracking import (
            erasing,
            kept_on_undo,
            nps,
            panels,
            plan,
            plan_and_fact,
            response_facts,
            responses,
            rule_fields,
            track_record,
        )
        from tracking.attribution import counting, lift, offering
        from tracking.hits import panel as hits_panel
        from tracking.money import of_campaign
        from tracking.summaries import nightly as summaries
        from tracking.website_events import occasions as website_occasions
        from tracking.website_events import panel as website_panel
        from tracking.website_events import sites

        plan_fields.register(plan.NUMBER)
        plan_fields.register(offering.FIELD)
        for slot in plan.SLOTS:
            slots.register(slot)
        for panel in (*panels.CAMPAIGN_PANELS, plan_and_fact.PANEL, hits_panel.PANEL, of_campaign.PANEL):
            campaign_panels.register(panel)
        for panel in (panels.CALLS_OF_CUSTOMER, panels.DEALS_OF_CUSTOMER, website_panel.PANEL):
            profile.register(panel)
        occasions.register(*website_occasions.OCCASIONS)
        nps.register_goals()
        segments_erasing.register(erasing.erase)
        undo_keeps.register(kept_on_undo.CALLS)
        undo_keeps.register(kept_on_undo.VISITS)
        rule_fields.register_all()
        for table in (response_facts.TABLE, nps.TABLE, counting.TABLE):
            facts_registry.register(table)
        forecast.register(track_record.of_campaign)
        variant_results.register(responses.of_variants)
        embedding.register("sites", sites.origins)
        nightly.register("arm_sums", time(5), lift.count)
        nightly.register("track_record", time(5), track_record.count)
        nightly.register("report_figures", time(5), summaries.refresh)
