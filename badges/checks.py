"""System checks of badges."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from badges.credentials.addresses import is_on
from badges.credentials.keys import published_keys, signing_key

#: The algorithm that every verifier of Open Badges 3.0 has to know (section 8.2, "at least RS256").
DEMANDED_ALGORITHM = "RS256"


@register()
def keys_can_be_read(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The keys that the settings name, where credentials are made at all."""
    is_made_later = settings.EMBEDDED and not Path(settings.BADGE_SIGNING_KEY_FILE).exists()
    if not is_on() or is_made_later:
        return []
    try:
        published_keys()
        algorithm = signing_key().published.algorithm
    except ImproperlyConfigured as error:
        return [Error(str(error), id="badges.E001")]
    if algorithm != DEMANDED_ALGORITHM:
        return [_not_for_every_verifier(algorithm)]
    return []


def _not_for_every_verifier(algorithm: str) -> CheckMessage:
    """Said at the start and by `manage.py check`: what is signed is in the world for good."""
    return Warning(
        f"BADGE_SIGNING_KEY_FILE is a key for {algorithm}: Open Badges 3.0 demands of verifiers "
        f"that they know {DEMANDED_ALGORITHM}, and many know nothing else.",
        hint="Sign with an RSA key, and name this one in BADGE_FORMER_KEY_FILES.",
        id="badges.W001",
    )
