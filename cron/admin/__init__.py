"""The admin of jobs, runs and reminders. Runs and reminders are a log: read, never edited."""

from cron.admin import jobs, plan_page, reminders, runs

__all__ = ["jobs", "plan_page", "reminders", "runs"]
