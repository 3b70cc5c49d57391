"""What the admins of all apps share."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline

from config.desk.extensions import (
    ListAction,
    ListColumn,
    actions_of,
    columns_of,
    links_of,
)
from config.desk.filters import parameters_of_links
from config.desk.first_lines import first_lines
from config.desk.forms import SHOWN_VALUES, DeskForm
from config.desk.paginator import MOST_ROWS, CappedPaginator
from config.desk.selection import selection_field, take_selection
from config.errors import DomainError, InvalidError
from config.rights import Account, is_limited

#: Rows that a page lists of those that would be deleted.
MOST_SHOWN = 100


def add_faults(form: forms.BaseForm, error: InvalidError) -> None:
    """Show each fault of a service at the field it is about, or else above the form."""
    for fault in error.faults:
        field = fault.pointer.split("/")[1]
        form.add_error(field if field in form.fields else None, fault.detail)


def text_of(error: DomainError) -> str:
    """What a person is told of the error: without the pointers into a body that nobody wrote."""
    if isinstance(error, InvalidError):
        return " ".join(fault.detail for fault in error.faults)
    return error.detail


class DeskAdmin(ModelAdmin):
    """An admin whose lists cost the same however long they are, and show what one may see."""

    form = DeskForm
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    # Counts beside every filter would read the whole table.
    show_facets = admin.ShowFacets.NEVER
    list_filter_sheet = False
    change_form_outer_before_template = "desk/row_links.html"
    compressed_fields = True
    warn_unsaved_form = True
    delete_selected_confirmation_template = "desk/delete_selected.html"

    #: How the list counts its rows, where its name has no plural.
    counted_as: Any = None

    def scope(self, queryset: Any, account: Account) -> Any:
        """The rows that exist for the account. For a mere coordinator that is none by itself."""
        return queryset.none() if is_limited(account) else queryset

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.scope(super().get_queryset(request), request.user)
        return rows

    def get_field_queryset(
        self, db: str | None, db_field: ForeignKey, request: HttpRequest
    ) -> QuerySet[Any] | None:
        """What a relation may be set to: the rows of the related list, for this account."""
        return rows_to_choose(self.admin_site, db_field, request)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """What is found, in whichever way letters with marks were typed."""
        text = unicodedata.normalize("NFC", search_term)
        found: tuple[Any, bool] = super().get_search_results(request, queryset, text)
        return found

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = [_shown(column) for column in columns_of(self.model)]
        return [*super().get_list_display(request), *columns]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        take_selection(request, self.opts.pk)
        page: HttpResponse = super().changelist_view(request, extra_context)
        return page

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The form of a row; what stands against it only while it is saved is told and undone."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            messages.error(request, text_of(error))
            return HttpResponseRedirect(request.get_full_path())

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, with what other apps show of the rows of this page."""
        try:
            shown: ChangeList = super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:
            # A year of the date hierarchy that no calendar has, or that none follows.
            raise IncorrectLookupParameters from error
        shown.parameters_of_links = list(  # type: ignore[attr-defined]
            parameters_of_links(shown, request)
        )
        if self.counted_as is not None:
            text = self.counted_as % {"number": shown.result_count}
            shown.counted_rows = text  # type: ignore[attr-defined]
        columns = columns_of(self.model)
        if columns:
            shown.result_list = rows = list(shown.result_list)
            now = timezone.now()
            for column in columns:
                values = column.values(rows, now)
                for row in rows:
                    setattr(row, _attribute(column), values.get(row.pk))
        return shown

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Our own, and those that other apps add, as far as the account may use them."""
        added = {
            action.name: (_run(action), action.name, action.description)
            for action in actions_of(self.model)
            if request.user.has_perm(action.permission)
        }
        return {**super().get_actions(request), **added}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        form = context["adminform"].form
        if obj is not None and isinstance(form, DeskForm):
            # After an error the page goes on to say what it was opened with.
            context["shown_values"] = request.POST.get(SHOWN_VALUES) or form.shown_values()
        if obj is not None:
            context["row_links"] = [
                {"title": link.title, "url": link.url(obj)}
                for link in links_of(self.model)
                if request.user.has_perm(link.permission)
            ]
        page: HttpResponse = super().render_change_form(
            request, context, add, change, form_url, obj
        )
        return page

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Refuse “all” of a list that is longer than what it counts."""
        if request.POST.get("select_across") == "1" and (
            CappedPaginator(queryset, self.list_per_page).is_capped
        ):
            text = _("More than %(most)d rows match. Narrow the list by a filter first.")
            messages.error(request, text % {"most": MOST_ROWS})
            return None
        response: HttpResponse | None = super().response_action(request, queryset)
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            deleted = response.context_data.get("queryset")  # of Django's own action alone
            if deleted is not None:
                keys = deleted.values_list("pk", flat=True)
                response.context_data["selection"] = selection_field(keys)
        return response

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What would go, and what stands against it, of which pages show the first."""
        shown, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        return (
            first_lines(shown, MOST_SHOWN),
            counts,
            perms_needed,
            first_lines(protected, MOST_SHOWN),
        )


def _attribute(column: ListColumn) -> str:
    return f"desk_column_{column.name}"


def _shown(column: ListColumn) -> Callable[[Any], object]:
    """The column as something to stand in `list_display`."""

    @admin.display(description=column.description)
    def show(row: Any) -> object:
        return getattr(row, _attribute(column))

    show.__name__ = column.name
    return show


def _run(action: ListAction) -> Callable[..., HttpResponse | None]:
    """The action as Django calls it."""

    def run(
        desk_admin: DeskAdmin, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        return action.run(request, queryset)

    return run


class DeskTabularInline(TabularInline):
    """Rows that belong to the row that the page is about."""

    form = DeskForm
    extra = 0

    def get_field_queryset(
        self, db: str | None, db_field: ForeignKey, request: HttpRequest
    ) -> QuerySet[Any] | None:
        """What a relation may be set to: the rows of the related list, for this account."""
        return rows_to_choose(self.admin_site, db_field, request)

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """The field, which says its own name: over a column there is a heading, and no label."""
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            # A widget with links beside it wraps the one that is filled in.
            widget: Any = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", capfirst(str(field.label)))
        return field


def rows_to_choose(
    site: admin.AdminSite, field: ForeignKey, request: HttpRequest
) -> QuerySet[Any] | None:
    """The rows of the list of what `field` refers to; None where there is no such list."""
    try:
        related = site.get_model_admin(field.remote_field.model)
    except NotRegistered:
        return None
    rows: QuerySet[Any] = related.get_queryset(request)
    ordering = related.get_ordering(request)
    return rows.order_by(*ordering) if ordering else rows


class HistoryAdmin(SimpleHistoryAdmin, DeskAdmin):
    """An admin whose rows have a history, to be read and not to be gone back to.

    Going back would set columns and leave out the rules of the services.
    """

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._refuse_unseen(request, unquote(object_id))
        page: HttpResponse = super().history_view(request, object_id, extra_context)
        return page

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # Not unquoted: versions are looked up, and linked to, by the key as it is.
        self._refuse_unseen(request, object_id)
        _refuse_unsound(self.model.history.model._meta.pk, version_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        page: HttpResponse = super().history_form_view(
            request, object_id, version_id, extra_context
        )
        return page

    def _refuse_unseen(self, request: HttpRequest, pk: str) -> None:
        """Not found, where the row is none of the account's; rows that are gone have no owner."""
        _refuse_unsound(self.opts.pk, pk)
        if is_limited(request.user):
            seen = self.get_queryset(request).filter(pk=pk)
            if not seen.exists():
                raise Http404


def _refuse_unsound(field: Field, key: str) -> None:
    """Not found, where the text can't be a key: the lookups of the history would fail on it."""
    try:
        field.run_validators(field.to_python(key))
    except ValidationError as error:
        raise Http404 from error


class ReadOnly:
    """For an admin or inline whose rows are read, never edited."""

    #: Its rows go with what they belong to, though nobody deletes them by themselves.
    goes_with_owner = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LogAdmin(ReadOnly, DeskAdmin):
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
        logs = {model._meta.verbose_name for model in apps.get_models() if _goes_along(model)}
        return shown, counts, perms_needed - logs, protected


def _goes_along(model: type[Model]) -> bool:
    try:
        return getattr(admin.site.get_model_admin(model), "goes_with_owner", False)
    except NotRegistered:
        return False


def named(rows: Iterable[object], *, most: int = 5) -> str:
    """The first of the rows for a message, and how many there are beside them."""
    names = [str(row) for row in rows]
    if len(names) <= most:
        return ", ".join(names)
    return _("%(names)s and %(more)d more") % {
        "names": ", ".join(names[:most]),
        "more": len(names) - most,
    }
