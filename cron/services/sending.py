"""Sending claimed mails: one connection a batch, every outcome marked at once.

1. Claim a batch: whoever changed a row to `sending` owns it until its lease runs out.
2. For each row, read it again and count the days as they are by now; what was renewed, revoked or
   suspended meanwhile, or is at another stage, is superseded. The next check takes up what is due.
   Where mails are limited to so many a minute, the rows beyond that are given back as they were.
   One past its recipient's quota of the day fails for this run.
3. Hand it to the mail server and mark it sent. Between these two lies the only window in which a
   crash leads to a second mail; that one carries the same Message-ID.
4. A passing failure puts the row back with a later `next_attempt_at`; a lasting one fails it.
5. A mailbox that was refused for good is not tried again: the row fails, as it did before.
"""

from __future__ import annotations

import smtplib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from config.mail import is_lasting, refusals
from config.text import storable
from cron.expiring import NoAddress, Superseded
from cron.models import Delivery, DeliveryState, ExpiryCheckRun, Failure, RefusedMailbox
from cron.services import allowance, mail_quota
from cron.services.mailboxes import Mailboxes, Reply, as_sent, is_for_good, text_of
from cron.services.mails import Mailing, mailings
from cron.services.zones import zone_of

logger = structlog.get_logger(__name__)

D = TypeVar("D", bound=Delivery)

QUOTA_USED_UP = gettext_noop(
    "The address has got its mails of the day; the next check tries again."
)
#: Of a mail to many, as many addresses are kept as this leaves room for.
RECIPIENT_LENGTH = Delivery._meta.get_field("recipient").max_length


def send_next_batch(run: ExpiryCheckRun, *, now: datetime) -> int:
    """Claim and send one batch of the run's due reminders, else of its digests.

    Returns how many mails were worked on: 0 when none is due, none may go out before the next
    minute, or the run is no longer going on.
    """
    if allowance.opens_at(now) > now:
        return 0
    if not ExpiryCheckRun.objects.running().filter(pk=run.pk).update(heartbeat_at=now):
        return 0
    lease = timedelta(seconds=settings.RUN_LEASE_SECONDS)
    for mailing in mailings(zone_of(run)):
        claim = mailing.rows.filter(run=run).claim(
            limit=settings.REMINDER_BATCH_SIZE, lease=lease, now=now
        )
        if claim is not None:
            return _Batch(run, mailing, claim, lease).send()
    return 0


class _MinuteIsFull(Exception):
    """No further mail may go out in this minute."""


