from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from config.errors import DomainError
from cron.models import ExpiryCheckJob, ExpiryCheckRun, Trigger
from cron.services import runs

#: Seconds that the processes get to come up, and the first check to finish.
READY_SECONDS = 60
FIRST_CHECK_SECONDS = 120


class Command(BaseCommand):
    help = (
        "Set the embedded default up and run it: database, sample data (once), web, worker and "
        "beat in one terminal. The check runs once, so that there is something to see."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("PORT") or 8000), help="(%(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        if not settings.EMBEDDED:
            raise CommandError("DATABASE_URL is set; run_embedded is for the embedded default.")
        _refuse_taken_port(port)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_sample_data", verbosity=0)
        password = _admin_password(settings.VAR_DIR / "admin-password")
        connection.close()
        processes = _start_processes(port)
        guide = threading.Thread(
            target=self._show_around, args=(processes, port, password), daemon=True
        )
        guide.start()
        raise SystemExit(_wait_for(processes))

    def _show_around(self, processes: subprocess.Popen[bytes], port: int, password: str) -> None:
        """Wait until the web answers, say where to look, run the check once, print its result."""
        url = f"http://127.0.0.1:{port}"
        if not _becomes_ready(url, processes):
            return
        console = Console(stderr=False)
        places = Table("Certkeep is running", "", title_justify="left")
        places.add_row("API documentation", f"{url}/api/docs")
        places.add_row("Admin", f"{url}/admin/   user: admin   password: {password}")
        places.add_row("Health", f"{url}/readyz")
        places.add_row("Mails", str(settings.VAR_DIR / "mail"))
        places.add_row("Stop", "Ctrl-C")
        console.print(places)
        try:
            run = _first_check()
        except DomainError as error:
            console.print(f"The first check did not start: {error.detail}")
            return
        console.print(_result_table(run))
        connection.close()


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken. Choose another: make run PORT={port + 1}"
            ) from error


def _admin_password(path: Path) -> str:
    """The password of the account `admin`, made once and kept in `path` for its owner's eyes."""
    user, is_new = get_user_model().objects.get_or_create(
        username="admin", defaults={"is_staff": True, "is_superuser": True}
    )
    if is_new or not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9), encoding="utf-8")
        user.set_password(path.read_text(encoding="utf-8"))
        user.save()
    return path.read_text(encoding="utf-8")


def _start_processes(port: int) -> subprocess.Popen[bytes]:
    """Web, worker and beat under honcho, with the tools of this environment on the path."""
    environment = {
        **os.environ,
        "PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "honcho", "--no-prefix", "start"]
    return subprocess.Popen(  # noqa: S603 (our own command line)
        command, cwd=settings.BASE_DIR, env=environment
    )


def _wait_for(processes: subprocess.Popen[bytes]) -> int:
    """Wait for honcho to end; Ctrl-C reaches it by itself, SIGTERM is handed on."""

    def hand_on(signum: int, frame: FrameType | None) -> None:
        processes.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, hand_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = processes.wait()
    # Stopped on request is a good end.
    return 0 if code in (130, 143) else code


def _becomes_ready(url: str, processes: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and processes.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):  # noqa: S310 (loopback)
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    return False


def _first_check() -> ExpiryCheckRun:
    """Have the first job's check run by the worker, and wait for its end."""
    job = ExpiryCheckJob.objects.select_related("periodic_task").order_by("pk").first()
    if job is None:
        raise DomainError("There is no job.")
    run = runs.execute_job(job=job, trigger=Trigger.COMMAND, now=timezone.now())
    deadline = time.monotonic() + FIRST_CHECK_SECONDS
    while run.completed_at is None and time.monotonic() < deadline:
        time.sleep(0.3)
        run.refresh_from_db()
    return run


def _result_table(run: ExpiryCheckRun) -> Table:
    table = Table("First check", str(run), title_justify="left")
    table.add_row("Status", run.status)
    for name, figure in (run.result or {}).items():
        table.add_row(name.replace("_", " ").capitalize(), str(figure))
    if run.errors:
        table.add_row("", "why: Reminders in the admin")
    table.add_row("Mails", str(settings.VAR_DIR / "mail"))
    return table
