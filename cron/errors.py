"""What the rules of jobs and runs can stand against."""

from __future__ import annotations

from config.errors import ConflictError, NotFoundError, UnavailableError


class JobNotFound(NotFoundError):
    def __init__(self, public_id: str) -> None:
        super().__init__(f"There is no job {public_id}.")


class JobNameTaken(ConflictError):
    code = "job-name-taken"
    title = "Another job has this name"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a job named {name} already.")


class RunInProgress(ConflictError):
    code = "run-in-progress"
    title = "A run of this job is going on"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"{run_id} is going on.", run_id=run_id)


class SlotTaken(ConflictError):
    code = "slot-taken"
    title = "The slot has had its run"


class BrokerUnavailable(UnavailableError):
    code = "broker-unavailable"
    title = "The message broker is away"

    def __init__(self) -> None:
        super().__init__("No worker can be reached; the run was marked failed.")


class NothingToRetry(ConflictError):
    code = "nothing-to-retry"
    title = "Nothing of the run can be sent again"

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"Nothing that failed in {run_id} is still to be reminded of today.", run_id=run_id
        )
