"""What coordinators may do with badges: award them to their mentors, and revoke them."""

from __future__ import annotations

from config.api.roles import COORDINATOR
from config.rights import grant


def register() -> None:
    grant(
        COORDINATOR,
        "badges.view_badgedefinition",
        "badges.view_earnedbadge",
        "badges.add_earnedbadge",
        "badges.change_earnedbadge",
    )
