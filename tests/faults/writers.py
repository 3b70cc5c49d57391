"""Clients that write while something breaks, and the count of what was acknowledged."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPException

from tests.e2e.http import Answer
from tests.e2e.processes import wait_until
from tests.e2e.stack import Stack

RECORDS = "/api/v1/certification-records"
#: Prints for each mentor how many renewals and lines of history it has.
COUNT = """
import json
from django.db.models import Count
from certifications.models import Certification, Renewal
rows = Certification.objects.values_list('mentor_id', 'pk')
lines = Certification.history.values('id').annotate(n=Count('history_id'))
lines = dict(lines.values_list('id', 'n'))
renewals = dict(Renewal.objects.values_list('certification_id').annotate(n=Count('pk')))
lined = dict(
    Renewal.history.values_list('certification_id').annotate(n=Count('id', distinct=True))
)
print(json.dumps({mentor: [lines.get(pk, 0), renewals.get(pk, 0), lined.get(pk, 0)]
                  for mentor, pk in rows}))
"""


def new_record(number: int) -> dict[str, str]:
    """The body that makes a record of a mentor of its own."""
    return {
        "mentor_id": f"new-{number:03d}",
        "cert_type": "first_aid",
        "status": "active",
        "issued_at": "2026-01-01",
        "expires_at": "2098-01-01",
    }


def assert_is_503(answer: Answer) -> None:
    """It is a problem that says when to come again."""
    assert answer.status == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


class Writers:
    """Threads that write each number once: a new record for odd ones, a renewal for even ones.

    A number that was not answered is not tried again, so that each mentor tells of one request.
    """

    def __init__(self, stack: Stack, *, writes: int, threads: int) -> None:
        self.stack = stack
        self.threads = threads
        self.answers: dict[int, Answer] = {}
        self.unanswered: list[int] = []
        self._lock = threading.Lock()
        self._is_up = threading.Event()
        self._is_up.set()
        self._pool = ThreadPoolExecutor(threads)
        self._work: list[Future[None]] = []
        self._numbers = range(writes)

    def start(self) -> None:
        self._work = [self._pool.submit(self._write, number) for number in self._numbers]

    def hold(self) -> None:
        """Begin no further request until `go_on`."""
        self._is_up.clear()

    def go_on(self) -> None:
        self._is_up.set()

    def wait_for_answers(self, count: int) -> None:
        wait_until(lambda: len(self.acknowledged) >= count, timeout_s=60, what=f"{count} writes")

    def finish(self) -> None:
        for done in self._work:
            done.result(timeout=120)
        self._pool.shutdown()

    @property
    def acknowledged(self) -> set[int]:
        with self._lock:
            return {number for number, answer in self.answers.items() if answer.status < 300}

    @property
    def refused(self) -> list[Answer]:
        return [answer for answer in self.answers.values() if answer.status >= 300]

    def assert_nothing_is_lost(self, *, may_refused_be_there: bool = False) -> None:
        """What was acknowledged is there with its history, and nothing that was refused.

        A commit whose connection broke is refused although it `may be there`.
        """
        found = json.loads(self.stack.shell(COUNT))
        done = {number for number in self._numbers if self._is_done(found, number)}
        assert self.acknowledged <= done
        if not may_refused_be_there:
            assert done - self.acknowledged <= set(self.unanswered)

    def assert_refusals_are_503(self) -> None:
        """Whatever was refused is a problem that says when to come again."""
        for answer in self.refused:
            assert_is_503(answer)

    def _write(self, number: int) -> None:
        self._is_up.wait(60)
        try:
            answer = self._send(number)
        except (OSError, HTTPException):
            with self._lock:
                self.unanswered.append(number)
            return
        with self._lock:
            self.answers[number] = answer

    def _send(self, number: int) -> Answer:
        if number % 2:
            return self.stack.api("POST", RECORDS, new_record(number))
        renewal = {"renewed_at": "2026-01-01", "expires_at": "2099-01-01"}
        return self.stack.api("POST", f"{RECORDS}/m-{number:03d}/renewals", renewal)

    def _is_done(self, found: dict[str, list[int]], number: int) -> bool:
        """Whether the write is there, whole: the row and the line of history, or neither."""
        if number % 2:
            lines = found.get(f"new-{number:03d}", [0])[0]
            assert lines in (0, 1)
            return lines == 1
        _, renewals, lined = found[f"m-{number:03d}"]
        assert renewals == lined
        assert renewals in (0, 1)
        return renewals == 1
