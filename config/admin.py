"""What admins of several apps share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.db.models import Model
from django.http import HttpRequest

from config.errors import InvalidError


def add_faults(form: forms.BaseForm, error: InvalidError) -> None:
    """Show each fault of a service at the field it is about, or else above the form."""
    for fault in error.faults:
        field = fault.pointer.split("/")[1]
        form.add_error(field if field in form.fields else None, fault.detail)


class ReadOnly:
    """For an admin or inline whose rows are read, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LogAdmin(ReadOnly, admin.ModelAdmin):
    """Rows that are a log: written by Certkeep alone."""


class DeletesWithLogs:
    """For an admin whose rows take their logs along when they are deleted.

    Nobody may delete rows of a log by themselves; Django would take that for a reason to keep what
    they belong to.
    """

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        shown, counts, perms_needed, protected = super().get_deleted_objects(  # type: ignore[misc]
            objs, request
        )
        logs = {model._meta.verbose_name for model in apps.get_models() if _is_log(model)}
        return shown, counts, perms_needed - logs, protected


def _is_log(model: type[Model]) -> bool:
    try:
        return isinstance(admin.site.get_model_admin(model), ReadOnly)
    except NotRegistered:
        return False
