from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CronConfig(AppConfig):
    name = "cron"
    verbose_name = _("Expiry checks")
    is_domain = True

    def ready(self) -> None:
        from config.desk import panels
        from cron import desk, health, metrics, panel, personal_data, retention, rights
        from cron.certification_kind import CertificationKind
        from cron.expiring import register

        register(CertificationKind())
        rights.register()
        desk.register()
        panels.register(panel.ChecksPanel())
        retention.register()
        personal_data.register()
        health.register()
        metrics.register()
