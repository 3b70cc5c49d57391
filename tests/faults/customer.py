"""A tenant that hears of its certificates by webhook, and what it must have heard."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any
from uuid import uuid4

from standardwebhooks import Webhook

from tests.e2e.http import Answer
from tests.e2e.stack import Stack
from tests.webhooks.receiver import Receiver

#: A worker that dies is missed after seconds, and what it left is swept up soon after.
IMPATIENT = {
    "SWEEP_SECONDS": "2",
    "WEBHOOK_TIMEOUT_SECONDS": "3",
    "WEBHOOK_LEASE_SECONDS": "5",
    "WEBHOOK_RETRY_SECONDS": "1,1,1,1,1",
    "WEBHOOK_ALLOW_HTTP": "true",
    "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
}


class Customer:
    """An account of a tenant that has an endpoint at the receiver."""

    def __init__(self, stack: Stack, receiver: Receiver) -> None:
        self.stack = stack
        self.receiver = receiver
        printed = stack.shell(
            f"from tests.e2e import seed; seed.tenant_with_endpoint({receiver.url!r})"
        )
        self.tenant_id, self.token, self.secret = printed.split()

    def call(self, method: str, path: str, body: object = None) -> Answer:
        return self.stack.api(
            method, f"/v2/{path}", body, headers={"Authorization": f"Bearer {self.token}"}
        )

    def create(self) -> str:
        """Make a certificate; returns its id once that is acknowledged."""
        body = {
            "date_release": "2026-01-01",
            "name": "Forklift",
            "action_type": "TRAINING",
            "resource_id": str(uuid4()),
            "tenant_id": self.tenant_id,
        }
        made = self.call("POST", "certificate/create", body)
        assert made.status == 201, made.text
        return str(made.body["certificate_id"])

    def update(self, certificate_id: str, **changes: Any) -> None:
        assert self.call("PUT", f"certificate/update/{certificate_id}", changes).status == 200

    def states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        counts: dict[str, int] = {}
        for state in ("pending", "sending", "delivered", "failed"):
            found = self.call(
                "POST", "webhook-delivery/index", {"filter": {"state": state}, "per-page": 1}
            )
            if total := int(found.headers["X-Pagination-Total-Count"]):
                counts[state] = total
        return counts

    def wait_for_all_delivered(self, *, timeout_s: float = 60) -> None:
        self.stack.wait_until(
            lambda: set(self.states()) == {"delivered"}, timeout_s=timeout_s, what="all deliveries"
        )

    def assert_sound(self) -> None:
        """What came is signed, each id has one body, and certificates' events came in order."""
        verifier = Webhook(self.secret)
        bodies: dict[str, set[bytes]] = defaultdict(set)
        first_seen: dict[str, list[int]] = defaultdict(list)
        for request in self.receiver.requests:
            verifier.verify(request.body, request.headers)
            is_new = request.headers["webhook-id"] not in bodies
            bodies[request.headers["webhook-id"]].add(request.body)
            if is_new:
                body = json.loads(request.body)
                certificate_id = body.get("certificate_id") or body["entity_id"]
                first_seen[certificate_id].append(int(request.headers["x-sequence"]))
        assert {len(different) for different in bodies.values()} == {1}
        for sequences in first_seen.values():
            assert sequences == list(range(1, len(sequences) + 1))

    @property
    def ids_received(self) -> set[str]:
        return {request.headers["webhook-id"] for request in self.receiver.requests}
