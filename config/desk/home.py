"""The home page: the panels of the apps, to those who may see them."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from config.desk.panels import panels


def home_panels(request: HttpRequest) -> list[dict[str, object]]:
    """Template and context of each panel that the account may see."""
    user = request.user
    now = timezone.now()
    return [
        {"template": panel.template, **panel.context(request, now)}
        for panel in panels()
        if user.has_perm(panel.permission)
    ]
