"""The frame as a Django app: it brings the roles, the system checks and the token command."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _

from config.sqlite import teach_letters
from config.telemetry import start_sentry


class DeskConfig(AdminConfig):
    """Django's admin on the site of `config.desk`."""

    default_site = "config.desk.site.DeskSite"


class FrameConfig(AppConfig):
    name = "config"
    verbose_name = _("Access")

    def ready(self) -> None:
        from config import checks, kept, personal_tables  # noqa: F401  (the first registers)
        from config.access import sessions  # noqa: F401  (registers a receiver)
        from config.audit import listening  # noqa: F401  (registers receivers)
        from config.transfer.desk import may_import
        from config.web.body_limits import add_upload_route

        add_upload_route(
            r"/admin/\w+/\w+/import-rows/",
            most_bytes=lambda: settings.IMPORT_MAX_BYTES,
            may_upload=may_import,
        )
        kept.register()
        personal_tables.register()
        teach_letters()
        self._check_addresses_of_accounts()
        start_sentry()

    @staticmethod
    def _check_addresses_of_accounts() -> None:
        """Hold Django's own account to what every other address here is held to."""
        from django.contrib.auth import get_user_model

        from config.text import validate_visible

        email = get_user_model()._meta.get_field("email")
        email.validators.append(validate_visible)
