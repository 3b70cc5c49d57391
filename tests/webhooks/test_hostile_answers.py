"""Receivers that answer with the worst they can: it concerns their own deliveries alone."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from certificates.webhooks import tasks
from certificates.webhooks.models import (
    DeliveryState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from certificates.webhooks.services import marking, posting
from certificates.webhooks.services.posting import Address, Answer, Parcel
from certificates.webhooks.services.retry_after import MAX_RETRY_AFTER, parse_retry_after
from config.outbound.connections import Connections, shared_connections
from tests.webhooks.conftest import Clock
from tests.webhooks.factories import NOW, WebhookDeliveryFactory, WebhookEndpointFactory
from tests.webhooks.receiver import Behaviour, Handler, answer, receiving

HUGE = "99999999999999999999"
HOSTILE_RETRY_AFTER = [
    f"Wed, 21 Oct {HUGE} 07:28:00 GMT",
    f"Wed, 21 Oct 2015 {HUGE}:28:00 GMT",
    f"Wed, 21 Oct 2015 07:{HUGE}:00 GMT",
    f"Wed, 21 Oct 2015 07:28:{HUGE} GMT",
    f"Wed, 21 Oct 2015 07:28:00 +{HUGE}",
    f"Wed, {HUGE} Oct 2015 07:28:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Sat, 01 Jan 0001 00:00:00 +2359",
    "9" * 5000,
    "²³",
    ",",
    "(",
    "\xa0\xff",
]
#: The header of an answer that is read, and those that rule how an answer is read.
READ_HEADERS = ["Retry-After", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade"]


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certificates.webhooks.services.verdicts.JITTER", 0)


def raw_answer(content: bytes) -> Behaviour:
    """Answer with these bytes and hang up."""

    def behave(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(content)

    return behave


def header(name: str, value: bytes) -> bytes:
    return b"HTTP/1.1 503 X\r\n%s: %s\r\n\r\n" % (name.encode(), value)


@pytest.mark.django_db
@pytest.mark.parametrize("retry_after", HOSTILE_RETRY_AFTER)
@pytest.mark.parametrize("status", [500, 503])
def test_a_retry_after_that_is_no_time_is_a_failed_try_and_leaves_another_tenant_alone(
    status: int, retry_after: str, clock: Clock
) -> None:
    hostile_answer = raw_answer(
        b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nRetry-After: %s\r\n\r\n"
        % (status, retry_after.encode("latin-1", "replace"))
    )
    with receiving(always=hostile_answer) as hostile, receiving() as good:
        ours = WebhookDeliveryFactory.create(endpoint__url=hostile.url)
        WebhookDeliveryFactory.create_batch(5, endpoint=WebhookEndpointFactory.create(url=good.url))

        tasks.deliver()
        clock.advance(seconds=4)
        tasks.deliver()

    assert len(good.requests) == 5
    assert set(WebhookDelivery.objects.exclude(pk=ours.pk).values_list("state", "attempts")) == {
        (DeliveryState.DELIVERED, 1)
    }
    ours.refresh_from_db()
    assert (ours.state, ours.attempts, ours.error) == (DeliveryState.PENDING, 1, f"HTTP {status}")
    assert ours.tries.get().status == status
    wait = ours.next_attempt_at - NOW
    assert timedelta(seconds=5) <= wait <= MAX_RETRY_AFTER


@pytest.mark.django_db
@pytest.mark.parametrize("status", [200, 503])
def test_whatever_breaks_while_outcomes_are_written_is_a_failed_try_of_that_endpoint(
    status: int, clock: Clock
) -> None:
    with receiving(always=answer(status)) as broken, receiving() as good:
        ours = WebhookDeliveryFactory.create(endpoint__url=broken.url)
        # Its number is taken: the database refuses the row of the try.
        WebhookAttempt.objects.create(
            delivery=ours, number=1, attempted_at=NOW, duration_ms=1, error="Of before"
        )
        theirs = WebhookDeliveryFactory.create(endpoint__url=good.url)

        tasks.deliver()

    theirs.refresh_from_db()
    assert (theirs.state, theirs.attempts) == (DeliveryState.DELIVERED, 1)
    ours.refresh_from_db()
    assert (ours.state, ours.attempts, ours.claim) == (DeliveryState.PENDING, 1, None)
    assert ours.error == "Internal error"
    assert ours.next_attempt_at == NOW + timedelta(seconds=5)
    endpoint = WebhookEndpoint.objects.get(pk=ours.endpoint_id)
    assert endpoint.failing_since == NOW


@pytest.mark.django_db
def test_outcomes_that_break_each_time_are_given_up_by_the_schedule(
    clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(answer: Answer) -> None:
        raise OverflowError

    monkeypatch.setattr(marking, "judge", break_down)
    settings.WEBHOOK_RETRY_SECONDS = [5, 300]
    with receiving(always=answer(500)) as receiver, receiving() as good:
        ours = WebhookDeliveryFactory.create(endpoint__url=receiver.url)
        theirs = WebhookDeliveryFactory.create_batch(3, endpoint__url=good.url)
        for seconds in (5, 300, 86400):
            tasks.deliver()
            clock.advance(seconds=seconds)
        tasks.deliver()

    ours.refresh_from_db()
    assert (ours.state, ours.attempts) == (DeliveryState.FAILED, 3)
    assert [one.error for one in ours.tries.all()] == ["Internal error"] * 3
    assert len(receiver.requests) == 3
    assert len(good.requests) == len(theirs)


@pytest.mark.django_db
def test_an_outcome_that_breaks_at_an_endpoint_disabled_meanwhile_is_settled(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_: object) -> None:
        raise OverflowError

    monkeypatch.setattr(marking, "_insert_attempts", break_down)
    token = uuid.uuid4()
    ours = WebhookDeliveryFactory.create(
        state=DeliveryState.SENDING,
        claim=token,
        lease_expires_at=NOW + timedelta(minutes=1),
        endpoint__enabled=False,
    )

    success = Answer(attempted_at=NOW, duration_ms=1, status=200, error="")
    marking.mark([posting.Outcome(parcel_of(ours), success)], token=token, now=timezone.now())

    ours.refresh_from_db()
    assert (ours.state, ours.attempts) == (DeliveryState.FAILED, 1)


def parcel_of(delivery: WebhookDelivery) -> Parcel:
    return Parcel(
        delivery_id=delivery.pk,
        endpoint_id=delivery.endpoint_id,
        certificate_id=None,
        sequence=None,
        attempts=0,
        attempts_before=0,
        webhook_id="msg_1",
        event_type="CERTIFICATE::CREATE",
        body="{}",
    )


numbers = st.sampled_from(["0", "7", "99", "-1", "+2359", HUGE, "9" * 4400])
dates = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(["Wed", "Wednesday", "", "X"]),
    numbers,
    st.sampled_from(["Oct", "Feb", "oct", "13", ""]),
    *[numbers] * 4,
    st.sampled_from(["GMT", "EST", "", "-0000", f"+{HUGE}", "+9999", "(x"]),
)


@given(st.one_of(dates, numbers, st.text(max_size=60)), st.datetimes(timezones=st.just(UTC)))
@example(HOSTILE_RETRY_AFTER[0], NOW)
@example("Fri, 31 Dec 9999 23:59:59 -2359", datetime.min.replace(tzinfo=UTC))
def test_every_retry_after_is_a_wait_between_none_and_a_day(text: str, now: datetime) -> None:
    assert timedelta(0) <= parse_retry_after(text, now=now) <= MAX_RETRY_AFTER


header_values = st.one_of(
    dates.map(str.encode),
    numbers.map(str.encode),
    st.sampled_from([b"chunked", b"gzip, chunked", b"close", b"keep-alive", b"0, 0", b"1, 2"]),
    st.binary(max_size=40),
)
answers = st.one_of(
    st.builds(header, st.sampled_from(READ_HEADERS), header_values),
    st.builds(
        b"HTTP/1.1 %b X\r\nRetry-After: %b\r\nContent-Length: 2\r\n\r\nok".__mod__,
        st.tuples(
            st.sampled_from([b"200", b"410", b"429", b"503", b"999", b"000", b"20", b"-1", b"2e2"]),
            header_values,
        ),
    ),
    st.binary(max_size=200),
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(answers)
def test_every_answer_is_an_outcome_that_can_be_written(content: bytes) -> None:
    connections: Connections = shared_connections()
    with receiving(raw_answer(content)) as receiver:
        address = Address(uuid.uuid4(), receiver.url, {}, ())
        parcel = Parcel(1, address.endpoint_id, None, None, 0, 0, "msg_1", "X", "{}")

        came = posting.post(address, parcel, connections)

    assert came.status is None or 100 <= came.status <= 999
    assert timedelta(0) <= came.retry_after <= MAX_RETRY_AFTER
    assert "\0" not in came.error + came.content
    assert came.is_success == (came.status is not None and 200 <= came.status < 300)
