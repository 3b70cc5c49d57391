"""Comparing answers with the contracts' examples."""

from __future__ import annotations

from typing import Any


def assert_same(body: Any, example: Any) -> None:
    """Equal, with the keys in the same order at every level."""
    assert body == example
    if isinstance(example, dict):
        assert list(body) == list(example)
        for key, value in example.items():
            assert_same(body[key], value)
    elif isinstance(example, list):
        for one, other in zip(body, example, strict=True):
            assert_same(one, other)
