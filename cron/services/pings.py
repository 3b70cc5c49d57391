"""Telling a monitor outside how a job's runs go: one HTTP GET when a run begins, and when it ends.

The monitor raises the alarm when no ping comes, whatever the reason: that is what no process of
ours can do for itself.

1. A worker is rung for, so that no run waits for a monitor or fails because of it.
2. The ping of the beginning is sent only while the run goes on, and is over after `TIMEOUT_S`.
3. The ping of the end is sent that much later: it never overtakes the one of the beginning, which
   would leave the monitor waiting for an end.
"""

from __future__ import annotations

from enum import StrEnum

import httpcore
import httpx
import structlog
from django.db import transaction

from config.outbound import transport
from config.outbound.connections import shared_connections
from config.outbound.targets import TargetRefused, parse_url
from cron.models import ExpiryCheckJob, ExpiryCheckRun, RunStatus
from cron.services import bell

logger = structlog.get_logger(__name__)

#: Seconds in which a monitor has to have answered, all in all.
TIMEOUT_S = 5.0
#: How often the ping of an end is tried, and the seconds between.
TRIES = 3
RETRY_SECONDS = 20.0

_TROUBLE = (
    TargetRefused,
    OSError,  # of the resolver
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
)


class Ping(StrEnum):
    """What is told; the paths are those of healthchecks.io."""

    START = "start"
    SUCCESS = "success"
    FAILURE = "fail"

    @property
    def path(self) -> str:
        """What it adds to the path of the URL."""
        return "" if self is Ping.SUCCESS else f"/{self.value}"


def announce(run: ExpiryCheckRun, kind: Ping) -> None:
    """Have a worker ping for the run once this is committed, if its job has a URL.

    A dry run does not do the job's work, so it says nothing.
    """
    if run.dry_run or run.job_id is None:
        return
    if not ExpiryCheckJob.objects.filter(pk=run.job_id).exclude(ping_url="").exists():
        return
    wait_seconds = 0.0 if kind is Ping.START else TIMEOUT_S
    tries = 1 if kind is Ping.START else TRIES
    transaction.on_commit(
        lambda: bell.ring_for_ping(run.pk, kind, tries_left=tries, wait_seconds=wait_seconds)
    )


def send(run_id: int, kind: Ping, *, tries_left: int) -> bool:
    """Ping for the run; whether the monitor took it. One that did not is tried again later."""
    run = ExpiryCheckRun.objects.select_related("job").filter(pk=run_id).first()
    if run is None or run.job is None or not run.job.ping_url:
        return False
    if kind is Ping.START and run.status != RunStatus.RUNNING:
        return False
    trouble = _call(run.job.ping_url, kind)
    if not trouble:
        return True
    # Not the URL: whoever knows it can ping.
    logger.warning("ping_failed", run_id=run.public_id, ping=kind.value, error=trouble)
    if tries_left > 1:
        bell.ring_for_ping(run_id, kind, tries_left=tries_left - 1, wait_seconds=RETRY_SECONDS)
    return False


def url_for(ping_url: str, kind: Ping) -> httpx.URL:
    """The checked address of a ping; `TargetRefused` where it may not be called."""
    url = parse_url(ping_url)
    return url.copy_with(path=url.path.rstrip("/") + kind.path) if kind.path else url


def _call(ping_url: str, kind: Ping) -> str:
    """What went wrong; empty where nothing did."""
    try:
        response = transport.exchange(
            shared_connections(),
            url_for(ping_url, kind),
            headers=[("User-Agent", "Certkeep/1.0"), ("Accept-Encoding", "identity")],
            timeout_s=TIMEOUT_S,
            method="GET",
        )
    except _TROUBLE as error:
        return f"{type(error).__name__}: {error}"
    return "" if 200 <= response.status < 300 else f"HTTP {response.status}"
