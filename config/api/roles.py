"""The roles that accounts have: Django groups of these names."""

from __future__ import annotations

SYSTEM = "system"
ADMIN = "admin"
ROLES = (SYSTEM, ADMIN)
