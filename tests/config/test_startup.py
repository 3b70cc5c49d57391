"""What a production process refuses to start with, and says so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEY = "a-secret-key-for-tests-alone-0123456789-abcdefghijklmnop"
SOUND = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "certkeep.example.org",
    "PUBLIC_API": "closed",
    "EMAIL_URL": "smtp://mail.example.org",
    "DEFAULT_FROM_EMAIL": "Certkeep <certkeep@example.org>",
}


def check(tmp_path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`manage.py check` with no other setting than those given."""
    return run(tmp_path, [sys.executable, "manage.py", "check"], environment)


def run(
    tmp_path: Path, command: list[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **environment}
    return subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )


def test_sound_settings_start(tmp_path: Path) -> None:
    assert check(tmp_path, SOUND).returncode == 0


def test_the_embedded_default_needs_no_setting(tmp_path: Path) -> None:
    assert check(tmp_path, {}).returncode == 0
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be random"),
        ({"SECRET_KEY": "x" * 80}, "SECRET_KEY must be random"),
        ({"SECRET_KEY": "django-insecure-" + KEY}, "SECRET_KEY must be random"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must be set"),
        ({"PUBLIC_API": ""}, "PUBLIC_API must be set"),
        ({"EMAIL_URL": ""}, "EMAIL_URL must be set"),
        ({"EMAIL_URL": "smtp://"}, "EMAIL_URL must be smtp://host"),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL must be smtp://host"),
        ({"EMAIL_URL": "dummymail://"}, "EMAIL_URL must be smtp://host"),
        ({"DEFAULT_FROM_EMAIL": ""}, "DEFAULT_FROM_EMAIL must be set"),
        ({"DEFAULT_FROM_EMAIL": "Nordlys, frivillige <x@y.example.org>"}, "is no sender"),
        ({"DEFAULT_FROM_EMAIL": "certkeep"}, "is no sender"),
        ({"DEFAULT_FROM_EMAIL": "certkeep@"}, "is no sender"),
        ({"DEFAULT_FROM_EMAIL": "a@example.org, b@example.org"}, "is no sender"),
        ({"PUBLIC_API": "maybe"}, "choose one of open, read-only, closed"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": "a.example.org, *"}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": ".org"}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": "."}, "ALLOWED_HOSTS must name the hosts"),
        ({"DEBUG": "true"}, "DEBUG must be off"),
        ({"OIDC_JWKS_URL": "https://id.example.org/keys"}, "needs OIDC_ISSUER"),
        ({"OIDC_JWKS_URL": "http://id.example.org/keys"}, "OIDC_JWKS_URL must be an https URL"),
        ({"OIDC_JWKS_URL": "http://127.0.0.1/keys"}, "OIDC_JWKS_URL must be an https URL"),
        ({"OIDC_JWKS_URL": "file:///etc/keys"}, "OIDC_JWKS_URL must be an https URL"),
        ({"OIDC_JWKS_URL": "https:keys"}, "OIDC_JWKS_URL must be an https URL"),
        ({"LOG_FORMAT": "xml"}, "choose json or console"),
        ({"PUBLIC_URL": "certkeep.example.org"}, "give scheme and host alone"),
        ({"PUBLIC_URL": "https://example.org/certkeep"}, "give scheme and host alone"),
        (
            {"PUBLIC_URL": "https://example.org", "BADGE_SIGNING_KEY_FILE": "/nowhere.pem"},
            "The key file can't be read",
        ),
        (
            {"PUBLIC_URL": "https://example.org", "BADGE_SIGNING_KEY_FILE": "pyproject.toml"},
            "holds no PEM key",
        ),
        ({"DATABASE_STATEMENT_TIMEOUT_SECONDS": "-1"}, "must be 0 (for no limit) or seconds"),
        ({"DATABASE_STATEMENT_TIMEOUT_SECONDS": "9999999"}, "must be 0 (for no limit) or seconds"),
        ({"REQUIRE_SECOND_FACTOR": "admin,auditors"}, "REQUIRE_SECOND_FACTOR has 'auditors'"),
        ({"SESSION_IDLE_MINUTES": "0"}, "SESSION_HOURS must be more than 0"),
        ({"SESSION_HOURS": "9999999"}, "SESSION_HOURS must be more than 0, and a year at most"),
        ({"METRICS": "on"}, "choose one of off, open, token"),
        ({"KEEP_RUNS_DAYS": "-1"}, "KEEP_RUNS_DAYS must be 0"),
        ({"SENTRY_TRACES_SAMPLE_RATE": "1.5"}, "SENTRY_TRACES_SAMPLE_RATE must be from 0 to 1"),
        ({"WEBHOOK_ALLOWED_NETWORKS": "10.0.0.0/8,intranet"}, "'intranet', which is no network"),
    ],
)
def test_unsound_settings_are_refused_with_the_reason(
    tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    outcome = check(tmp_path, {**SOUND, **change})

    assert outcome.returncode != 0
    assert reason in outcome.stderr


@pytest.mark.parametrize(
    ("host", "starts"),
    [("127.0.0.1:8080", True), ("localhost", True), ("[::1]:1", True), ("id.example.org", False)],
)
def test_embedded_keys_may_come_by_http_from_the_own_machine_alone(
    tmp_path: Path, host: str, starts: bool
) -> None:
    provider = {"OIDC_ISSUER": "i", "OIDC_AUDIENCE": "a", "OIDC_JWKS_URL": f"http://{host}/keys"}

    assert (check(tmp_path, provider).returncode == 0) == starts


@pytest.mark.parametrize(
    "change",
    [
        {"DEBUG": "true"},
        {"ALLOWED_HOSTS": "*"},
        {"SECRET_KEY": "short"},
        {"PUBLIC_API": ""},
        {"EMAIL_URL": ""},
        {"DEFAULT_FROM_EMAIL": "certkeep"},
    ],
)
def test_the_web_server_refuses_what_the_check_refuses(
    tmp_path: Path, change: dict[str, str]
) -> None:
    outcome = run(tmp_path, [sys.executable, "-m", "config.server"], {**SOUND, **change})

    assert outcome.returncode != 0
    assert next(iter(change)) in outcome.stderr


@pytest.mark.parametrize(
    "name",
    ["DATABASE_URL", "DATABASE_REPLICA_URL", "CELERY_BROKER_URL", "EMAIL_URL", "CACHE_URL"],
)
def test_an_address_that_cannot_be_read_is_refused_by_name_and_not_shown(
    tmp_path: Path, name: str
) -> None:
    address = "redis://user:correct/horse#battery@127.0.0.1:1/0"  # pragma: allowlist secret
    result = check(tmp_path, SOUND | {name: address})

    assert result.returncode != 0
    assert f"{name} can't be read" in result.stderr
    assert not {"correct", "horse", "battery"} & set(re.findall("[a-z]+", result.stderr))


def test_production_behind_tls_passes_djangos_own_checks(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    outcome = run(tmp_path, command, {**SOUND, "BEHIND_TLS_PROXY": "true"})

    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"EMAIL_URL": "files:"},
        {"EMAIL_URL": "smtp+tls://user:word@mail.example.org:587"},  # pragma: allowlist secret
        {"DEFAULT_FROM_EMAIL": '"Nordlys, frivillige" <x@y.example.org>'},
        {"DEFAULT_FROM_EMAIL": "Likepersonen på Østlandet <x@østlandet.example.org>"},
        {"DEFAULT_FROM_EMAIL": "certkeep@mailhost"},
    ],
)
def test_mails_may_be_files_where_that_is_said_and_from_any_sender(
    tmp_path: Path, change: dict[str, str]
) -> None:
    outcome = check(tmp_path, {**SOUND, **change})

    assert outcome.returncode == 0, outcome.stderr


def test_an_embedded_sender_is_checked_too(tmp_path: Path) -> None:
    assert "is no sender" in check(tmp_path, {"DEFAULT_FROM_EMAIL": "certkeep"}).stderr


def test_a_subdomain_wildcard_of_a_real_domain_is_a_choice(tmp_path: Path) -> None:
    assert check(tmp_path, {**SOUND, "ALLOWED_HOSTS": ".example.org"}).returncode == 0
