"""Public ids with a prefix, such as `cron-001`: the row's number, padded with zeros."""

from __future__ import annotations

from dataclasses import dataclass

from config.errors import NotFoundError
from config.numbers import whole_number

_LARGEST = 2**63 - 1
_DIGITS = len(str(_LARGEST))


@dataclass(frozen=True)
class PublicId:
    """How one kind of row is named outside: `prefix`, a dash, and at least `digits` digits."""

    prefix: str
    digits: int = 3

    def format(self, number: int) -> str:
        """The public id of row `number`."""
        return f"{self.prefix}-{number:0{self.digits}d}"

    def parse(self, text: str) -> int:
        """The number in a public id; `NotFoundError` for what is no id of this kind."""
        value = whole_number(text.removeprefix(f"{self.prefix}-"), digits=_DIGITS)
        if value is not None and value <= _LARGEST and self.format(value) == text:
            return value
        raise NotFoundError(f"There is no {text}.")
