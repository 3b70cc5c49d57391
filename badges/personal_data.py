"""What badges hold of a person."""

from __future__ import annotations

from badges.models import BadgeDefinition, BadgeImage, EarnedBadge, ErasedBadge
from config.personal_data import belongs, kept, nobody


def register() -> None:
    """Say it of each table of badges."""
    nobody(BadgeDefinition, BadgeImage, why="Badges as they are defined, for everybody.")
    belongs(EarnedBadge, "mentor", what="badges that the person earned, and why one was revoked")
    kept(
        ErasedBadge,
        why="The badge's number and time: status lists of credentials go on saying that it is "
        "no longer valid.",
    )
