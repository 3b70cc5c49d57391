from __future__ import annotations

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "Compliance certificates"

    def ready(self) -> None:
        from certificates.reminders import CertificateKind
        from cron.expiring import register

        register(CertificateKind())
