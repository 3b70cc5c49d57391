"""Kinds of certifications, and when holders of each are reminded."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from config.json_lists import JSONListField
from config.text import is_invisible, name_of

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: The stage of the one notice that goes out after expiry.
EXPIRED_STAGE = -1
MAX_STAGE_DAYS = 3650
#: Characters of a code.
CODE_LENGTH = 100
#: What markup is made of.
MARKUP_CHARACTERS = frozenset("<>\"'&")


def default_reminder_stages() -> list[int]:
    """Days before expiry at which a reminder falls due."""
    return [30, 14, 7, 1, 0]


def validate_reminder_stages(value: object) -> None:
    """Raise `ValidationError` unless `value` is a list of different days, 0 to 3650."""
    sound = (
        isinstance(value, list)
        and all(type(day) is int and 0 <= day <= MAX_STAGE_DAYS for day in value)
        and len(set(value)) == len(value)
    )
    if not sound:
        raise ValidationError(
            _("Give a list of different whole days, 0 to 3650: [30, 14, 7, 1, 0]; [] for none.")
        )


def validate_type_code(value: str) -> None:
    """Raise `ValidationError` for a code that no new type may have.

    Codes come from whoever records a certification, and stand on pages and in mails: they hold
    neither the characters that markup is made of nor any that can't be seen. Nor are they `.` or
    `..`, which browsers resolve as steps in the address of a type's page.
    """
    if value in (".", ".."):
        raise ValidationError(_("“%(id)s” is reserved."), code="reserved", params={"id": value})
    if found := [char for char in value if char in MARKUP_CHARACTERS or is_invisible(char)]:
        raise ValidationError(
            _("A type's code can't have the character %(character)s in it."),
            code="invalid_character",
            params={"character": name_of(found[0])},
        )


def start_of_day(now: datetime, days: int = 0) -> datetime:
    """Midnight UTC of the date that lies `days` after the date of `now`."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=days)


class CertificationTypeQuerySet(models.QuerySet["CertificationType"]):
    def by_expiring_soon_days(self) -> dict[int, list[str]]:
        """The codes of all types, by the days in which they count as expiring soon."""
        groups: dict[int, list[str]] = defaultdict(list)
        for code, days in self.values_list("code", "expiring_soon_days"):
            groups[days].append(code)
        return dict(groups)


class CertificationType(models.Model):
    """A kind of certification; registered on first use with the usual stages."""

    code = models.CharField(
        _("code"), primary_key=True, max_length=CODE_LENGTH, validators=[validate_type_code]
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    reminder_stages = JSONListField(
        _("reminder stages"),
        default=default_reminder_stages,
        blank=True,
        validators=[validate_reminder_stages],
        help_text=_("Days before expiry, such as [30, 14, 7, 1, 0]."),
    )
    expiring_soon_days = models.PositiveIntegerField(
        _("expiring soon days"),
        default=30,
        validators=[MaxValueValidator(MAX_STAGE_DAYS)],
        help_text=_("Days before expiry from which the status reads “expiring_soon”."),
    )
    expired_notice_days = models.PositiveIntegerField(
        _("expired notice days"),
        default=90,
        validators=[MaxValueValidator(MAX_STAGE_DAYS)],
        help_text=_(
            "Days after expiry in which the one notice “has expired” may still go out; 0 for none."
        ),
    )
    is_confirmed = models.BooleanField(
        _("confirmed"),
        default=True,
        db_default=True,
        help_text=_(
            "Somebody with a right has used it. Until then, mails do not name a type that a caller "
            "without a token has registered."
        ),
    )

    objects = CertificationTypeQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("certification type")
        verbose_name_plural = _("certification types")

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def name_in_mails(self) -> StrPromise | str:
        """What mails call it, in whatever language they are written.

        They go from our address to people whom the caller does not know: an open API must not let
        anybody write to them.
        """
        return str(self) if self.is_confirmed else _("of a type that is not confirmed yet")
