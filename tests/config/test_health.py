from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection
from rest_framework.test import APIClient

from config.celery import app

pytestmark = pytest.mark.django_db


def test_a_process_that_is_up_says_so(api: APIClient) -> None:
    assert api.get("/livez").json() == {"status": "ok"}


def test_it_is_ready_when_every_part_is(api: APIClient) -> None:
    response = api.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "parts": {"database": "ok", "migrations": "ok", "broker": "ok", "jobs": "ok"},
    }
    assert "no-cache" in response["Cache-Control"]


def test_a_broker_that_is_away_is_named(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Connection("redis://127.0.0.1:1/0")
    monkeypatch.setattr(app, "connection_for_write", lambda: away)

    response = api.get("/readyz")

    assert response.status_code == 503
    assert response.json()["parts"] == {
        "database": "ok",
        "migrations": "ok",
        "broker": "no answer",
        "jobs": "ok",
    }


def test_migrations_that_are_missing_are_named(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *args: ["one", "two"])

    response = api.get("/readyz")

    assert response.status_code == 503
    assert response.json()["parts"]["migrations"] == "2 not applied; run manage.py migrate"


def test_a_database_that_is_away_is_named(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError("no server")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        response = api.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "not ready",
        "parts": {
            "database": "no answer",
            "migrations": "unknown without the database",
            "broker": "ok",
            "jobs": "unknown without the database",
        },
    }


def test_a_process_is_alive_though_nothing_that_it_needs_is(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise DatabaseError("no server")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        response = api.get("/livez")

    assert response.status_code == 200
