"""What is asked before ticked rows are renewed, suspended, revoked, or struck out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from certifications import services
from certifications.errors import SuspensionsStand
from certifications.models import Certification, CertificationStatus, Renewal
from certifications.services.standing import REASON_LENGTH
from config.dates import midnight, validate_years
from config.desk.admin import DeskAdmin, add_faults
from config.desk.asking import answers, ask
from config.errors import DomainError, InvalidError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import StrPromise


class RenewForm(forms.Form):
    renewed_at = forms.DateField(
        label=_("renewed on"),
        initial=timezone.localdate,
        validators=[validate_years],
        widget=UnfoldAdminDateWidget,
    )
    expires_at = forms.DateField(
        label=_("expires on"),
        help_text=_("The day, in UTC, with which all of them expire."),
        validators=[validate_years],
        widget=UnfoldAdminDateWidget,
    )
    ends_suspensions = forms.BooleanField(
        label=_("also those that are suspended; this ends the suspension"),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    def fit(self, rows: QuerySet[Any]) -> None:
        """Ask about suspensions only where there are some."""
        if not rows.filter(status=CertificationStatus.SUSPENDED).exists():
            del self.fields["ends_suspensions"]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("reason"),
        max_length=REASON_LENGTH,
        help_text=_("It stands in the history of each."),
        widget=UnfoldAdminTextInputWidget,
    )


def text_of_suspensions(error: SuspensionsStand) -> str:
    """What a person is told of renewals that would end suspensions unasked."""
    text = _(
        "Nothing was renewed: a renewal would end the suspension of %(names)s. "
        "Tick the box to renew these as well."
    )
    return str(text % {"names": ", ".join(error.extensions["certifications"])})


@dataclass(frozen=True)
class Change:
    """Something that is done with rows once the form's questions are answered.

    `related` is what the rows are shown with, and `describe` how each is shown.
    """

    action: str
    title: StrPromise
    form: type[forms.Form]
    run: Callable[[list[Any], dict[str, Any]], int]
    done: Any
    related: tuple[str, ...] = ("mentor", "certification_type")
    describe: Callable[[Any], str] = str

    def answer(
        self, model_admin: DeskAdmin, request: HttpRequest, rows: QuerySet[Any]
    ) -> HttpResponse | None:
        """The page that asks, or, with the answers, the deed and the list again.

        What stands against one row keeps all of them as they are; it is shown above the form.
        """
        form = self.form(answers(request))
        rows = rows.select_related(*self.related).order_by("pk")
        if isinstance(form, RenewForm):
            form.fit(rows)
        if form.is_valid():
            try:
                changed = self.run(list(rows), form.cleaned_data)
            except InvalidError as error:
                add_faults(form, error)
            except SuspensionsStand as error:
                form.add_error(None, text_of_suspensions(error))
            except DomainError as error:
                form.add_error(None, error.detail)
            else:
                messages.success(request, self.done % {"count": changed})
                return HttpResponseRedirect(request.get_full_path())
        return ask(
            request,
            model_admin=model_admin,
            form=form,
            action=self.action,
            title=self.title,
            rows=rows,
            describe=self.describe,
        )


def _with_status(certification: Certification) -> str:
    status = certification.get_status_display()
    return f"{certification.mentor} · {certification.certification_type} · {status}"


def _renew(certifications: list[Certification], values: dict[str, Any]) -> int:
    return services.renew_certifications(
        certifications=certifications,
        renewed_at=midnight(values["renewed_at"]),
        expires_at=midnight(values["expires_at"]),
        now=timezone.now(),
        ends_suspensions=values.get("ends_suspensions", False),
    )


def _suspend(certifications: list[Certification], values: dict[str, Any]) -> int:
    return services.suspend_certifications(
        certifications=certifications, reason=values["reason"], now=timezone.now()
    )


def _revoke(certifications: list[Certification], values: dict[str, Any]) -> int:
    return services.revoke_certifications(
        certifications=certifications, reason=values["reason"], now=timezone.now()
    )


def _strike(renewals: list[Renewal], values: dict[str, Any]) -> int:
    return services.strike_renewals(renewals=renewals, reason=values["reason"], now=timezone.now())


RENEW = Change(
    "renew",
    _("Renew certifications"),
    RenewForm,
    _renew,
    ngettext_lazy("Renewed %(count)d certification.", "Renewed %(count)d certifications.", "count"),
    describe=_with_status,
)
SUSPEND = Change(
    "suspend",
    _("Suspend certifications"),
    ReasonForm,
    _suspend,
    ngettext_lazy(
        "Suspended %(count)d certification.", "Suspended %(count)d certifications.", "count"
    ),
    describe=_with_status,
)
REVOKE = Change(
    "revoke",
    _("Revoke certifications"),
    ReasonForm,
    _revoke,
    ngettext_lazy("Revoked %(count)d certification.", "Revoked %(count)d certifications.", "count"),
    describe=_with_status,
)
STRIKE_OUT = Change(
    "strike_out",
    _("Strike out renewals"),
    ReasonForm,
    _strike,
    ngettext_lazy("Struck out %(count)d renewal.", "Struck out %(count)d renewals.", "count"),
    related=("certification",),
)
