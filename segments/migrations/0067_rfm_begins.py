# The named segments and the cut-offs that an installation begins with. What people have changed stays.

from django.db import migrations

from segments.rfm.seed import LINES, SEGMENTS, VIP_RISK


def fill(apps, schema_editor):
    lines, segments = apps.get_model("segments", "RfmLine"), apps.get_model("segments", "RfmSegment")
    lines.objects.bulk_create(
        [lines(line=line, position=position, mode=mode) for line, (position, mode) in LINES.items()],
        ignore_conflicts=True,
    )
    segments.objects.bulk_create(
        [
            segments(
                number=number, slug=slug, name=name, codes=codes, priority=priority, advice=advice,
                vip_risk_from=VIP_RISK if slug == "attention" else None,
            )
            for number, (slug, name, codes, priority, advice) in enumerate(SEGMENTS, 1)
        ],
        ignore_conflicts=True,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("segments", "0066_rfm")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
