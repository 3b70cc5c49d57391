"""django-filter for our lists: a wrong value is a 400 that names the parameter."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers

from config.api.bodies import query_faults
from config.api.fields import UtcDateTimeField
from config.errors import InvalidError


class QueryFilterBackend(DjangoFilterBackend):
    def filter_queryset(
        self, request: Any, queryset: QuerySet[Any, Any], view: Any
    ) -> QuerySet[Any, Any]:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise InvalidError(*query_faults(filterset.errors))
        return filterset.qs


class UtcDateTimeFormField(forms.Field):
    """A moment in a query string, read as `UtcDateTimeField` reads it in a body."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return UtcDateTimeField().run_validation(value)
        except serializers.ValidationError as error:
            raise forms.ValidationError([str(detail) for detail in error.detail]) from error


class UtcDateTimeFilter(django_filters.Filter):
    field_class = UtcDateTimeFormField


class WholeNumberFilter(django_filters.Filter):
    field_class = forms.IntegerField
