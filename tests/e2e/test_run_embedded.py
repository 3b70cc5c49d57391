"""`make run`: one command that sets everything up, shows around, and ends cleanly on Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.e2e import http
from tests.e2e.databases import base_environment, manage
from tests.e2e.processes import (
    Process,
    end_processes_with,
    free_port,
    processes_with,
    wait_until,
)

_ASSET = re.compile(r"""(?:src|href)=["']([^"'#]+)["']""")


class Installation:
    """`run_embedded` in a folder of its own, started as often as wanted."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.url = ""

    def start(self) -> Process:
        """Start it and wait until the first check's result is printed."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        log = self.var_dir.with_name(f"run-{port}.log")
        command = [sys.executable, "manage.py", "run_embedded", "--port", str(port)]
        process = Process(command, base_environment(self.var_dir), log)
        wait_until(
            lambda: "Reminders sent" in process.output() or process.exit_code is not None,
            timeout_s=90,
            what="the result of the first check",
        )
        assert process.exit_code is None, process.output()
        return process

    def processes(self) -> list[int]:
        return processes_with("VAR_DIR", str(self.var_dir))

    def reminders(self) -> list[str]:
        """The mails to mentors so far."""
        return sorted(file.name for file in (self.var_dir / "mail").glob("*_reminder-*.eml"))

    def stop_with_ctrl_c(self, process: Process) -> int:
        """The exit code; fails where a process stays behind."""
        process.signal_group(signal.SIGINT)
        code = process.wait(timeout_s=40)
        assert self.processes() == []
        return code


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    var_dir = tmp_path / "var"
    var_dir.mkdir()
    yield Installation(var_dir)
    end_processes_with("VAR_DIR", str(var_dir))


def test_run_embedded_shows_everything_and_ends_with_ctrl_c(installation: Installation) -> None:
    process = installation.start()
    url, output = installation.url, process.output()
    password = (installation.var_dir / "admin-password").read_text(encoding="utf-8")

    assert f"{url}/api/docs" in output
    assert f"{url}/admin/" in output
    assert password in output
    assert "Mentors checked" in output
    assert "Traceback" not in output
    assert installation.reminders()
    for page in ("/api/docs", "/api/redoc", "/admin/login/"):
        answer = http.request("GET", url + page)
        assert answer.status == 200
        assets = [asset for asset in _ASSET.findall(answer.text) if not asset.startswith("data:")]
        assert assets, page
        for asset in assets:
            address = urljoin(url + page, asset)
            assert address.startswith(url), f"{page} loads {asset}"
            assert http.request("GET", address).status == 200, f"{page} loads {asset}"

    assert installation.stop_with_ctrl_c(process) == 0
    assert "Traceback" not in process.output()


def test_run_embedded_keeps_its_data_for_the_next_start(installation: Installation) -> None:
    process = installation.start()
    first_total = _total(installation.url)
    made = http.request(
        "POST",
        f"{installation.url}/api/v1/certifications",
        {"mentor_id": "newcomer", "certification_type": "first_aid", "expiry_date": "2099-01-01"},
    )
    assert made.status == 201, made.text
    reminders = installation.reminders()
    assert installation.stop_with_ctrl_c(process) == 0

    process = installation.start()

    assert _total(installation.url) == first_total + 1
    kept = http.request("GET", f"{installation.url}/api/v1/certifications/newcomer")
    assert kept.status == 200, kept.text
    assert installation.reminders() == reminders
    process.stop(timeout_s=40)
    wait_until(lambda: not installation.processes(), timeout_s=10, what="the end of all")


def test_run_embedded_keeps_everything_for_its_owner_alone(installation: Installation) -> None:
    """Whatever umask it is started with, and however open a folder it finds."""
    var_dir = installation.var_dir
    (var_dir / "mail").mkdir()
    (var_dir / "mail" / "old.eml").touch(mode=0o644)
    var_dir.chmod(0o755)

    process = installation.start()
    made = http.request("GET", f"{installation.url}/api/v1/certifications?limit=1")
    found = {path.relative_to(var_dir).as_posix(): path.stat() for path in var_dir.rglob("*")}
    assert installation.stop_with_ctrl_c(process) == 0

    assert made.status == 200
    assert var_dir.stat().st_mode & 0o077 == 0
    assert [name for name, status in found.items() if status.st_mode & 0o077] == []
    for name in ("certkeep.sqlite3-wal", "secret-key", "admin-password", "broker/queue"):
        assert name in found
    assert len([name for name in found if name.startswith("mail/")]) > 1
    assert any(name.startswith("static/") for name in found)


def test_run_embedded_says_when_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        result = manage(base_environment(tmp_path), "run_embedded", "--port", str(port))

    assert result.returncode == 1
    assert f"Port {port} is taken. Choose another: make run PORT={port + 1}" in result.stderr
    assert "Traceback" not in result.stderr


def _total(url: str) -> int:
    answer = http.request("GET", f"{url}/api/v1/certifications?limit=1")
    total: int = answer.body["pagination"]["total"]
    return total
