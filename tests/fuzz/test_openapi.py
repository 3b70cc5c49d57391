"""Every operation of the OpenAPI document against random requests, sound and unsound.

schemathesis makes them from the document and follows what the answers name. An answer that the
document does not have fails, as does a 5xx, a sound request that is refused, or an unsound one that
is taken. `make fuzz` runs the same for longer, with a seed of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import NewStack, backend, databases, new_stack
from tests.e2e.stack import Stack

__all__ = ["backend", "databases", "new_stack"]

FOLDER = Path(__file__).parent
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "100")
#: "random" has schemathesis choose, and say, one.
SEED = os.environ.get("FUZZ_SEED", "20260326")
#: Rows under the ids that the document's examples name, so that requests find something.
SEEDING = """
from datetime import date
from django.contrib.auth.models import User
from badges.models import BadgeDefinition
from certificates.models import Certificate, Tenant, TenantMember
example = "123e4567-e89b-12d3-a456-426655440000"
tenant = Tenant.objects.create(tenant_id=example, name="Example")
TenantMember.objects.create(tenant=tenant, account=User.objects.get())
Certificate.objects.create(
    certificate_id=example, tenant=tenant, name="Certificate", date_release=date(2026, 1, 1),
    action_type="TRAINING", resource_id=example,
)
for number in range(1, 5):
    BadgeDefinition.objects.create(name=f"Badge {number}", description="d", criteria="c")
"""


@pytest.mark.services
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("backend", ["services"], indirect=True, scope="session")
@pytest.mark.parametrize("paths", ["^/api/v1/", "^/v2/"])
def test_no_answer_is_outside_the_openapi_document(new_stack: NewStack, paths: str) -> None:
    stack = new_stack(PUBLIC_URL="https://certkeep.example.org", LOG_LEVEL="WARNING")
    key = stack.var_dir / "badges.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", key], check=True)
    stack.environment["BADGE_SIGNING_KEY_FILE"] = str(key)
    token = stack.manage("create_token", "fuzz", "--role", "system", "--role", "admin").stdout
    stack.shell(SEEDING)
    stack.start_web()

    outcome = schemathesis(stack, token.strip(), "--include-path-regex", paths)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr + stack.logs()


def schemathesis(stack: Stack, token: str, *more: str) -> subprocess.CompletedProcess[str]:
    """All phases, with one worker: CPython 3.11 miscounts its stack under hypothesis' threads."""
    tool = Path(sys.executable).parent / "schemathesis"
    return subprocess.run(
        [
            *(tool, "--config-file", FOLDER / "schemathesis.toml"),
            *("run", f"{stack.url}/api/schema"),
            *("--header", f"Authorization: Bearer {token}"),
            *("--max-examples", EXAMPLES),
            *([] if SEED == "random" else ["--seed", SEED]),
            *("--continue-on-failure", "--no-color"),
            *more,
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(FOLDER)},
        # What it keeps about earlier runs goes with the stack.
        cwd=stack.folder,
        capture_output=True,
        text=True,
        check=False,
    )
