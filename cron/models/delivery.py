"""Mails that go out once: planned, claimed by a worker, sent, marked."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Case, F, OuterRef, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.claims import Work, WorkQuerySet
from cron.models.run import ExpiryCheckRun


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("pending")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    SUPERSEDED = "superseded", _("superseded")


class Failure(models.TextChoices):
    """Why a mail failed, as far as it matters for trying again and for telling people."""

    NO_ADDRESS = "no_address", _("no address")
    REFUSED = "refused", _("refused for good")
    QUOTA = "quota", _("mails of the day used up")
    OTHER = "other", _("other")


#: What stays so until somebody gives another address: no check tries it again, or counts it twice.
LASTING = (Failure.NO_ADDRESS, Failure.REFUSED)

D = TypeVar("D", bound="Delivery")


class DeliveryQuerySet(WorkQuerySet[D]):
    """What reminders and digests share."""

    def failed(self) -> Self:
        return self.filter(state=DeliveryState.FAILED)

    def with_errors(self) -> Self:
        """What failed, and what went out and was refused for some of its recipients."""
        return self.filter(
            Q(state=DeliveryState.FAILED) | Q(state=DeliveryState.SENT) & ~Q(error="")
        )

    def new_errors(self, run: ExpiryCheckRun) -> Self:
        """Of `with_errors`, what the run is the first to find, or was asked by a person to try."""
        errors = self.with_errors()
        if run.is_by_hand:
            return errors
        return errors.exclude(failure__in=LASTING, failed_since__lt=run.started_at)

    def news(self, since: datetime | OuterRef, until: datetime) -> Self:
        """What went out after `since`, up to `until`, and what failed then for the first time.

        A failure that each check finds again is none. One from before `failed_since` was kept
        counts by when it was settled.
        """
        rows = self.filter(
            # What follows from the condition below, for the database's sake.
            state__in=[DeliveryState.SENT, DeliveryState.FAILED],
            settled_at__gt=since,
        )
        return rows.alias(
            told_at=Case(
                When(state=DeliveryState.SENT, then=F("settled_at")),
                When(state=DeliveryState.FAILED, then=Coalesce("failed_since", "settled_at")),
                output_field=models.DateTimeField(),
            )
        ).filter(told_at__gt=since, told_at__lte=until)

    def sent(self) -> Self:
        return self.filter(state=DeliveryState.SENT)

    def told(self) -> Self:
        """What went out, or may be going out just now."""
        return self.filter(state__in=[DeliveryState.SENT, DeliveryState.SENDING])

    def takeable(self, now: datetime) -> Self:
        """What nobody holds and what has not gone out: another run may take care of it."""
        return self.abandoned(now) | self.filter(state=DeliveryState.SUPERSEDED)

    def abandoned(self, now: datetime) -> Self:
        """What earlier runs left behind: failed, never taken up, or its worker died."""
        return self.filter(
            Q(state__in=[DeliveryState.PENDING, DeliveryState.FAILED])
            | Q(state=DeliveryState.SENDING, lease_expires_at__lte=now)
        )


class Delivery(Work):
    """One mail. `run` is the run that takes care of it now."""

    run = models.ForeignKey(
        ExpiryCheckRun,
        verbose_name=_("run"),
        on_delete=models.CASCADE,
        related_name="%(class)ss",
        db_index=False,  # each kind has an index that begins with it
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING
    )
    recipient = models.CharField(_("recipient"), max_length=1000, blank=True)
    failure = models.CharField(
        _("failure"), max_length=20, choices=Failure, blank=True, default="", db_default=""
    )
    failed_since = models.DateTimeField(
        _("failed since"),
        null=True,
        blank=True,
        help_text=_("When it first failed in this way, for this recipient."),
    )

    #: Whether each such mail tells anew of a mailbox that was refused before, as a stage does.
    tells_of_refusals: ClassVar[bool] = False

    class Meta:
        abstract = True

    @property
    def error_in_words(self) -> str:
        """The error in the reader's language; what a server said stands in it as it was said."""
        if not self.error:
            return ""
        if self.failure == Failure.REFUSED:
            return gettext("The mail server refuses the address for good: “%(reply)s”") % {
                "reply": self.error
            }
        return gettext(self.error)
