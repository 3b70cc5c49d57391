"""A PostgreSQL server of a test's own, which may be restarted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.e2e.processes import free_port

USER = "postgres"
#: The latest of Debian's; None where there is none.
BIN = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=Path()).parent
IS_INSTALLED = (BIN / "pg_ctl").exists()


class Cluster:
    """The server, in `folder`, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        self._run("initdb", "--auth=trust", f"--username={USER}", "--no-sync", "--locale=C.UTF-8")
        # Only a failure of the machine itself misses fsync.
        options = (
            f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c fsync=off -c shared_buffers=32MB"
        )
        self._run("pg_ctl", "start", "-w", f"--options={options}", "-l", str(self.folder / "log"))

    def restart_at_once(self) -> None:
        """Kill every backend as a crash does, recover, and wait until it answers."""
        self._run("pg_ctl", "restart", "-m", "immediate", "-w", "-l", str(self.folder / "log"))

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-m", "immediate")

    def _run(self, tool: str, *options: str) -> None:
        # Root may not run PostgreSQL.
        prefix = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        data = str(self.folder / "data")
        subprocess.run(
            [*prefix, str(BIN / tool), "-D", data, *options],
            check=True,
            timeout=60,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server in a folder that its user can reach, which pytest's folders are not."""
    folder = Path(mkdtemp(prefix="certkeep-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            cluster.stop()
        shutil.rmtree(folder)
