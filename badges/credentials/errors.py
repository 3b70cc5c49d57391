"""What stands against making a credential."""

from __future__ import annotations

from config.errors import UnavailableError


class CredentialsOff(UnavailableError):
    """The settings name no public URL or no signing key."""

    code = "badge-credentials-off"
    title = "Badges have no credentials here"

    def __init__(self) -> None:
        super().__init__("PUBLIC_URL and BADGE_SIGNING_KEY_FILE have to be set for credentials.")
