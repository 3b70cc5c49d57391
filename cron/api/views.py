"""Contract 3: `/api/v1/certification-cron`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.access import PublicJobsApi
from config.api.schema import operation
from config.api.views import ContractViewSet
from cron.api import examples
from cron.api.serializers import (
    ExecuteInput,
    JobCreated,
    JobDeleted,
    JobDetails,
    JobInput,
    JobSummary,
    JobUpdated,
    JobUpdateInput,
    RunDetails,
    RunTriggered,
)
from cron.errors import JobNotFound
from cron.models import ExpiryCheckJob, Trigger
from cron.models.job import CRON_ID
from cron.services import jobs, runs


class CertificationCronViewSet(ContractViewSet):
    """Scheduled jobs that check which certifications expire, and their runs."""

    permission_classes = [PublicJobsApi]
    queryset = ExpiryCheckJob.objects.select_related("periodic_task").with_last_run().order_by("id")
    serializer_class = JobSummary
    lookup_field = "id"
    list_actions = frozenset({"list", "runs"})
    locations = {"create": "/api/v1/certification-cron/{id}"}
    creating_actions = frozenset({"create", "execute"})
    # The run's row has to be there before a worker is rung for.
    leaving_actions = frozenset({"execute"})

    def resource_rows(self, **kwargs: Any) -> QuerySet[Any, Any]:
        return ExpiryCheckJob.objects.filter(pk=CRON_ID.parse(kwargs["id"]))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}

    @operation(summary="List scheduled jobs", answers={200: (JobSummary, examples.JOB_LIST)})
    def list(self, request: Request) -> Response:
        return self.page_of(JobSummary, self.get_queryset())

    @operation(summary="Get a scheduled job", answers={200: (JobDetails, examples.JOB)})
    def retrieve(self, request: Request, id: str) -> Response:
        job = self.get_queryset().filter(pk=CRON_ID.parse(id)).first()
        if job is None:
            raise JobNotFound(id)
        return Response(JobDetails(job, context=self.get_serializer_context()).data)

    @operation(
        summary="Create and schedule a job",
        description="`timezone` (an IANA name, default UTC) says where the expression's hours are.",
        request=JobInput,
        request_example=examples.JOB_CREATE_REQUEST,
        answers={201: (JobCreated, examples.JOB_CREATED)},
        problems=[409],
    )
    def create(self, request: Request) -> Response:
        job = jobs.create_job(**self.body(JobInput), now=timezone.now())
        return Response(JobCreated(job, context=self.get_serializer_context()).data, status=201)

    @operation(
        summary="Update a job's schedule, or enable or disable it",
        request=JobUpdateInput,
        request_example=examples.JOB_UPDATE_REQUEST,
        answers={200: (JobUpdated, examples.JOB_UPDATED)},
        problems=[409],
    )
    def update(self, request: Request, id: str) -> Response:
        job = jobs.update_job(
            job=jobs.find_job(id), **self.body(JobUpdateInput), now=timezone.now()
        )
        return Response(JobUpdated(job, context=self.get_serializer_context()).data)

    @operation(summary="Delete a scheduled job", answers={200: (JobDeleted, examples.JOB_DELETED)})
    def destroy(self, request: Request, id: str) -> Response:
        jobs.delete_job(job=jobs.find_job(id))
        return Response({"deleted": True, "id": id})

    @operation(
        summary="Execute the expiry check now",
        description="A dry run changes and sends nothing; its result adds `reminders_due`.",
        request=ExecuteInput,
        request_example=examples.EXECUTE_REQUEST,
        answers={202: (RunTriggered, examples.EXECUTED)},
        problems=[409],
    )
    def execute(self, request: Request, id: str) -> Response:
        job = jobs.find_job(id)
        run = runs.execute_job(
            job=job, trigger=Trigger.API, **self.body(ExecuteInput), now=timezone.now()
        )
        return Response(RunTriggered(run).data, status=202)

    @operation(
        summary="List a job's runs, the latest first",
        answers={200: (RunDetails(many=True), examples.RUN_LIST)},
    )
    def runs(self, request: Request, id: str) -> Response:
        job = jobs.find_job(id)
        return self.page_of(RunDetails, job.runs.order_by("-started_at", "-id"))
