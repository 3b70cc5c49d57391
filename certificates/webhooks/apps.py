from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    name = "certificates.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")
    is_domain = True

    def ready(self) -> None:
        from certificates.webhooks import metrics, personal_data, retention
        from certificates.webhooks.panel import WebhooksPanel
        from config.desk.panels import register

        register(WebhooksPanel())
        retention.register()
        personal_data.register()
        metrics.register()
