from __future__ import annotations

import pytest
import time_machine

from tests.conftest import EXAMPLE_NOW


@pytest.fixture
def _at_example_time(time_machine: time_machine.TimeMachineFixture) -> None:
    """The clock stands still at the moment of the contracts' examples."""
    time_machine.move_to(EXAMPLE_NOW, tick=False)
