"""Who works at the desk: as in its own tests."""

from tests.desk.conftest import auditor, coordinator_of

__all__ = ["auditor", "coordinator_of"]
