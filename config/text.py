"""Texts from outside: what people can see of them, and what a database takes."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: Unicode's categories of what has no shape of its own: controls, formats (such as the marks that
#: turn the direction of writing), lone surrogates, separators of lines and paragraphs.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

#: Unicode's category Zs; no-break spaces are among them.
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")


def is_invisible(char: str) -> bool:
    """Whether nobody sees the character; a space is seen, by what stands apart."""
    return unicodedata.category(char) in _INVISIBLE


def name_of(char: str) -> str:
    """The character for a message: as it is where it is seen, else by its number (U+200B)."""
    return f"U+{ord(char):04X}" if is_invisible(char) else char


def normalise_code(text: str) -> str:
    """A code that a person typed, as it is stored: codes that look alike are the same.

    Letters with marks are composed (NFC), and every run of spaces of whatever width is one space,
    none at the ends. Line breaks, and what else can't be seen, stay: `validate_visible` names them.
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).strip())


def storable(text: str, *, most: int | None = None) -> str:
    """The text as every database takes it, cut to so many characters.

    PostgreSQL has no NUL, and nobody can encode half of a surrogate pair: an answer of a stranger,
    or an error that repeats it, may have both.
    """
    return text.replace("\0", "").encode(errors="replace").decode()[:most]


def validate_visible(value: str) -> None:
    """Raise `ValidationError` for a text with a character that nobody sees.

    Email addresses may have controls in quotes by RFC 5321, and what looks like `kari@example.org`
    may have a mark of zero width in its domain. Python breaks a mail's header at such controls.
    """
    if found := next(filter(is_invisible, value), None):
        raise ValidationError(
            _("It has a character that can't be seen (%(character)s)."),
            code="invisible",
            params={"character": name_of(found)},
        )
