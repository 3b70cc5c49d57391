"""Writes on mentors."""

from __future__ import annotations

import functools

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField

from certifications.errors import MentorHoldsCertifications, MentorNotCoordinated, MentorNotFound
from certifications.models import Mentor, Organisation
from certifications.models.people import validate_mentor_id
from config import personal_data
from config.access.actor import TRUSTED, Actor
from config.errors import InvalidError
from config.personal_data import Person
from config.prepared import Given, PreparedInstances


def register_mentor(mentor_id: str, actor: Actor = TRUSTED) -> Mentor:
    """The mentor's row, locked until the transaction ends; made if this is the first use of the id.

    Raises `InvalidError` for an id that no mentor can have, `MentorNotCoordinated` where the actor
    coordinates no mentor of it: whether there is one is not for her to know.
    """
    known = _locked().run(mentor_id=mentor_id)
    if not _is_visible(mentor_id, actor):
        raise MentorNotCoordinated(mentor_id)
    if known:
        return known[0]
    try:
        validate_mentor_id(mentor_id)
    except ValidationError as error:
        raise InvalidError.of_field("mentor_id", error.messages[0]) from error
    Mentor.objects.get_or_create(id=mentor_id)
    return lock_mentor(mentor_id)


def lock_mentor(mentor_id: str, actor: Actor = TRUSTED) -> Mentor:
    """The mentor's row, locked until the transaction ends.

    `MentorNotFound` without one, or with one that does not exist for the actor. Foreign keys may
    still point at the row meanwhile (FOR NO KEY UPDATE).
    """
    known = _locked().run(mentor_id=mentor_id)
    if not known or not _is_visible(mentor_id, actor):
        raise MentorNotFound(mentor_id)
    return known[0]


def _is_visible(mentor_id: str, actor: Actor) -> bool:
    """Whether the mentor exists for the actor; asked of the database only about coordinators."""
    account = actor.limited_to
    return (
        account is None or Mentor.objects.coordinated_by(account.pk).filter(pk=mentor_id).exists()
    )


@functools.cache
def _locked() -> PreparedInstances[Mentor]:
    mentor = Given("mentor_id", CharField())
    return PreparedInstances(Mentor.objects.select_for_update(no_key=True).filter(id=mentor))


@transaction.atomic
def put_mentor(
    *,
    mentor_id: str,
    name: str,
    email: str,
    language: str,
    organisation_id: str | None,
    public_badges: bool | None = None,
) -> tuple[Mentor, bool]:
    """Create or replace what is known of a mentor; returns the mentor and whether it is new.

    An unknown organisation is registered under its id as name. `public_badges` None leaves the
    mentor's consent as it is.
    """
    is_new = not Mentor.objects.filter(id=mentor_id).exists()
    mentor = register_mentor(mentor_id)
    if organisation_id is not None:
        Organisation.objects.get_or_create(id=organisation_id, defaults={"name": organisation_id})
    mentor.name, mentor.email, mentor.language = name, email, language
    mentor.organisation_id = organisation_id
    if public_badges is not None:
        mentor.public_badges = public_badges
    mentor.save()
    return Mentor.objects.select_related("organisation").get(id=mentor_id), is_new


@transaction.atomic
def erase_mentor(*, mentor_id: str, force: bool = False) -> None:
    """Erase the person's data: the mentor, what hangs on it, and what any table tells of it.

    What that is, each app says in `config.personal_data`. Without `force`, a mentor who holds
    certifications stays: `MentorHoldsCertifications`. Figures of past runs hold no personal data
    and stay.
    """
    mentor = lock_mentor(mentor_id)
    held = sorted(mentor.certifications.values_list("certification_type_id", flat=True))
    if held and not force:
        raise MentorHoldsCertifications(mentor_id, held)
    person = personal_data.find(_person(mentor))
    mentor.delete()
    # Deleting writes a last line of history itself, so history goes after the rows.
    personal_data.erase(person)


def _person(mentor: Mentor) -> Person:
    """By what the mentor is and was known."""
    known = [(mentor.name, mentor.email)]
    known += Mentor.history.filter(id=mentor.pk).order_by().values_list("name", "email").distinct()
    names, addresses = (frozenset(filter(None, each)) for each in zip(*known, strict=True))
    return Person(key=mentor.pk, names=names, addresses=addresses)
