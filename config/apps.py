"""The frame as a Django app: it brings the roles, the system checks and the token command."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _

from config.telemetry import start_sentry


class DeskConfig(AdminConfig):
    """Django's admin on the site of `config.desk`."""

    default_site = "config.desk.site.DeskSite"


class FrameConfig(AppConfig):
    name = "config"
    verbose_name = _("Access")

    def ready(self) -> None:
        from config import checks, kept  # noqa: F401  (registers the checks)
        from config.audit import listening  # noqa: F401  (registers receivers)

        kept.register()
        start_sentry()
