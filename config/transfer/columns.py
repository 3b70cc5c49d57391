"""The columns of a table that goes in or out, and how their cells are read and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from rest_framework.exceptions import ValidationError as FieldError

from config.api.fields import UtcDateTimeField, format_utc
from config.text import validate_visible

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_MOMENT = UtcDateTimeField()
_TRUE, _FALSE = frozenset({"true", "yes", "1", "x"}), frozenset({"false", "no", "0"})


class BadCell(Exception):
    """What a cell says can't be right; the text says why."""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Column:
    """A column. `parse` turns a trimmed text that is not empty into a value, or raises `BadCell`.

    A required cell is never empty; any other stands for `default` when it is.
    """

    name: str
    help: StrPromise | str
    example: str
    parse: Callable[[str], Any] = _as_it_is
    show: Callable[[Any], str] = str
    required: bool = False
    default: Any = ""

    def read(self, text: str) -> Any:
        """The value of a cell; `BadCell` for one that can't be right."""
        text = text.strip()
        if not text:
            if self.required:
                raise BadCell("It must not be empty.")
            return self.default
        if "\0" in text:
            raise BadCell("It has a NUL character in it.")
        return self.parse(text)

    def write(self, value: Any) -> str:
        """The text of a value, which `read` takes back."""
        return "" if value is None else self.show(value)


def moment(text: str) -> datetime:
    """ISO 8601; a day alone is midnight UTC, a time without offset is UTC."""
    try:
        return _MOMENT.to_internal_value(text)
    except FieldError as error:
        raise BadCell(str(error.detail[0])) from error  # type: ignore[index]


def show_moment(value: datetime) -> str:
    return format_utc(value)


def truth(text: str) -> bool:
    """`true`, `yes`, `1` or `x`, and `false`, `no` or `0`, whatever their case."""
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise BadCell("Write true or false.")
    return word in _TRUE


def show_truth(value: bool) -> str:
    return "true" if value else "false"


def email(text: str) -> str:
    try:
        validate_visible(text)
        validate_email(text)
    except ValidationError as error:
        raise BadCell(error.messages[0]) from error
    return text


def text_of(most: int) -> Callable[[str], str]:
    """Reads a text of up to so many characters."""

    def parse(text: str) -> str:
        if len(text) > most:
            raise BadCell(f"It has {len(text)} characters; {most} are the most.")
        return text

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Reads one of the words, whatever its case."""

    def parse(text: str) -> str:
        word = text.lower()
        if word not in choices:
            raise BadCell(f"Choose one of {', '.join(choices)}.")
        return word

    return parse


def checked_by(validate: Callable[[str], None]) -> Callable[[str], str]:
    """Reads what a validator of Django's lets through."""

    def parse(text: str) -> str:
        try:
            validate(text)
        except ValidationError as error:
            raise BadCell(error.messages[0]) from error
        return text

    return parse
