from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Compliance certificates")
    is_domain = True

    def ready(self) -> None:
        from certificates.models import Certificate, CertificateAction, Tenant
        from certificates.reminders import CertificateKind
        from config.retention import register_history
        from cron.expiring import register

        register(CertificateKind())
        register_history(Tenant, Certificate, CertificateAction)
