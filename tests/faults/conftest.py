"""The stacks of the tests of real processes, to be broken."""

from __future__ import annotations

from tests.e2e.conftest import backend, databases, mail_server, new_stack

__all__ = ["backend", "databases", "mail_server", "new_stack"]
