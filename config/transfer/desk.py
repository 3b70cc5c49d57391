"""Import and export at the desk: upload, check, look at what would change, and do it.

1. The file is kept as an `Upload` of the account.
2. It is checked chunk by chunk; the page shows how far that is, and then what was found.
3. If nothing is wrong, it can be imported: all of it, in one transaction.

Work is shown by a page that is sent while it goes on: each chunk adds a bar that covers the one
before. So no browser, no proxy and no worker waits for long, and nothing is left running.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import structlog
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import User
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.middleware import OTPMiddleware
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from config.audit.recording import record_by
from config.import_export.errors import UnreadableFile
from config.models import AuditEvent, Upload
from config.postgresql.timeouts import unlimited_statements
from config.transfer.importing import Importer, Report, steps
from config.transfer.writing import CSV, MEDIA_TYPES, XLSX, example, table_file

logger = structlog.get_logger(__name__)

#: Uploads that nobody went on with are deleted.
KEPT = timedelta(days=1)
NAME_LENGTH = 200
#: How the addresses of exports end.
EXPORTS = ("/export-csv", "/export-xlsx", "/export-csv/", "/export-xlsx/")
#: What the form posts where what nobody knows yet is to be registered.
REGISTER = "register"


def may_import(request: HttpRequest) -> bool:
    """Whether the session of the request may import at its address, found by its head alone."""

    def answer(request: HttpRequest) -> HttpResponse:
        _, _, app_label, model_name, *_rest = request.path_info.split("/")
        site = admin.site
        try:
            rows = site.get_model_admin(apps.get_model(app_label, model_name))
        except (LookupError, NotRegistered):
            return HttpResponse(status=404)
        may = isinstance(rows, TransferDesk) and rows.has_import_permission(request)
        return HttpResponse(status=200 if may and site.has_permission(request) else 403)

    # What has looked up a page's session and account before its view is asked.
    look_up: Any = SessionMiddleware(AuthenticationMiddleware(OTPMiddleware(answer)))
    return bool(look_up(request).status_code == 200)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("file"),
        help_text=gettext_lazy("CSV or XLSX."),
        widget=UnfoldAdminFileFieldWidget,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        if not file.name.lower().endswith((".csv", ".xlsx")):
            raise forms.ValidationError(_("The name of the file has to end in .csv or .xlsx."))
        return file


class TransferDesk:
    """For an admin whose rows go out and come in as tables. It comes before `DeskAdmin`."""

    importer: ClassVar[type[Importer]]
    #: The values of the importer's columns for rows of the list.
    rows_to_export: ClassVar[staticmethod[[Any], Iterator[dict[str, Any]]]]
    #: Whether importing may change rows that stand.
    import_changes: ClassVar[bool] = True
    actions_list: ClassVar[Sequence[str]] = ("import_rows", "export_csv", "export_xlsx")

    # Who may

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(
            self.has_add_permission(request)  # type: ignore[attr-defined]
            and (not self.import_changes or request.user.has_perm(self._permission("change")))
        )

    def _permission(self, verb: str) -> str:
        meta = self.opts  # type: ignore[attr-defined]
        return f"{meta.app_label}.{verb}_{meta.model_name}"

    # Out

    @action(description=gettext_lazy("Export as CSV"), url_path="export-csv", permissions=["view"])
    def export_csv(self, request: HttpRequest) -> StreamingHttpResponse:
        return self._export(request, CSV)

    @action(
        description=gettext_lazy("Export as XLSX"), url_path="export-xlsx", permissions=["view"]
    )
    def export_xlsx(self, request: HttpRequest) -> StreamingHttpResponse:
        return self._export(request, XLSX)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, whose exports are of the rows that it shows."""
        page: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
        if isinstance(page, TemplateResponse) and page.context_data is not None and request.GET:
            for action in page.context_data.get("actions_list", []):
                if str(action.get("path", "")).endswith(EXPORTS):
                    action["path"] = f"{action['path']}?{request.GET.urlencode()}"
        return page

    def _export(self, request: HttpRequest, form: str) -> StreamingHttpResponse:
        """The rows of the list as it is filtered, all of them."""
        listed = self.get_changelist_instance(request)  # type: ignore[attr-defined]
        record_by(request, AuditEvent.EXPORTED, now=timezone.now(), subject=self._name())
        rows = _without_limit(type(self).rows_to_export(listed.queryset.order_by("pk")))
        return _download(table_file(self.importer.columns, rows, form), self._name(), form)

    def _name(self) -> str:
        return str(self.opts.model_name)  # type: ignore[attr-defined]

    # In

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Any, name: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(view)  # type: ignore[attr-defined]
            pattern: URLPattern = path(f"import-rows/{route}", wrapped, name=self._url_name(name))
            return pattern

        return [
            page("template.<str:form>", self.template_file, "import_template"),
            page("<uuid:token>/", self.show_upload, "import_preview"),
            page("<uuid:token>/check/", self.check_upload, "import_check"),
            page("<uuid:token>/apply/", self.apply_upload, "import_apply"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    @action(description=gettext_lazy("Import"), url_path="import-rows", permissions=["import"])
    def import_rows(self, request: HttpRequest) -> HttpResponse:
        """The page that takes a file and says what it has to look like."""
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(self._url("import_check", self._keep(request, form).token))
        return render(
            request,
            "desk/transfer/upload.html",
            self._context(
                request,
                form=form,
                columns=self.importer.columns,
                templates=[(each, self._url("import_template", each)) for each in MEDIA_TYPES],
            ),
        )

    def template_file(self, request: HttpRequest, form: str) -> StreamingHttpResponse:
        """A file to fill in."""
        self._let_in(request)
        if form not in MEDIA_TYPES:
            raise Http404
        return _download(example(self.importer.columns, form), f"{self._name()}-template", form)

    def check_upload(self, request: HttpRequest, token: Any) -> StreamingHttpResponse:
        """Check the file, showing how far that is, and go on to what was found."""
        return self._work(request, self._upload(request, token), _("Checking"), write=False)

    def apply_upload(
        self, request: HttpRequest, token: Any
    ) -> HttpResponse | StreamingHttpResponse:
        """Import the file if nothing was wrong with it, showing how far that is."""
        upload = self._upload(request, token)
        report, may_register = upload.report or {}, REGISTER in request.POST
        if request.method != "POST" or not report.get("is_sound"):
            return HttpResponseRedirect(self._url("import_preview", token))
        if report.get("new_names") and not may_register:
            messages.error(request, _("Tick that what nobody knows yet is to be registered."))
            return HttpResponseRedirect(self._url("import_preview", token))
        subject = f"{self._name()}: {upload.name}"
        record_by(request, AuditEvent.IMPORTED, now=timezone.now(), subject=subject)
        title = _("Importing")
        return self._work(request, upload, title, write=True, may_register=may_register)

    def show_upload(self, request: HttpRequest, token: Any) -> HttpResponse:
        """What was found in the file, or what came of it."""
        upload = self._upload(request, token)
        if upload.report is None:
            return HttpResponseRedirect(self._url("import_check", token))
        return render(
            request,
            "desk/transfer/preview.html",
            self._context(
                request,
                upload=upload,
                report=upload.report,
                apply_url=self._url("import_apply", token),
                register=REGISTER,
                again_url=reverse(f"admin:{self._url_name('import_rows')}"),
                names=[column.name for column in self.importer.columns],
            ),
        )

    def _keep(self, request: HttpRequest, form: UploadForm) -> Upload:
        now = timezone.now()
        Upload.objects.filter(created_at__lt=now - KEPT).delete()
        file = form.cleaned_data["file"]
        return Upload.objects.create(
            account=self._account(request),
            kind=self.opts.label_lower,  # type: ignore[attr-defined]
            name=file.name[-NAME_LENGTH:],
            content=file.read(),
            created_at=now,
        )

    def _work(
        self,
        request: HttpRequest,
        upload: Upload,
        title: str,
        *,
        write: bool,
        may_register: bool = False,
    ) -> StreamingHttpResponse:
        importer = self.importer(self._account(request), timezone.now(), f"Import of {upload.name}")
        report, file = Report(), io.BytesIO(bytes(upload.content))
        work = steps(importer, file, upload.name, report, write=write, may_register=may_register)
        goal = self._url("import_preview", upload.token)
        answer = StreamingHttpResponse(
            _progress_page(upload, work, report, title, goal, write=write)
        )
        # A proxy that collects the page before it passes it on would show nothing until the end.
        answer["X-Accel-Buffering"] = "no"
        answer["Cache-Control"] = "no-store"
        return answer

    def _upload(self, request: HttpRequest, token: Any) -> Upload:
        """The account's own upload of this sort of rows."""
        self._let_in(request)
        own = Upload.objects.filter(account=self._account(request))
        return get_object_or_404(own, pk=token, kind=self.opts.label_lower)  # type: ignore[attr-defined]

    def _let_in(self, request: HttpRequest) -> None:
        if not self.has_import_permission(request):
            raise PermissionDenied

    @staticmethod
    def _account(request: HttpRequest) -> User:
        if not isinstance(request.user, User):
            raise PermissionDenied
        return request.user

    def _context(self, request: HttpRequest, **more: Any) -> dict[str, Any]:
        meta = self.opts  # type: ignore[attr-defined]
        title = _("Import %(rows)s") % {"rows": meta.verbose_name_plural}
        site = self.admin_site.each_context(request)  # type: ignore[attr-defined]
        listed = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        return {**site, "opts": meta, "title": title, "list_url": listed, **more}

    def _url_name(self, name: str) -> str:
        meta = self.opts  # type: ignore[attr-defined]
        return f"{meta.app_label}_{meta.model_name}_{name}"

    def _url(self, name: str, argument: Any) -> str:
        return reverse(f"admin:{self._url_name(name)}", args=[argument])


def _progress_page(
    upload: Upload, work: Iterator[int], report: Report, title: str, goal: str, *, write: bool
) -> Iterator[str]:
    """A page that grows while the work goes on, and then leads to its outcome.

    If the browser goes away, the work ends with the page and nothing of it stays.
    """
    yield render_to_string("desk/transfer/progress_head.html", {"title": title})
    try:
        for done in work:
            text = _("%(done)d rows") % {"done": done}
            yield format_html('<p class="step" role="status">{}: {}</p>\n', title, text)
    except UnreadableFile as error:
        upload.report = {"is_sound": False, "problem": error.detail}
    except Exception:
        # The page can no longer answer with an error of its own; it says that there was one.
        logger.exception("import_broke", kind=upload.kind, name=upload.name)
        problem = _("Something went wrong; nothing was imported.")
        upload.report = {"is_sound": False, "problem": problem}
    else:
        is_done = write and report.is_sound and not report.lacks_consent
        upload.report = _told(report, is_done=is_done)
        upload.content = b"" if upload.report["is_done"] else upload.content
    upload.save()
    yield render_to_string("desk/transfer/progress_end.html", {"goal": goal})


def _told(report: Report, *, is_done: bool) -> dict[str, Any]:
    """The report as it is kept and shown."""
    return {
        "is_sound": report.is_sound,
        "is_done": is_done,
        "rows": report.rows,
        "counts": report.counts,
        "fault_count": report.fault_count,
        "faults": [[each.row, each.column, each.detail, each.shown] for each in report.faults],
        "differences": report.differences,
        "notes": report.notes,
        "new_names": [new._asdict() for new in report.new_names],
        "new_name_count": report.new_name_count,
    }


def _without_limit(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows, however long the database takes: PostgreSQL finds them all before the first."""
    with unlimited_statements():
        yield from rows


def _download(pieces: Iterator[bytes], name: str, form: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=MEDIA_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer
