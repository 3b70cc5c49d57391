"""Webhooks from a real web process through real workers to a real receiver."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import NewStack
from tests.e2e.stack import Stack
from tests.faults.backends import on_services
from tests.faults.customer import IMPATIENT, Customer
from tests.webhooks.receiver import Handler, answer, flood, hang, receiving


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


@on_services
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


@on_services
def test_receivers_that_fail_hang_redirect_and_flood_get_each_event_once(
    new_stack: NewStack,
) -> None:
    events = 16
    accepted: list[str] = []

    def accept(handler: Handler) -> None:
        accepted.append(handler.headers["webhook-id"])
        handler.respond(200, b"ok")

    def accept_in_a_flood(handler: Handler) -> None:
        accepted.append(handler.headers["webhook-id"])
        flood(handler)

    with receiving() as elsewhere:
        redirect = answer(307, Location=elsewhere.url)
        bad = (answer(500), hang, redirect)
        script = [behave for _ in range(3) for behave in (*bad, accept_in_a_flood)]
        with receiving(*script, always=accept) as receiver:
            stack = new_stack(**{**IMPATIENT, "WEBHOOK_RETRY_SECONDS": ",".join("1" * 12)})
            customer = Customer(stack, receiver)
            stack.start_web()
            stack.start_worker()
            stack.start_beat()

            for _ in range(events):
                customer.create()
            customer.wait_for_all_delivered()

            assert customer.states() == {"delivered": events}
            assert len(receiver.requests) == events + 3 * len(bad)
            assert len(accepted) == len(set(accepted)) == events
            assert elsewhere.requests == []
            assert stack.processes["worker"].exit_code is None
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


@on_services
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
