"""Secrets are in no log line, however much is logged, and shown once."""

from __future__ import annotations

import httpx

from tests.e2e.conftest import NewStack
from tests.webhooks.receiver import receiving

PASSWORD = "correct horse battery staple"
WRONG_TOKEN = "f00dfeedf00dfeedf00dfeed"
CALENDAR = "the-secret-of-a-calendar"
CERTIFICATE = {
    "date_release": "2026-01-01",
    "name": "Certificate of Safety",
    "action_type": "TRAINING",
    "resource_id": "123e4567-e89b-12d3-a456-426655440000",
}


def test_no_secret_is_logged_at_the_level_of_debug(new_stack: NewStack) -> None:
    stack = new_stack(
        LOG_LEVEL="DEBUG",
        LOG_FORMAT="json",
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        WEBHOOK_ALLOW_HTTP="true",
        WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8",
    )
    with receiving() as receiver:
        seeded = stack.shell(
            f"from tests.e2e import seed; seed.tenant_with_endpoint({receiver.url!r})"
        )
        tenant_id, token, secret = seeded.split()[-3:]
        made = stack.manage("createsuperuser", "--noinput", "--username=boss", "--email=b@x.no")
        assert made.returncode == 0, made.stderr
        stack.start_web()
        stack.start_worker()
        body = CERTIFICATE | {"tenant_id": tenant_id}
        bearer = {"Authorization": f"Bearer {token}"}

        created = stack.api("POST", "/v2/certificate/create", body, headers=bearer)
        assert created.status == 201, created.text
        refused = stack.api(
            "GET", "/v2/certificate/index", headers={"Authorization": f"Bearer {WRONG_TOKEN}"}
        )
        stack.get(f"/calendar/{CALENDAR}.ics")
        failed = stack.api("POST", "/v2/certificate/create", {"name": 5}, headers=bearer)
        logged_in = _log_in(stack.url, PASSWORD)
        stack.wait_until(lambda: receiver.requests, timeout_s=30, what="the webhook")
        signature = receiver.requests[0].headers["webhook-signature"]
        for name in ("web", "worker"):
            stack.stop(name)

    assert (refused.status, failed.status, logged_in) == (401, 400, 302)
    logs = "\n".join(stack.log(name) for name in ("web", "worker"))
    assert "request_finished" in logs
    said = {
        name
        for name, value in {
            "token": token,
            "wrong token": WRONG_TOKEN,
            "calendar": CALENDAR,
            "password": PASSWORD,
            "webhook secret": secret.removeprefix("whsec_"),
            "webhook signature": signature.split(",")[1],
            "secret key": stack.environment.get("SECRET_KEY", "none is set"),
        }.items()
        if value in logs
    }
    assert not said


def _log_in(url: str, password: str) -> int:
    """The status of logging in to the admin by its form."""
    with httpx.Client(base_url=url) as browser:
        browser.get("/admin/login/")
        form = {
            "username": "boss",
            "password": password,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        return browser.post("/admin/login/", data=form, headers={"Referer": url}).status_code


def test_a_token_is_shown_when_it_is_made_and_never_again(new_stack: NewStack) -> None:
    stack = new_stack()
    token = stack.manage("create_token", "badge-service", "--role", "system").stdout.split()[-1]

    dumped = stack.manage("dumpdata", "--all").stdout

    assert "badge-service" in dumped
    assert token not in dumped
