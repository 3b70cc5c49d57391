from __future__ import annotations

from django.apps import AppConfig


class CronConfig(AppConfig):
    name = "cron"
    verbose_name = "Expiry checks"

    def ready(self) -> None:
        from cron.certification_kind import CertificationKind
        from cron.expiring import register

        register(CertificationKind())
