"""Errors arrive at Sentry's side of its protocol, and nothing of what anybody sent with them."""

from __future__ import annotations

import gzip
from typing import Any

from sentry_sdk.envelope import Envelope

from tests.e2e.conftest import NewStack
from tests.webhooks.receiver import Receiver, Request, answer, receiving

SECRETS = {
    "password": "hunter2-of-the-test",  # pragma: allowlist secret
    "token": "f00dfeedf00dfeedf00dfeed",
    "path": "the-secret-of-a-calendar",
    "name": "Synne-Solveig",
    "cookie": "sessionid-of-the-test",
}
BROKEN = {"/api/v1/crash/{token}", "/crash/{token}.ics", "cron.tasks.sweep"}


def content(request: Request) -> bytes:
    compressed = request.headers.get("content-encoding") == "gzip"
    return gzip.decompress(request.body) if compressed else request.body


def items(sentry: Receiver, kind: str) -> list[dict[str, Any]]:
    """What has come of that kind: event or transaction."""
    envelopes = [Envelope.deserialize(content(request)) for request in [*sentry.requests]]
    sent = [item for one in envelopes for item in one.items if item.type == kind]
    return [item.payload.json or {} for item in sent]


def crash_everywhere(new_stack: NewStack, sentry: Receiver, **settings: str) -> None:
    """Break a route of the APIs, a page and a task, each with every secret there is."""
    stack = new_stack(
        DJANGO_SETTINGS_MODULE="tests.e2e.crashing_settings",
        SENTRY_DSN=f"http://key@127.0.0.1:{sentry.port}/1",
        **settings,
    )
    stack.start_web()
    stack.start_worker()
    headers = {
        "Authorization": f"Bearer {SECRETS['token']}",
        "Cookie": f"sessionid={SECRETS['cookie']}",
        "X-Request-ID": "night-shift-42",
    }
    body = {"password": SECRETS["password"]}
    where = f"{SECRETS['path']}?search={SECRETS['name']}"
    assert stack.api("POST", f"/api/v1/crash/{where}", body, headers=headers).status == 500
    assert stack.api("GET", f"/crash/{SECRETS['path']}.ics", headers=headers).status == 500
    stack.shell(
        "from config.celery import app;"
        f"app.send_task('cron.tasks.sweep', kwargs={{'password': {SECRETS['password']!r}}})"
    )
    stack.wait_until(
        lambda: {event.get("transaction") for event in items(sentry, "event")} == BROKEN,
        timeout_s=60,
        what="an event of each",
    )


def test_what_breaks_is_reported_once_and_without_any_secret(new_stack: NewStack) -> None:
    with receiving(always=answer(200, b"{}")) as sentry:
        crash_everywhere(
            new_stack,
            sentry,
            SENTRY_ENVIRONMENT="testing",
            SENTRY_RELEASE="certkeep@9.9",
            SENTRY_TRACES_SAMPLE_RATE="1",
        )

    events = {event["transaction"]: event for event in items(sentry, "event")}
    assert len(items(sentry, "event")) == len(events) == len(BROKEN)
    api, task = events["/api/v1/crash/{token}"], events["cron.tasks.sweep"]
    assert (api["environment"], api["release"]) == ("testing", "certkeep@9.9")
    assert api["tags"]["request_id"] == "night-shift-42"
    (error,) = api["exception"]["values"]
    assert error["type"] == "RuntimeError"
    last = error["stacktrace"]["frames"][-1]
    assert (last["module"], last["function"]) == ("tests.e2e.crashing_urls", "post")
    assert task["tags"]["celery_task_id"]
    assert task["exception"]["values"][-1]["type"] == "TypeError"
    # With the rate that was asked for, there are traces as well.
    assert "/api/v1/crash/{token}" in {one["transaction"] for one in items(sentry, "transaction")}

    told = b"\n".join(content(request) for request in sentry.requests).decode()
    assert not {name for name, value in SECRETS.items() if value in told}


def test_traces_are_off_unless_asked_for(new_stack: NewStack) -> None:
    with receiving(always=answer(200, b"{}")) as sentry:
        crash_everywhere(new_stack, sentry)

    assert not items(sentry, "transaction")
