"""The roles that accounts have: Django groups of these names."""

from __future__ import annotations

#: Programs that Certkeep serves: they see every tenant.
SYSTEM = "system"
#: Does everything, here and in the admin.
ADMIN = "admin"
#: Reads everything in the admin and writes nothing.
AUDITOR = "auditor"
#: Works in the admin with the rows of her own organisations; all others do not exist for her.
COORDINATOR = "coordinator"

#: In `REQUIRE_SECOND_FACTOR`: whoever may enter the admin, whatever gives the right to.
EVERYBODY = "all"

ROLES = (SYSTEM, ADMIN, AUDITOR, COORDINATOR)
#: The roles whose accounts may enter the admin.
DESK_ROLES = frozenset({ADMIN, AUDITOR, COORDINATOR})
#: Roles for which the rows of all organisations exist, and those of them that change rows.
SEES_ALL = frozenset({SYSTEM, ADMIN, AUDITOR})
WRITES_ALL = frozenset({SYSTEM, ADMIN})
