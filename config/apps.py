"""The frame as a Django app: it brings the roles, the system checks and the token command."""

from __future__ import annotations

from django.apps import AppConfig


class FrameConfig(AppConfig):
    name = "config"
    verbose_name = "Access"

    def ready(self) -> None:
        from config import checks  # noqa: F401  (registers the checks)
