"""What the tests of the compose file's servers need of the tests of real processes."""

from __future__ import annotations

from tests.e2e.conftest import backend, databases, new_stack

__all__ = ["backend", "databases", "new_stack"]
