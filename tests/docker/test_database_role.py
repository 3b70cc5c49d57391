"""The role that the compose file's PostgreSQL makes for Certkeep, in a cluster of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.e2e.databases import ServiceDatabases, base_environment, manage, service_settings
from tests.e2e.processes import REPOSITORY
from tests.e2e.stack import Stack
from tests.faults.cluster import BIN, Cluster, running_cluster

SCRIPT = REPOSITORY / "docker" / "postgres" / "10-certkeep.sql"
PASSWORD = "chosen-for-this-test"  # pragma: allowlist secret

pytestmark = pytest.mark.services


class RoleOfCompose(ServiceDatabases):
    """The one database that the script made, migrated by its own role."""

    def __init__(self, server_url: str) -> None:
        self.url = server_url
        self.server_url = server_url
        self.broker_url = "memory://"
        self._made: list[str] = []

    def create(self, var_dir: Path) -> dict[str, str]:
        settings = service_settings(self.url, self.broker_url, "certkeep")
        outcome = manage(base_environment(var_dir) | settings, "migrate", "--verbosity", "0")
        assert outcome.returncode == 0, outcome.stderr
        return settings


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as made:
        subprocess.run(
            [str(BIN / "psql"), made.url, "--no-psqlrc", "--quiet", "--file", str(SCRIPT)],
            env={"PATH": os.environ["PATH"], "POSTGRES_PASSWORD": PASSWORD},
            check=True,
            timeout=60,
        )
        yield made


def url_of(cluster: Cluster) -> str:
    return f"postgres://certkeep:{PASSWORD}@127.0.0.1:{cluster.port}/certkeep"


@contextmanager
def started(cluster: Cluster, folder: Path, settings: Mapping[str, str]) -> Iterator[Stack]:
    stack = Stack("services", RoleOfCompose(url_of(cluster)), folder, settings)
    try:
        yield stack
    finally:
        stack.close()


def test_the_role_migrates_serves_and_has_no_right_beyond_its_database(
    cluster: Cluster, tmp_path: Path
) -> None:
    with started(cluster, tmp_path, {}) as stack:
        stack.start_web()
        body = {"mentor_id": "m", "cert_type": "cpr", "expires_at": "2199-01-01"}
        assert stack.api("POST", "/api/v1/certification-records", body).status == 201

    with psycopg.connect(url_of(cluster), autocommit=True) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False,) * 5
        # Searches have their index: the extension came in by the role itself.
        assert connection.execute("SELECT to_regclass('mentor_trigrams')").fetchone() != (None,)
        for refused in (
            "COPY certifications_mentor TO PROGRAM 'cat'",
            "CREATE ROLE another SUPERUSER",
            "ALTER SYSTEM SET log_statement = 'none'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url_of(cluster).removesuffix("certkeep") + "postgres")


def test_the_role_takes_backups_and_restores_them(cluster: Cluster, tmp_path: Path) -> None:
    with started(cluster, tmp_path, {}) as stack:
        stack.shell("from tests.e2e import seed; seed.mentors(3)")
        backup = str(tmp_path / "all.backup")
        assert stack.manage("backup", backup).returncode == 0

        restored = stack.manage("restore", "--force", backup)

        assert restored.returncode == 0, restored.stderr
        assert stack.manage("migrate", "--check").returncode == 0


def test_the_superuser_has_no_password_to_come_in_by(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url) as connection:
        known = connection.execute(
            "SELECT rolname, rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid"
            " WHERE rolcanlogin ORDER BY rolname"
        ).fetchall()

    assert known == [("certkeep", True), ("postgres", None)]
