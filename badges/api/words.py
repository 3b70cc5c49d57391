"""What the properties of contract 5 and of badge definitions mean, for the OpenAPI document."""

from __future__ import annotations

WORDS = {
    "id": "The earned badge's id.",
    "DefinitionDetails.id": "The definition's id.",
    "DefinitionDeleted.id": "The definition's id.",
    "badge_definition_id": "The definition of the badge.",
    "peer_mentor_id": "The mentor who earned it.",
    "awarded_at": "When it was awarded.",
    "awarded_by": "Who or what awarded it.",
    "revoked_at": "When it was revoked; null while it stands.",
    "revoked_by": "Who revoked it.",
    "reason": "Why it is revoked.",
    "exists": "Whether the mentor holds the badge.",
    "earned_badge_id": "The earned badge; null where there is none.",
    "credential": "The signed credential (VC-JWT).",
    "organisation_id": "The organisation whose mentors' badges are meant.",
    "name": "What the badge is called.",
    "description": "What the badge is about.",
    "criteria": "What has to be done for it.",
    "tags": "Words to find it by.",
    "active": "Whether it can be awarded.",
    "image": "The public URL of its image; null without one.",
}
