"""For whom a service writes."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


@dataclass(frozen=True)
class Actor:
    """Whoever asked for a write, as far as rules of the domain depend on it.

    `limited_to` is a coordinator's account, for which the rows of its organisations alone exist;
    None where all rows do. `has_right` is false for those who may write only because the API is
    open to everybody (`PUBLIC_API=open`).
    """

    limited_to: AbstractBaseUser | AnonymousUser | None = None
    has_right: bool = True


#: Commands, tasks, and whoever sees all rows and has a right to change them.
TRUSTED = Actor()
