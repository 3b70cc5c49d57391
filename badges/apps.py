from __future__ import annotations

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    name = "badges"
    verbose_name = "Badges"

    def ready(self) -> None:
        from badges import checks, erasure  # noqa: F401  (the first registers its check)

        erasure.connect()
