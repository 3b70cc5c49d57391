from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificationsConfig(AppConfig):
    name = "certifications"
    verbose_name = _("Certifications")
    is_domain = True

    def ready(self) -> None:
        from certifications import panel, personal_data, rights
        from certifications.models import (
            Certification,
            CertificationType,
            Mentor,
            Organisation,
            Renewal,
        )
        from certifications.services import calendars  # noqa: F401  (registers a receiver)
        from config.desk.navigation import add_account_page
        from config.desk.panels import register
        from config.retention import register_history

        rights.register()
        personal_data.register()
        add_account_page(
            _("Calendar of expirations"),
            "admin:certifications_calendar",
            "certifications.view_certification",
        )
        register(panel.CertificationsPanel())
        register_history(Organisation, Mentor, CertificationType, Certification, Renewal)
