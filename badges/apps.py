from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BadgesConfig(AppConfig):
    name = "badges"
    verbose_name = _("Badges")
    is_domain = True

    def ready(self) -> None:
        from badges import checks, numbers, personal_data, rights  # noqa: F401  (the first registers)
        from badges.models import BadgeDefinition, EarnedBadge
        from config.retention import register_history

        numbers.connect()
        personal_data.register()
        rights.register()
        register_history(BadgeDefinition, EarnedBadge)
