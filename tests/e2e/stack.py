"""Certkeep in earnest: web, workers and beats on `config.settings`, seen from outside."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.e2e import http
from tests.e2e.databases import (
    Databases,
    base_environment,
    manage,
    purge,
    queued,
)
from tests.e2e.http import Answer
from tests.e2e.processes import (
    Process,
    T,
    end_processes_with,
    free_port,
    processes_with,
    wait_until,
)

JOBS = "/api/v1/certification-cron"
#: Tasks that a worker has in hand at once, in threads or processes: so many mails may be in flight.
SENDERS = 2
#: Settings that make failures pass in seconds instead of minutes. A sweep that no test waits for
#: would hide whether the rest works.
QUICK = {
    "REMINDER_RETRY_SECONDS": "1,1",
    "SWEEP_SECONDS": "3600",
    "WEB_WORKERS": "1",
    "EMAIL_TIMEOUT": "5",
}


class Stack:
    """One installation in a folder and a database of its own. `close` ends all it started.

    `settings` are environment variables on top of `QUICK`.
    """

    def __init__(
        self, backend: str, databases: Databases, folder: Path, settings: Mapping[str, str]
    ) -> None:
        self.backend = backend
        self.folder = folder
        self.var_dir = folder / "var"
        # The folder of static files is there, as after collectstatic.
        (self.var_dir / "static").mkdir(parents=True)
        self.port = free_port()
        self.environment = {
            **base_environment(self.var_dir),
            **databases.create(self.var_dir),
            "PORT": str(self.port),
            **QUICK,
            **settings,
        }
        self.processes: dict[str, Process] = {}

    # Processes

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        command = ["python", "-m", "config.server"]
        self._start("web", command)
        self.wait_until(self._is_alive, timeout_s=30, what="web")

    def start_worker(self, name: str = "worker") -> None:
        """Start a worker: threads on the embedded default as in the Procfile, else processes."""
        pool = ["--pool", "threads"] if self.backend == "embedded" else []
        options = ["--concurrency", str(SENDERS), "--without-gossip", "--without-mingle"]
        # RabbitMQ has one queue for each name of a worker, whichever stack it is of.
        hostname = ["--hostname", f"{name}-{self.port}@%h", "--loglevel", "INFO"]
        self._start(name, ["celery", "--app", "config", "worker", *pool, *options, *hostname])

    def start_beat(self, name: str = "beat") -> None:
        self._start(name, ["celery", "--app", "config", "beat", "--pidfile=", "--loglevel", "INFO"])

    def wait_until_ready(self, name: str) -> None:
        """Wait until a worker takes tasks, or a beat ticks."""
        self.wait_until(
            lambda: any(sign in self.log(name) for sign in (" ready.", "beat: Starting")),
            timeout_s=30,
            what=name,
        )

    def stop(self, name: str) -> None:
        self.processes[name].stop()

    def kill9(self, name: str) -> None:
        self.processes[name].kill9()

    def close(self) -> None:
        """End what still runs; nothing that this stack started outlives it."""
        for process in self.processes.values():
            process.kill9()
        end_processes_with("VAR_DIR", str(self.var_dir))
        self.wait_until(
            lambda: not processes_with("VAR_DIR", str(self.var_dir)),
            timeout_s=10,
            what="the end of all processes",
        )

    def log(self, name: str) -> str:
        return self.processes[name].output()

    def logs(self) -> str:
        """The last lines of every process, for the report of a failed test."""
        parts = []
        for name, process in self.processes.items():
            # All but the questions of `wait_until`.
            lines = [line for line in process.output().splitlines() if "GET /" not in line]
            parts += [f"--- {name} (exit code {process.exit_code})", *lines[-40:]]
        return "\n".join(parts)

    def _start(self, name: str, command: list[str]) -> None:
        tool = Path(sys.executable).parent / command[0]
        self.processes[name] = Process(
            [str(tool), *command[1:]], self.environment, self.folder / f"{name}.log"
        )

    def _is_alive(self) -> bool:
        assert self.processes["web"].exit_code is None, self.log("web")
        try:
            return self.get("/livez").status == 200
        except OSError:
            return False

    # What a user can do

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def api(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return http.request(method, self.url + path, body, headers=headers)

    def get(self, path: str) -> Answer:
        return self.api("GET", path)

    def create_job(self, name: str = "nightly", expression: str = "0 2 1 1 *", **more: Any) -> str:
        """Make a job through the API; returns its id."""
        answer = self.api("POST", JOBS, {"name": name, "cron_expression": expression, **more})
        assert answer.status == 201, answer.text
        return str(answer.body["id"])

    def execute(self, job: str, **body: bool) -> str:
        """Have the job run now; returns the id of the run."""
        answer = self.api("POST", f"{JOBS}/{job}/execute", body)
        assert answer.status == 202, answer.text
        assert answer.body["status"] == "running"
        return str(answer.body["run_id"])

    def runs(self, job: str) -> list[dict[str, Any]]:
        """The job's runs, the latest first."""
        answer = self.get(f"{JOBS}/{job}/runs?limit=100")
        assert answer.status == 200, answer.text
        data: list[dict[str, Any]] = answer.body["data"]
        return data

    def run(self, job: str, run_id: str) -> dict[str, Any]:
        return next(run for run in self.runs(job) if run["run_id"] == run_id)

    def ended_run(self, job: str, run_id: str, *, timeout_s: float = 60) -> dict[str, Any]:
        """The run once it is no longer going on."""
        self.wait_until(
            lambda: self.run(job, run_id)["status"] != "running",
            timeout_s=timeout_s,
            what=f"the end of {run_id}",
        )
        return self.run(job, run_id)

    def manage(self, *args: str) -> subprocess.CompletedProcess[str]:
        return manage(self.environment, *args)

    def shell(self, code: str) -> str:
        """What the code prints in `manage.py shell`."""
        result = self.manage("shell", "--verbosity", "0", "-c", code)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def wait_until(
        self, condition: Callable[[], T], *, timeout_s: float, what: str = "a condition"
    ) -> T:
        try:
            return wait_until(condition, timeout_s=timeout_s, what=what)
        except AssertionError as error:
            error.add_note(self.logs())
            raise

    # The broker, and what can go wrong with it

    def queued(self) -> int:
        """How many messages wait in the broker's queue for a worker."""
        return queued(self.environment)

    def purge_broker(self) -> None:
        """Lose every message that waits for a worker."""
        if self.backend == "services":
            purge(self.environment)
        else:
            for message in (self.var_dir / "broker" / "queue").glob("*.msg"):
                message.unlink(missing_ok=True)

    def break_embedded_broker(self) -> None:
        """Put a file where the folder of messages was, which not even root can write into."""
        queue = self.var_dir / "broker" / "queue"
        shutil.rmtree(queue)
        queue.touch()
