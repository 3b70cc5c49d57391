"""The columns of a table that goes in or out, and how their cells are read and written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import override
from rest_framework.exceptions import ValidationError as FieldError

from config.api.fields import UtcDateTimeField, format_utc
from config.import_export.cells import UnreadableCell
from config.text import validate_visible

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_MOMENT = UtcDateTimeField()
#: What people write, and what spreadsheet programs write for them, in the languages of ours.
_TRUE = frozenset({"true", "yes", "sann", "ja", "1", "x"})
_FALSE = frozenset({"false", "no", "usann", "nei", "0"})
_BETWEEN_WORDS = re.compile("[\\s_\u2010-\u2015-]+")


class BadCell(Exception):
    """What a cell says can't be right; the text says why."""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Column:
    """A column. `parse` turns a trimmed text that is not empty into a value, or raises `BadCell`.

    A required cell is never empty; any other stands for `default` when it is. `labels` are what
    else a heading may call it, in any language.
    """

    name: str
    help: StrPromise | str
    example: str
    parse: Callable[[str], Any] = _as_it_is
    show: Callable[[Any], str] = str
    required: bool = False
    default: Any = ""
    labels: Sequence[StrPromise | str] = ()

    def heading_keys(self) -> set[str]:
        """What it may be called in a heading, as `heading_key` has it."""
        keys = {heading_key(self.name)}
        for language, _name in settings.LANGUAGES:
            with override(language):
                keys.update(heading_key(str(label)) for label in self.labels)
        return keys

    def read(self, text: str) -> Any:
        """The value of a cell; `BadCell` for one that can't be right.

        Letters with marks come composed (NFC), in whichever form the file has them.
        """
        if isinstance(text, UnreadableCell):
            raise BadCell(text.detail)
        text = text.strip()
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if not text:
            if self.required:
                raise BadCell(_("It must not be empty."))
            return self.default
        if "\0" in text:
            raise BadCell(_("It has a NUL character in it."))
        return self.parse(text)

    def write(self, value: Any) -> str:
        """The text of a value, which `read` takes back."""
        return "" if value is None else self.show(value)


def heading_key(heading: str) -> str:
    """The heading without what people write in more than one way.

    That is capital and small letters, wide and narrow ones, what stands between words, and
    characters that can't be seen.
    """
    seen = "".join(char for char in heading if unicodedata.category(char) != "Cf")
    folded = unicodedata.normalize("NFKC", seen).casefold()
    return _BETWEEN_WORDS.sub("_", folded).strip("_")


def moment(text: str) -> datetime:
    """ISO 8601; a day alone is midnight UTC, a time without offset is UTC.

    Nothing else is guessed: 03/04/2028 is a day of March to some and of April to others.
    """
    try:
        return _MOMENT.to_internal_value(text)
    except FieldError as error:
        if error.get_codes() != ["invalid"]:
            raise BadCell(str(error.detail[0])) from error  # type: ignore[index]
        raise BadCell(
            _(
                "It is no date that can be read without guessing. Write year-month-day, such as "
                "2028-01-31, or give the cell the format of a date."
            )
        ) from error


def show_moment(value: datetime) -> str:
    return format_utc(value)


def truth(text: str) -> bool:
    """`true`, `yes`, `1` or `x`, and `false`, `no` or `0`, in any case; in Norwegian too."""
    word = text.casefold()
    if word not in _TRUE | _FALSE:
        raise BadCell(_("Write true or false."))
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
            told = _("It has %(count)d characters; %(most)d are the most.")
            raise BadCell(told % {"count": len(text), "most": most})
        return text

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Reads one of the words, whatever its case."""

    def parse(text: str) -> str:
        word = text.lower()
        if word not in choices:
            raise BadCell(_("Choose one of %(choices)s.") % {"choices": ", ".join(choices)})
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
