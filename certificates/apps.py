from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Compliance certificates")
    is_domain = True

    def ready(self) -> None:
        from certificates import personal_data
        from certificates.models import Certificate, CertificateAction, Tenant
        from certificates.reminders import CertificateKind
        from certificates.services import contacts  # noqa: F401  (registers receivers)
        from config.api.uploads import may_upload
        from config.retention import register_history
        from config.web.body_limits import add_upload_route
        from cron.expiring import register

        add_upload_route(
            "/v2/attachment/create",
            most_bytes=lambda: settings.ATTACHMENT_MAX_BYTES,
            may_upload=may_upload,
        )
        register(CertificateKind())
        personal_data.register()
        register_history(Tenant, Certificate, CertificateAction)
