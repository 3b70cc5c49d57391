"""Text of strangers in a form that every database takes."""

from __future__ import annotations


def storable(text: str, *, most: int | None = None) -> str:
    """The text as every database takes it, cut to so many characters.

    PostgreSQL has no NUL, and nobody can encode half of a surrogate pair: an answer of a stranger,
    or an error that repeats it, may have both.
    """
    return text.replace("\0", "").encode(errors="replace").decode()[:most]
