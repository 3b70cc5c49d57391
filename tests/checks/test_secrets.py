"""What `.ci/secrets` takes for a secret, and what it knows to be none."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.processes import REPOSITORY

BASELINE = REPOSITORY / ".secrets.baseline"
# In parts, so that this file holds none.
AWS_KEY = "AKIA" + "QWERTYUIOPASDFGH"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository with our baseline."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    shutil.copy(BASELINE, tmp_path)
    return tmp_path


def check(repository: Path) -> subprocess.CompletedProcess[str]:
    command = [str(REPOSITORY / ".ci" / "secrets")]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("secret", [AWS_KEY, PRIVATE_KEY])
def test_a_secret_fails_by_file_and_line_before_it_is_committed(
    repository: Path, secret: str
) -> None:
    (repository / "notes.md").write_text(f"Nothing here.\n{secret}\n")

    outcome = check(repository)

    assert outcome.returncode != 0
    assert "notes.md:2" in outcome.stdout


def test_a_line_that_says_it_holds_none_passes(repository: Path) -> None:
    (repository / "example.py").write_text(f'KEY = "{AWS_KEY}"  # pragma: allowlist secret\n')

    outcome = check(repository)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_what_the_baseline_knows_passes_wherever_it_stands_in_its_file(repository: Path) -> None:
    known = Path("tests/settings.py")
    (repository / known).parent.mkdir()
    moved = "\n" * 7 + (REPOSITORY / known).read_text()
    (repository / known).write_text(moved)

    outcome = check(repository)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert (repository / BASELINE.name).read_text() == BASELINE.read_text()


def test_somebody_has_looked_at_all_that_the_baseline_knows() -> None:
    results = json.loads(BASELINE.read_text())["results"]

    assert all(one["is_secret"] is False for found in results.values() for one in found)
    assert not [name for name in results if not (REPOSITORY / name).is_file()]