class _Batch(Generic[D]):
    """A claimed batch on its way through one connection to the mail server."""

    def __init__(
        self,
        run: ExpiryCheckRun,
        mailing: Mailing[D],
        claim: uuid.UUID,
        lease: timedelta,
    ) -> None:
        self.run = run
        self.compose = mailing.compose
        self.is_capped = mailing.is_capped
        self.held = mailing.rows.held_by(claim)
        self.kind = mailing.rows.model._meta.model_name
        self.lease = lease
        self.leased_at = timezone.now()
        self.connection = get_connection()
        self.mailboxes = Mailboxes()
        #: Whom the mail in hand is for.
        self.meant_for = ""

    def send(self) -> int:
        """Send every row of the batch; returns how many there were."""
        pks = list(self.held.order_by("pk").values_list("pk", flat=True))
        try:
            for pk in pks:
                self._keep_lease()
                self._send_one(pk)
        except _MinuteIsFull:
            self.held.update(
                state=DeliveryState.PENDING,
                attempts=F("attempts") - 1,
                claim=None,
                lease_expires_at=None,
            )
        finally:
            self._close()
        return len(pks)

    def _send_one(self, pk: int) -> None:
        delivery = self.held.filter(pk=pk).first()
        if delivery is None:
            return  # another worker has it by now
        try:
            self._work_on(delivery)
        except (OperationalError, InterfaceError, _MinuteIsFull):
            raise  # the lease brings the row back, or the batch does
        except Exception as error:
            # A mail that can't be written fails by itself: it must not keep its run from ending.
            logger.exception("mail_broke", kind=self.kind, pk=pk)
            # It may have stopped in the middle of a dialogue, which the next mail can't go on with.
            self._close()
            self._fail(delivery, f"{type(error).__name__}: {error}")

    def _work_on(self, delivery: D) -> None:
        """Compose the mail, hand it over, and mark what came of it."""
        self.meant_for = ""
        try:
            message = self.compose(delivery, timezone.now())
        except Superseded:
            self._mark(delivery, state=DeliveryState.SUPERSEDED, settled_at=timezone.now())
            return
        except NoAddress as reason:
            self._fail(delivery, str(reason), Failure.NO_ADDRESS)
            return
        self.meant_for = ", ".join(message.to)
        refused = {} if self.run.is_by_hand else self.mailboxes.refused(message.to)
        message.to = [each for each in message.to if each not in refused]
        if not message.to:
            since = None if delivery.tells_of_refusals else _earliest(refused)
            self._fail(delivery, _known_refusals(refused), Failure.REFUSED, since)
            return
        now = timezone.now()
        if self.is_capped and not mail_quota.acquire(message.to, now):
            # The next check takes it up again.
            self._fail(delivery, QUOTA_USED_UP, Failure.QUOTA)
            return
        try:
            if not allowance.take_one(now):
                raise _MinuteIsFull
            self._send(delivery, message, refused)
        finally:
            if self.is_capped and delivery.state != DeliveryState.SENT:
                mail_quota.give_back(message.to, now)

    def _send(
        self,
        delivery: D,
        message: EmailMultiAlternatives,
        refused_before: Mapping[str, RefusedMailbox],
    ) -> None:
        """Hand the mail over and mark what came of it."""
        try:
            refused = self._hand_over(message)
        except smtplib.SMTPRecipientsRefused as error:
            # All were refused; while one of them may be taken later, the mail is tried again.
            self.mailboxes.note_refusals(error.recipients, timezone.now())
            replies = error.recipients.values()
            is_lasting_refusal = all(is_for_good(*reply) for reply in replies)
            failure = Failure.REFUSED if is_lasting_refusal else Failure.OTHER
            self._refused(delivery, *min(replies), failure)
        except smtplib.SMTPResponseException as error:
            self._refused(delivery, error.smtp_code, error.smtp_error, Failure.OTHER)
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            text = f"{type(error).__name__}: {error}"
            if isinstance(error, OSError) and is_lasting(error):
                self._fail(delivery, text)
            else:
                self._try_later(delivery, text)
        else:
            delivery.state = DeliveryState.SENT
            self._sent(delivery, message.to, refused, refused_before)

    def _sent(
        self,
        delivery: D,
        recipients: Sequence[str],
        refused: Mapping[str, Reply],
        refused_before: Mapping[str, RefusedMailbox],
    ) -> None:
        """Mark it sent, with those of its recipients who did not get it as its error."""
        reached = [each for each in recipients if as_sent(each) not in refused]
        self.meant_for = ", ".join(reached)
        self.mailboxes.note_taken(reached)
        now = timezone.now()
        self.mailboxes.note_refusals(refused, now)
        replies = {each: f"{code} {text_of(reply)}" for each, (code, reply) in refused.items()}
        self._settle(
            delivery,
            DeliveryState.SENT,
            error=_by_address({**_replies(refused_before), **replies}),
            # That a mailbox is still refused is no error of this run.
            failure=Failure.REFUSED if refused_before and not refused else "",
            failed_since=None if refused else _earliest(refused_before),
        )

    def _hand_over(self, message: EmailMultiAlternatives) -> dict[str, tuple[int, bytes]]:
        """Give the mail to the server over the open connection, which is opened if need be.

        Returns the recipients whom the server refused, with its replies, if it took the mail for
        others. What it was taken for is not sent again.
        """
        self.connection.open()
        with refusals(self.connection) as refused:
            if self.connection.send_messages([message]) != 1:
                raise smtplib.SMTPException("The mail server took no mail.")
        return refused

    def _refused(self, delivery: Delivery, code: int, reply: bytes | str, failure: Failure) -> None:
        """The server said no: for good (5xx), or for now (4xx; RFC 5321 section 4.2.1)."""
        error = f"{code} {text_of(reply)}"
        if code >= 500:
            self._fail(delivery, error, failure)
        else:
            # A server that says 421 hangs up; others take a fresh connection as well.
            self._close()
            self._try_later(delivery, error)

    def _try_later(self, delivery: Delivery, error: str) -> None:
        """Put it back for a later try in this run, or fail it when the tries are used up."""
        waits = settings.REMINDER_RETRY_SECONDS
        if delivery.attempts > len(waits):
            self._fail(delivery, error)
            return
        self._mark(
            delivery,
            state=DeliveryState.PENDING,
            next_attempt_at=timezone.now() + timedelta(seconds=waits[delivery.attempts - 1]),
            error=storable(error, most=500),
        )

    def _fail(
        self,
        delivery: Delivery,
        error: str,
        failure: Failure = Failure.OTHER,
        since: datetime | None = None,
    ) -> None:
        """Mark it failed `since` then; if None, since it failed so for the same recipient."""
        known = (delivery.failure, delivery.recipient) == (failure, self._recipient())
        self._settle(
            delivery,
            DeliveryState.FAILED,
            error=error,
            failure=failure,
            failed_since=since or (delivery.failed_since if known else None) or timezone.now(),
        )

    def _settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        error: str,
        failure: str,
        failed_since: datetime | None,
    ) -> None:
        self._mark(
            delivery,
            state=state,
            settled_at=timezone.now(),
            recipient=self._recipient(),
            error=storable(error, most=500),
            failure=failure,
            failed_since=failed_since,
        )
        if error:
            logger.warning("mail_failed", kind=self.kind, pk=delivery.pk, error=error)

    def _recipient(self) -> str:
        return storable(self.meant_for, most=RECIPIENT_LENGTH)

    def _mark(self, delivery: Delivery, **changes: object) -> None:
        """Write the outcome and give the row back."""
        row = self.held.filter(pk=delivery.pk)
        if not row.update(claim=None, lease_expires_at=None, **changes):
            logger.warning("lease_lost", kind=self.kind, pk=delivery.pk, changes=changes)

    def _keep_lease(self) -> None:
        """Renew the lease of what is left, and the run's sign of life, once a third is used up."""
        now = timezone.now()
        if now - self.leased_at > self.lease / 3:
            self.leased_at = now
            self.held.update(lease_expires_at=now + self.lease)
            ExpiryCheckRun.objects.filter(pk=self.run.pk).update(heartbeat_at=now)

    def _close(self) -> None:
        try:
            self.connection.close()
        except (smtplib.SMTPException, OSError) as error:
            logger.info("mail_connection_lost", error=str(error))


def _known_refusals(refused: Mapping[str, RefusedMailbox]) -> str:
    """What the server said to those whom it refused before."""
    replies = _replies(refused)
    return _by_address(replies) if len(replies) > 1 else "".join(replies.values())


def _earliest(refused: Mapping[str, RefusedMailbox]) -> datetime | None:
    """When the first of the mailboxes was refused; None without any."""
    return min((row.refused_at for row in refused.values()), default=None)


def _replies(refused: Mapping[str, RefusedMailbox]) -> dict[str, str]:
    return {address: row.reply for address, row in refused.items()}


def _by_address(replies: Mapping[str, str]) -> str:
    """Whom the server refused, and why."""
    return " ".join(f"{address}: {reply}" for address, reply in replies.items())
