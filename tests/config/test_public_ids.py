from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.api.public_ids import PublicId
from config.errors import NotFoundError

CRON = PublicId("cron", digits=3)


@given(number=st.integers(1, 2**63 - 1))
def test_what_is_formatted_is_parsed_back(number: int) -> None:
    assert CRON.parse(CRON.format(number)) == number


@given(text=st.text(max_size=30) | st.from_regex(r"cron-\d*", fullmatch=True))
def test_all_else_is_not_found(text: str) -> None:
    try:
        number = CRON.parse(text)
    except NotFoundError:
        return

    assert CRON.format(number) == text


@pytest.mark.parametrize(
    "text", ["cron-1", "cron-0001", "cron-01000", "run-001", "001", "cron-٠٠١", "cron-9" + "9" * 18]
)
def test_look_alikes_are_not_found(text: str) -> None:
    with pytest.raises(NotFoundError):
        CRON.parse(text)
