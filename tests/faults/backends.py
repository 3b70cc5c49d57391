"""Where a fault is tried whose handling does not depend on database, queue and pool."""

from __future__ import annotations

import pytest

on_services = pytest.mark.parametrize(
    "backend", [pytest.param("services", marks=pytest.mark.services)], indirect=True
)
