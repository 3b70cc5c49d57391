"""What `.ci/audit.py` says of requirements, by the word of a stand-in for the service it asks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.processes import REPOSITORY
from tests.webhooks.receiver import Behaviour, Handler, answer, closed_port, cut, receiving

PINNED = f"""
certkeep-good==1.0 --hash=sha256:{"0" * 64}
certkeep-bad==1.0 --hash=sha256:{"1" * 64}
"""
FINDING = {
    "id": "GHSA-0000-0000-0000",
    "summary": "Opens the door to anybody",
    "affected": [{"package": {"name": "certkeep-bad", "ecosystem": "PyPI"}}],
}


def service(*vulnerable: str) -> Behaviour:
    """A service that knows a vulnerability of each of these packages."""

    def behave(handler: Handler) -> None:
        asked = handler.server.receiver.requests[-1].body
        name = json.loads(asked)["package"]["name"] if asked else ""
        found = {"vulns": [FINDING]} if name in vulnerable else {}
        handler.respond(200, json.dumps(found).encode())

    return behave


def audit(folder: Path, url: str, pinned: str = PINNED) -> subprocess.CompletedProcess[str]:
    requirements = folder / "requirements.txt"
    requirements.write_text(pinned)
    command = [sys.executable, ".ci/audit.py", str(requirements), "--osv-url", url]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_a_known_vulnerability_fails_by_name(tmp_path: Path) -> None:
    with receiving(always=service("certkeep-bad")) as osv:
        outcome = audit(tmp_path, osv.url)

    assert outcome.returncode != 0
    assert "certkeep-bad" in outcome.stdout
    assert "GHSA-0000-0000-0000" in outcome.stdout


def test_no_vulnerability_passes_once_every_package_was_asked_for(tmp_path: Path) -> None:
    with receiving(always=service()) as osv:
        outcome = audit(tmp_path, osv.url)

    assert outcome.returncode == 0, outcome.stderr
    assert "NOT audited" not in outcome.stdout
    asked = [json.loads(body)["package"]["name"] for body in osv.bodies if body]
    assert sorted(asked) == ["certkeep-bad", "certkeep-good"]


def test_without_a_way_to_the_service_it_passes_and_says_so(tmp_path: Path) -> None:
    outcome = audit(tmp_path, f"http://127.0.0.1:{closed_port()}/")

    assert outcome.returncode == 0
    assert "NOT audited" in outcome.stdout


@pytest.mark.parametrize("trouble", [answer(503), answer(404), answer(200, b"<html>"), cut])
def test_a_service_that_answers_with_something_else_fails(
    tmp_path: Path, trouble: Behaviour
) -> None:
    with receiving(always=trouble) as osv:
        outcome = audit(tmp_path, osv.url)

    assert outcome.returncode != 0


def test_what_is_not_pinned_with_hashes_fails(tmp_path: Path) -> None:
    with receiving(always=service()) as osv:
        outcome = audit(tmp_path, osv.url, pinned="certkeep-good==1.0\n")

    assert outcome.returncode != 0
