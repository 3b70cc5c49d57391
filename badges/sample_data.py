"""Sample data for a first look: badges with images, and mentors who earned them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from badges.models import BadgeDefinition
from badges.services.awards import Award, award_badge, revoke_badge
from badges.services.definitions import save_definition, set_image
from badges.services.images import checked_image
from certifications.models import Mentor

#: (name, description, criteria, colour)
BADGES = [
    (
        "First conversation",
        "Met a person in a hard time for the first time as a peer.",
        "Hold one conversation and talk it over with a coordinator.",
        "#2f855a",
    ),
    (
        "First year",
        "A year of conversations as a peer mentor.",
        "Mentor for twelve months and take part in the yearly gathering.",
        "#2b6cb0",
    ),
    (
        "Guide of newcomers",
        "Introduced new peer mentors to the work.",
        "Accompany three new mentors through their first month.",
        "#b7791f",
    ),
]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">'
    '<circle cx="100" cy="100" r="90" fill="{colour}"/>'
    '<path d="M60 105l28 28 54-62" fill="none" stroke="#fff" stroke-width="16"/></svg>'
)
HOLDERS = 12


@transaction.atomic
def load_sample_data(now: datetime) -> str:
    """Fill an empty database and say with what; nothing, and no word, where there are badges."""
    if BadgeDefinition.objects.exists():
        return ""
    definitions = []
    for name, description, criteria, colour in BADGES:
        definition = save_definition(
            definition=None,
            name=name,
            description=description,
            criteria=criteria,
            tags=["peer-mentor"],
            active=True,
            now=now,
        )
        set_image(definition=definition, image=checked_image(SVG.format(colour=colour).encode()))
        definitions.append(definition)
    holders = list(Mentor.objects.exclude(name="").order_by("pk")[:HOLDERS])
    for number, mentor in enumerate(holders):
        # Every second one agreed to public pages.
        Mentor.objects.filter(pk=mentor.pk).update(public_badges=number % 2 == 0)
        for definition in definitions[: 1 + number % len(definitions)]:
            earned, _ = award_badge(
                Award(definition.public_id, mentor.pk, now - timedelta(days=30 + number)), now=now
            )
    if holders:
        revoke_badge(
            public_id=earned.public_id, reason="Awarded by mistake.", revoked_by="admin", now=now
        )
    return f"{len(BADGES)} badges, earned by {len(holders)} mentors."
