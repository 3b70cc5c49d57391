"""Webhooks from a real web process through real workers to a real receiver."""

from __future__ import annotations

import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

from tests.e2e.conftest import NewStack
from tests.e2e.http import Answer
from tests.e2e.stack import Stack
from tests.webhooks.receiver import Handler, Receiver, answer, hang, receiving

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


def test_changes_arrive_signed_and_in_order(new_stack: NewStack) -> None:
    with receiving() as receiver:
        stack = new_stack(**{**IMPATIENT, "SWEEP_SECONDS": "3600"})
        customer = Customer(stack, receiver)
        stack.start_web()
        stack.start_worker()

        certificate_id = customer.create()
        customer.update(certificate_id, name="Crane")
        customer.call("DELETE", f"certificate/delete/{certificate_id}")
        receiver.wait_for(3)
        customer.wait_for_all_delivered()

        assert [request.headers["x-event"] for request in receiver.requests] == [
            "CERTIFICATE::CREATE",
            "CERTIFICATE::UPDATE",
            "CERTIFICATE::DELETE",
        ]
        customer.assert_sound()


def test_a_receiver_that_fails_gets_it_again(new_stack: NewStack) -> None:
    with receiving(answer(500), answer(500)) as receiver:
        stack = new_stack(**{**IMPATIENT, "SWEEP_SECONDS": "3600"})
        customer = Customer(stack, receiver)
        stack.start_web()
        stack.start_worker()

        customer.create()
        customer.wait_for_all_delivered()

        assert len(receiver.requests) == 3
        assert len(customer.ids_received) == 1
        customer.assert_sound()


def test_a_change_that_no_worker_heard_of_is_sent_later(new_stack: NewStack) -> None:
    """The worker dies between commit and send, and the message is lost with the queue."""
    with receiving() as receiver:
        stack = new_stack(**IMPATIENT)
        customer = Customer(stack, receiver)
        stack.start_web()
        stack.start_worker()
        stack.wait_until_ready("worker")
        stack.kill9("worker")

        customer.create()
        stack.purge_broker()
        stack.start_worker("next-worker")
        stack.start_beat()
        customer.wait_for_all_delivered()

        assert len(receiver.requests) == 1
        customer.assert_sound()


def test_a_worker_killed_while_it_sends_is_replaced(new_stack: NewStack) -> None:
    with receiving(hang) as receiver:
        stack = new_stack(**{**IMPATIENT, "WEBHOOK_TIMEOUT_SECONDS": "30"})
        customer = Customer(stack, receiver)
        stack.start_web()
        stack.start_worker()

        customer.create()
        receiver.wait_for(1)
        stack.kill9("worker")
        stack.start_worker("next-worker")
        stack.start_beat()
        customer.wait_for_all_delivered()

        assert len(receiver.requests) == 2
        assert len(customer.ids_received) == 1
        customer.assert_sound()


def test_a_worker_killed_between_answer_and_mark_sends_the_same_again(
    new_stack: NewStack,
) -> None:
    stacks: list[Stack] = []

    def answer_and_kill(handler: Handler) -> None:
        handler.respond(200, b"ok")
        stacks[0].kill9("worker")

    with receiving(answer_and_kill) as receiver:
        stack = new_stack(**IMPATIENT)
        stacks.append(stack)
        customer = Customer(stack, receiver)
        stack.start_web()
        stack.start_worker()

        certificate_id = customer.create()
        receiver.wait_for(1)
        customer.update(certificate_id, name="Crane")
        stack.start_worker("next-worker")
        stack.start_beat()
        customer.wait_for_all_delivered()

        assert len(customer.ids_received) == 2
        assert len(receiver.requests) <= 3
        customer.assert_sound()


@pytest.mark.timeout(300)
def test_a_thousand_changes_at_once_and_a_worker_that_dies(
    new_stack: NewStack, backend: str
) -> None:
    certificates = 1000 if backend == "services" else 150
    with receiving() as receiver:
        stack = new_stack(**IMPATIENT, WEB_THREADS="8")
        customer = Customer(stack, receiver)
        stack.start_web()
        stack.start_worker()
        stack.wait_until_ready("worker")

        def create_and_update(number: int) -> None:
            certificate_id = customer.create()
            if number % 5 == 0:
                customer.update(certificate_id, name="Crane")

        with ThreadPoolExecutor(8) as pool:
            work = [pool.submit(create_and_update, number) for number in range(certificates)]
            stack.wait_until(
                lambda: len(receiver.requests) >= certificates // 4,
                timeout_s=120,
                what="a quarter of the events",
            )
            stack.kill9("worker")
            stack.start_worker("next-worker")
            stack.start_beat()
            for done in work:
                done.result()
        customer.wait_for_all_delivered(timeout_s=120)

        events = certificates + certificates // 5
        assert customer.states() == {"delivered": events}
        assert len(customer.ids_received) == events
        customer.assert_sound()
