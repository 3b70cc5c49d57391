"""System checks of badges."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from badges.credentials.addresses import is_on
from badges.credentials.keys import published_keys


@register()
def keys_can_be_read(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The keys that the settings name, where credentials are made at all."""
    is_made_later = settings.EMBEDDED and not Path(settings.BADGE_SIGNING_KEY_FILE).exists()
    if not is_on() or is_made_later:
        return []
    try:
        published_keys()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="badges.E001")]
    return []
