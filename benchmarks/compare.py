"""Certkeep beside other servers of the same contracts: `python -m benchmarks.compare [SIZE …]`.

All run at once on one database, and are asked in turn. With all sizes it writes RESULTS.md.
"""

from __future__ import annotations

import itertools
import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks.database import INTO_TENANT, create_token, filled_database, manage
from benchmarks.load import CONNECTIONS, Figures, measure
from benchmarks.servers import COMMANDS, Server, served
from benchmarks.works import TENANT, Target, Work, works
from config.api.pagination import Cursor

SIZES = (10_000, 100_000, 1_000_000)
SECONDS = int(os.environ.get("BENCH_SECONDS", "1"))
#: The first warms up.
ROUNDS = 3
RESULTS = Path(__file__).parent / "RESULTS.md"
PRODUCT = "certkeep"
OTHERS = tuple(name for name in COMMANDS if name != PRODUCT)
SEED = """
INSERT INTO badges_badgedefinition
  (id, name, description, criteria, tags, active, created_at, updated_at)
SELECT n, 'Badge ' || n, 'Text', 'Text', '[]', true, now(), now() FROM generate_series(1, 10) AS n;
INSERT INTO badges_earnedbadge
  (public_uuid, awarded_at, awarded_by, revoked_by, reason, created_at, definition_id, mentor_id)
SELECT gen_random_uuid(), now(), 'system', '', '', now(), 1 + n % 10, 'mentor-' || n
FROM generate_series(1, {size}) AS n;
"""
CERTIFICATES = (
    INTO_TENANT
    + """
SELECT gen_random_uuid(), '{tenant}', current_date - n % 300, current_date + 60 + n % 900,
  true, 'Course ' || n, 'course ' || n, 'TRAINING',
  ('00000000-0000-0000-0000-' || lpad(to_hex(1 + n % ({size} / 10)), 12, '0'))::uuid,
  0, 'YEAR', 1 + n % 3, false, now(), now()
FROM generate_series(1, {size}) AS n;
"""
)

Measured = dict[tuple[str, str], Figures]


def fill(database_url: str, size: int) -> str:
    """Write badges and certificates; returns the token of an account that may read them."""
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute(SEED.format(size=size))
        database.execute(CERTIFICATES.format(size=size, tenant=TENANT))
        database.execute("VACUUM ANALYZE")
    token = create_token(database_url, "bench", "system")
    manage(database_url, "add_tenant_member", "bench", TENANT)
    return token


def compare(size: int) -> tuple[list[Work], Measured]:
    """All works on all servers at that size: of each the round that took least CPU."""
    far = Cursor(size // 40, ("mentor_id", "id"), ("mentor-5", 0))
    asked = works(size, far.encode())
    found: Measured = {}
    with filled_database(size) as url, ExitStack() as stack:
        token = fill(url, size)
        running: dict[str, Server] = {
            name: stack.enter_context(served(url, command, LOG_LEVEL="INFO"))
            for name, command in COMMANDS.items()
        }
        numbers = itertools.count(0, 20_000 * SECONDS)
        for work in asked:
            names = [PRODUCT] if work.is_own else list(running)
            for _ in range(ROUNDS):
                for name in names:
                    script = work.lua(size=size, token=token, number=next(numbers))
                    figures = measure(running[name], work.path, SECONDS, script)
                    if figures.failed:
                        raise SystemExit(f"{name} failed {figures.failed} times at {work.name}.")
                    best = found.get((work.name, name))
                    if best is None or figures.cpu_per_request < best.cpu_per_request:
                        found[work.name, name] = figures
    return asked, found


def ratio_lines(asked: list[Work], found: Measured) -> list[str]:
    """A table of Certkeep's CPU a request over that of the others, with what is aimed at."""
    lines = [
        "| CPU a request, certkeep over … | " + " | ".join(OTHERS) + " | requests/s over floor |",
        "| --- |" + " ---: |" * (len(OTHERS) + 1),
    ]
    for work in asked:
        if work.is_own:
            continue
        own = found[work.name, PRODUCT]
        cells = []
        for name in OTHERS:
            ratio = own.cpu_per_request / found[work.name, name].cpu_per_request
            cells.append(_judged(ratio, getattr(work.target, name, None)))
        cells.append(f"{own.rate / found[work.name, 'floor'].rate:.1f}")
        lines.append(f"| {work.name} | " + " | ".join(cells) + " |")
    return lines


def _judged(ratio: float, target: float | None) -> str:
    if target is None:
        return f"{ratio:.2f}"
    return f"{ratio:.2f} {'✓' if ratio <= target else '✗'} (≤ {target:.2g})"


def figure_lines(asked: list[Work], found: Measured) -> list[str]:
    """A table of the figures themselves."""
    lines = [
        "| work | server | CPU ms | PostgreSQL's CPU ms | requests/s | p50 ms | p99 ms |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for work in asked:
        lines += [
            f"| {work.name} | {name} | {figures.cpu_per_request:.2f} "
            f"| {figures.database_cpu_per_request:.2f} | {figures.rate:.0f} "
            f"| {figures.p50:.1f} | {figures.p99:.1f} |"
            for name in COMMANDS
            if (figures := found.get((work.name, name)))
        ]
    return lines


def growth_lines(asked: list[Work], small: Measured, large: Measured) -> list[str]:
    """A table of the figures at the largest size over those at the smallest."""
    lines = [
        "| growth | " + " | ".join(COMMANDS) + " |",
        "| --- |" + " ---: |" * len(COMMANDS),
    ]
    for work in asked:
        cells = []
        for name in COMMANDS:
            if (work.name, name) not in small:
                cells.append("")
                continue
            key = (work.name, name)
            ratio = large[key].cpu_per_request / small[key].cpu_per_request
            target: Target | None = work.target if name == PRODUCT else None
            cells.append(_judged(ratio, target.growth if target else None))
        lines.append(f"| {work.name} | " + " | ".join(cells) + " |")
    return lines


def machine() -> str:
    """Processors and memory of this machine, in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors, {memory:.0f} GiB"


def main(sizes: list[int]) -> None:
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}; {CONNECTIONS} connections, two processes of "
        f"four threads each, {ROUNDS} rounds of {SECONDS} s in turn, the best one shown."
    )
    report = ["# Results", "", "Written by `make bench`.", "", head]
    by_size: dict[int, Measured] = {}
    asked: list[Work] = []
    for size in sizes:
        asked, by_size[size] = compare(size)
        part = ["", f"## {size:,} certifications", "", *ratio_lines(asked, by_size[size]), ""]
        part += figure_lines(asked, by_size[size])
        print("\n".join(part), flush=True)
        report += part
    if len(sizes) > 1:
        first, last = min(sizes), max(sizes)
        part = ["", f"## CPU a request, {last:,} over {first:,}", ""]
        part += growth_lines(asked, by_size[first], by_size[last])
        print("\n".join(part))
        report += part
    if tuple(sizes) == SIZES:
        RESULTS.write_text("\n".join(report) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
