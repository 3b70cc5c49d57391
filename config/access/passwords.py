"""What a password must not have in it: the names that a guesser tries first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Shorter names than this stand in too many words by chance.
SHORTEST_NAME = 4


class NamesValidator:
    """Refuses a password with a name of the service or of the account in it.

    Case, accents of writing, gaps and punctuation make no difference: `Cert-Keep 2026!` has
    `certkeep` in it.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def validate(self, password: str, user: Any = None) -> None:
        written = _letters(password)
        for name in (*self.names, *_names_of(user)):
            if len(letters := _letters(name)) >= SHORTEST_NAME and letters in written:
                raise ValidationError(
                    _("The password has “%(name)s” in it."),
                    code="password_has_name",
                    params={"name": name},
                )

    def get_help_text(self) -> str:
        return _("Your password can’t have your name or the service’s in it.")


def _names_of(user: Any) -> Iterable[str]:
    """Each name by itself: of `Kari Nordmann`, the password has neither the one nor the other."""
    for attribute in ("username", "first_name", "last_name"):
        name = getattr(user, attribute, "") or ""
        yield name
        yield from re.split(r"[\s@._-]+", name)
    yield (getattr(user, "email", "") or "").partition("@")[0]


def _letters(text: str) -> str:
    """The letters and digits alone, of whatever width and case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
