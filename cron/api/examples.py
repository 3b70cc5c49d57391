"""The examples of contract 3, as its owner published them, for the OpenAPI document."""

from __future__ import annotations

RESULT = {"mentors_checked": 124, "reminders_sent": 3, "errors": 0}
JOB_LIST = {
    "data": [
        {
            "id": "cron-001",
            "name": "nightly_expiry_check",
            "cron_expression": "0 2 * * *",
            "status": "active",
            "last_run_at": "2026-03-25T02:00:00Z",
            "last_run_status": "success",
            "next_run_at": "2026-03-26T02:00:00Z",
        }
    ],
    "pagination": {"page": 1, "limit": 20, "total": 1},
}
JOB = {
    "id": "cron-001",
    "name": "nightly_expiry_check",
    "cron_expression": "0 2 * * *",
    "status": "active",
    "last_run_at": "2026-03-25T02:00:00Z",
    "last_run_status": "success",
    "last_run_result": RESULT,
    "next_run_at": "2026-03-26T02:00:00Z",
    "created_at": "2025-01-15T00:00:00Z",
}
JOB_CREATE_REQUEST = {
    "name": "nightly_expiry_check",
    "cron_expression": "0 2 * * *",
    "enabled": True,
}
JOB_CREATED = {
    "id": "cron-001",
    "name": "nightly_expiry_check",
    "cron_expression": "0 2 * * *",
    "status": "active",
    "next_run_at": "2026-03-27T02:00:00Z",
    "created_at": "2026-03-26T10:00:00Z",
}
JOB_UPDATE_REQUEST = {"cron_expression": "0 3 * * *", "enabled": True}
JOB_UPDATED = {
    "id": "cron-001",
    "cron_expression": "0 3 * * *",
    "status": "active",
    "next_run_at": "2026-03-27T03:00:00Z",
    "updated_at": "2026-03-26T10:00:00Z",
}
JOB_DELETED = {"deleted": True, "id": "cron-001"}
EXECUTE_REQUEST = {"dry_run": False}
EXECUTED = {
    "run_id": "run-0089",
    "cron_id": "cron-001",
    "triggered_at": "2026-03-26T10:05:00Z",
    "status": "running",
}
RUN_LIST = {
    "data": [
        {
            "run_id": "run-0088",
            "cron_id": "cron-001",
            "started_at": "2026-03-25T02:00:00Z",
            "completed_at": "2026-03-25T02:01:12Z",
            "status": "success",
            "result": RESULT,
        }
    ],
    "pagination": {"page": 1, "limit": 20, "total": 90},
}
REMINDER_PLAN = {
    "mentor_id": "mentor-001",
    "certification_type": "peer_mentor_level_1",
    "expiry_date": "2026-04-09T00:00:00Z",
    "snooze": None,
    "reminders": [
        {
            "stage": 30,
            "expiry_date": "2026-04-09T00:00:00Z",
            "due_on": "2026-03-10",
            "state": "sent",
            "expected_at": None,
            "settled_at": "2026-03-10T02:00:04Z",
            "recipient": "kari@example.org",
            "run_id": "run-0073",
            "reason": None,
        },
        {
            "stage": 14,
            "expiry_date": "2026-04-09T00:00:00Z",
            "due_on": "2026-03-26",
            "state": "planned",
            "expected_at": "2026-03-27T02:00:00Z",
            "settled_at": None,
            "recipient": "kari@example.org",
            "run_id": None,
            "reason": None,
        },
    ],
}
