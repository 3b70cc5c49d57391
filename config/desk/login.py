"""Logging in: by password, and by a code where the account has a second factor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.forms import OTPAuthenticationFormMixin
from django_otp.models import Device
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from config.access.recovery_codes import read_code, token_for
from config.audit.recording import record
from config.desk.second_factor import device_for, has_second_factor
from config.models import AuditEvent
from config.rights import may_enter
from config.web.client_address import client_address, login_address


class LoginForm(OTPAuthenticationFormMixin, AuthenticationForm):
    """Name, password, and the code of whoever has set up a second factor."""

    otp_error_messages = {
        **OTPAuthenticationFormMixin.otp_error_messages,
        "token_required": _("Enter the code of your second factor as well."),
        "invalid_token": _("The code is not right, or was used before."),
    }
    otp_token = forms.CharField(
        label=_("code of your second factor"),
        help_text=_("Leave it empty if you have not set one up."),
        required=False,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": " ".join(BASE_INPUT_CLASSES),
            }
        ),
    )

    def clean_otp_token(self) -> str:
        return read_code(self.cleaned_data["otp_token"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        user = self.get_user()
        if user is not None and has_second_factor(user):
            self._check_code(user)
        return data

    def _check_code(self, user: User) -> None:
        """Have the code right; a wrong one is a failed login, which its password alone was not."""
        try:
            self.clean_otp(user)
        except ValidationError:
            if self.cleaned_data.get("otp_token"):
                self._record_failure(user, "second factor")
            raise

    def _record_failure(self, user: AbstractBaseUser, subject: str) -> None:
        record(
            AuditEvent.LOGIN_FAILED,
            now=timezone.now(),
            account=user.get_username(),
            address=client_address(self.request),
            subject=subject,
        )

    def _chosen_device(self, user: User) -> Device | None:
        """The device that the code is meant for; nobody is asked to choose."""
        return device_for(user, self.cleaned_data.get("otp_token", ""))

    def _verify_token(self, user: User, token: str, device: Device | None = None) -> Device:
        """The device that took the code; `ValidationError` if it did not, or has to wait."""
        verified: Device = super()._verify_token(user, token_for(device, token), device)
        return verified

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Let in whoever may enter the desk, whether or not Django calls them staff."""
        if not may_enter(user):
            self._record_failure(user, "no role")
            raise ValidationError(
                self.error_messages["invalid_login"],
                code="invalid_login",
                params={"username": self.username_field.verbose_name},
            )


def is_address_locked(request: HttpRequest, now: datetime) -> bool:
    """Whether too many logins failed from the client's address lately, of whatever accounts.

    To be asked before a password is looked at: hashing it is what a spray of logins costs.
    """
    address = login_address(request)
    since = now - settings.AXES_COOLOFF_TIME
    failed = AccessAttempt.objects.filter(ip_address=address, attempt_time__gt=since)
    failures = failed.aggregate(total=Sum("failures_since_start"))["total"] or 0
    if failures < settings.LOGIN_ADDRESS_FAILURE_LIMIT:
        return False
    # Once an hour: whoever goes on trying writes nothing.
    once = f"locked {address} {now:%Y-%m-%d %H}"
    record(AuditEvent.LOCKED_OUT, now=now, address=address, subject="address", once=once)
    return True


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of an account that failed too often (429, RFC 6585 section 4)."""
    minutes = settings.LOGIN_LOCKOUT_MINUTES
    response = render(request, "desk/locked_out.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response
