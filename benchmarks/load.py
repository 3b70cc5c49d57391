"""Load by wrk, and what it and the server's processes tell."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass

from benchmarks.servers import Server, postgres_cpu_seconds

CONNECTIONS = 16
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Figures:
    """What one round of load came to; times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float
    failed: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_per_request(self) -> float:
        """Milliseconds of the server's processes: the figure that is steady on noisy machines."""
        return self.cpu / max(self.requests, 1)

    @property
    def database_cpu_per_request(self) -> float:
        return self.database_cpu / max(self.requests, 1)


def measure(
    server: Server, path: str, seconds: int, script: str = "", *, connections: int = CONNECTIONS
) -> Figures:
    """Requests of `path` for so long; `script` is Lua that says what to send otherwise."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        options = ["-s", file.name] if script else []
        cpu, database = server.cpu_seconds(), postgres_cpu_seconds()
        output = subprocess.run(  # noqa: S603 (our own command line)
            [*command, *options, server.url + path], capture_output=True, text=True, check=True
        ).stdout
        cpu, database = server.cpu_seconds() - cpu, postgres_cpu_seconds() - database
    requests, took, unit = re.findall(r"(\d+) requests in ([\d.]+)(\w+)", output)[0]
    failed = sum(int(count) for count in re.findall(r"Non-2xx or 3xx responses: (\d+)", output))
    errors = re.findall(r"Socket errors: connect (\d+), read (\d+), write (\d+)", output)
    failed += sum(int(count) for group in errors for count in group)
    return Figures(
        requests=int(requests),
        seconds=float(took) * UNITS[unit] / 1000,
        p50=_ms(output, 50),
        p99=_ms(output, 99),
        cpu=cpu * 1000,
        database_cpu=database * 1000,
        failed=failed,
    )


def _ms(output: str, percentile: int) -> float:
    number, unit = re.findall(rf"\s{percentile}%\s+([\d.]+)(\w+)", output)[0]
    return float(number) * UNITS[unit]
