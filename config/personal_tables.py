"""What of a person stands in the tables of the frame and of the libraries it is built on."""

from __future__ import annotations

import json
from collections.abc import Iterator

from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox.models import AuthToken

from config.models import AuditEntry, AuditEvent, Counter, IdempotentAnswer, Tally, Upload
from config.personal_data import (
    LEFT_OUT,
    Person,
    erased,
    leave_out,
    nobody,
    nobody_in_table,
)

_ACCOUNTS = "Accounts are of those who work here; they are deleted as accounts."
_ADDRESS_OF_LOGIN = "the page that a login was to lead to, which may name the person"


def register() -> None:
    """Say it of each table that no app of the domain brings."""
    _register_own()
    _register_libraries()


def _register_own() -> None:
    files = AuditEntry.objects.filter(event__in=(AuditEvent.EXPORTED, AuditEvent.IMPORTED))
    erased(
        IdempotentAnswer,
        what="answers about the person, under keys that may name the person",
        erase=_erase_answers,
    )
    erased(AuditEntry, what="names of files that were read in", erase=leave_out(files, "subject"))
    erased(
        Upload,
        what="files before their import, of whomever: an import after it would undo the erasure",
        erase=lambda person: Upload.objects.all().delete(),
    )
    nobody(Counter, Tally, why="They count rows, by columns that name nobody.")


def _register_libraries() -> None:
    erased(LogEntry, what="names of rows that were changed in the admin", erase=_erase_log)
    attempts = leave_out(AccessAttempt.objects.all(), "path_info", "get_data", "post_data")
    erased(AccessAttempt, what=_ADDRESS_OF_LOGIN, erase=attempts)
    for log in (AccessFailureLog, AccessLog):
        paths = leave_out(log._default_manager.all(), "path_info")
        erased(log, what=_ADDRESS_OF_LOGIN, erase=paths)
    nobody(AccessAttemptExpiration, why="It says until when an attempt counts.")
    nobody(
        User,
        User.groups.through,
        User.user_permissions.through,
        Group,
        Group.permissions.through,
        Permission,
        AuthToken,
        TOTPDevice,
        StaticDevice,
        StaticToken,
        why=_ACCOUNTS,
    )
    nobody(Session, why=f"What an account's session needs. {_ACCOUNTS}")
    nobody(ContentType, why="It names models.")
    nobody(
        PeriodicTask,
        PeriodicTasks,
        CrontabSchedule,
        IntervalSchedule,
        ClockedSchedule,
        SolarSchedule,
        why="Schedules of tasks, with the keys of jobs as their arguments.",
    )
    nobody_in_table("django_migrations", why="It names migrations.")


def _erase_answers(person: Person) -> None:
    """Delete the answers about the person: one that was cut would be no answer.

    Whoever sends such a request once more has it done anew.
    """
    candidates = IdempotentAnswer.objects.filter(person.may_be_in("key", "body"))
    about = [
        row.pk
        for row in candidates
        if person.is_named_in(row.key) or any(map(person.is_named_in, _texts_of(row.body)))
    ]
    IdempotentAnswer.objects.filter(pk__in=about).delete()


def _texts_of(body: str) -> Iterator[str]:
    """All texts in an answer's JSON, keys of objects among them; of what is no JSON, itself."""
    try:
        rest = [json.loads(body)]
    except ValueError:
        yield body
        return
    while rest:
        match rest.pop():
            case str() as text:
                yield text
            case dict() as members:
                yield from members
                rest.extend(members.values())
            case list() as items:
                rest.extend(items)
            case _:
                pass  # numbers and their like name nobody


def _erase_log(person: Person) -> None:
    """Keep that somebody changed something then, and leave out of whom.

    Rows are known by their keys. Of those that were deleted before, only what the log called them
    tells whose they were.
    """
    types = {model: ContentType.objects.get_for_model(model) for model in person.rows}
    by_key = Q(pk__in=[])
    for model, keys in person.rows.items():
        by_key |= Q(content_type=types[model], object_id__in=[str(key) for key in keys])
    LogEntry.objects.filter(by_key).update(object_id=None, object_repr=LEFT_OUT, change_message="")
    rest = LogEntry.objects.filter(content_type__in=types.values())
    leave_out(rest, "object_repr", "change_message")(person)
