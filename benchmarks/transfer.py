"""Rows per second and peak memory of imports and exports: `python -m benchmarks.transfer [SIZE]`.

Each figure is of a whole process of its own, start included.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.database import ROOT, environment, filled_database

SIZE = 1_000_000


def write_table(path: Path, size: int, *, first_id: int) -> None:
    """A CSV file with so many certifications of mentors that nobody knows."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    with path.open("w") as file:
        file.write("mentor_id,certification_type,expires_at\n")
        for number in range(first_id, first_id + size):
            day = start + timedelta(days=number % 700)
            file.write(f"imported-{number},first_aid,{day:%Y-%m-%d}\n")


def timed(what: str, rows: int, url: str, *arguments: str) -> None:
    """Run `manage.py` and print what it took."""
    command = [sys.executable, "manage.py", *arguments]
    begin = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 (our own command line)
        command, cwd=ROOT, env=environment(url), stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status:
        raise SystemExit(f"{what} failed")
    _say(what, rows, seconds, usage)


def _say(what: str, rows: int, seconds: float, usage: resource.struct_rusage) -> None:
    print(
        f"{what:<28} {rows:>9,} rows {seconds:7.1f} s {rows / seconds:>9,.0f} rows/s "
        f"peak {usage.ru_maxrss / 1024:,.0f} MB"
    )


def main(size: int) -> None:
    with filled_database(1_000) as url, tempfile.TemporaryDirectory() as name:
        table, out = Path(name) / "table.csv", Path(name) / "out.csv"
        write_table(table, size, first_id=0)
        timed("check alone, all new", size, url, "import_certifications", "--dry-run", str(table))
        timed("import, all new", size, url, "import_certifications", "--register", str(table))
        timed("import, all the same", size, url, "import_certifications", "--register", str(table))
        timed("export as CSV", size, url, "export_certifications", str(out))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
