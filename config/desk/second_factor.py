"""The page on which people set up their second factor (TOTP, RFC 6238), or give it up."""

from __future__ import annotations

import base64
from typing import Any

import qrcode
import qrcode.image.svg
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django_otp import login as verify_session
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from config.access.recovery_codes import make_recovery_codes, read_code, token_for
from config.api.roles import ADMIN, EVERYBODY
from config.audit.recording import current_request, record_by
from config.models import AuditEvent
from config.rights import Account, roles_of_account

_FACTOR_READ = "_certkeep_has_second_factor"


class SecondFactorForm(forms.Form):
    """The password once more, and a code that the device or the recovery codes have to know.

    Whoever finds a browser open, or took over its session, knows neither.
    """

    password = forms.CharField(
        label=_("password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=_("code"),
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )

    def __init__(self, data: Any, *, request: HttpRequest, user: User) -> None:
        super().__init__(data)
        self.request, self.user = request, user

    def clean_password(self) -> str:
        """Have it right; a wrong one is a failed login, which counts towards a lock-out."""
        password: str = self.cleaned_data["password"]
        name = self.user.get_username()
        if authenticate(self.request, username=name, password=password) != self.user:
            raise forms.ValidationError(_("The password is not right."))
        return password

    def clean_code(self) -> str:
        return read_code(self.cleaned_data["code"])


def second_factor(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponse:
    """Show where the account stands; a POST sets the factor up or gives it up, by a code."""
    confirmed, demanded = has_second_factor(user), must_have_second_factor(user)
    form = SecondFactorForm(request.POST or None, request=request, user=user)
    if request.method == "POST" and not (confirmed and demanded) and form.is_valid():
        code = form.cleaned_data["code"]
        if confirmed and _is_known(user, code):
            remove_second_factor(user)
            messages.success(request, _("Your second factor is removed."))
            return HttpResponseRedirect(reverse("admin:second_factor"))
        if not confirmed and (codes := _confirm(request, user, code)):
            return render(
                request, "desk/second_factor_codes.html", {**context, "recovery_codes": codes}
            )
        form.add_error("code", _("The code is not right, or was used before."))
    if not confirmed:
        device = _device_to_confirm(user)
        context |= {"qr_code": _qr_code(device.config_url), "key": _key_text(device)}
    page = {**context, "form": form, "is_set_up": confirmed, "is_demanded": demanded}
    return render(request, "desk/second_factor.html", page)


def has_second_factor(account: Account) -> bool:
    """Whether the account asks for a code; read once for the life of the object."""
    known: bool | None = getattr(account, _FACTOR_READ, None)
    if known is None:
        known = TOTPDevice.objects.filter(user=account.pk, confirmed=True).exists()
        setattr(account, _FACTOR_READ, known)
    return known


def must_have_second_factor(account: Account) -> bool:
    """Whether `REQUIRE_SECOND_FACTOR` names a role of the account; a superuser's is `admin`."""
    demanded = set(settings.REQUIRE_SECOND_FACTOR)
    if not demanded:
        return False
    roles = set(roles_of_account(account))
    if getattr(account, "is_superuser", False):
        roles.add(ADMIN)
    return EVERYBODY in demanded or bool(roles & demanded)


def lacks_second_factor(account: Account) -> bool:
    """Whether the account has to set up a second factor before it gets anything else."""
    return must_have_second_factor(account) and not has_second_factor(account)


def device_for(user: User, code: str) -> Device | None:
    """The device that such a code is meant for: six digits the phone's, else the recovery codes.

    A code is tried on one device alone: each wrong try makes a device wait longer. The row is
    locked until the transaction ends, so that a code that comes twice at once works once.
    """
    kind = TOTPDevice if code.isdecimal() else StaticDevice
    devices = kind.objects.select_for_update().filter(user=user, confirmed=True)
    device: Device | None = devices.first()
    return device


@transaction.atomic
def remove_second_factor(user: User) -> None:
    """Let the account log in by its password alone."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    _record(AuditEvent.SECOND_FACTOR_REMOVED, user)


def _record(event: AuditEvent, user: User) -> None:
    record_by(current_request(), event, now=timezone.now(), subject=user.get_username())


@transaction.atomic
def _is_known(user: User, code: str) -> bool:
    """Whether the account's device takes the code; too many wrong ones make it wait."""
    device = device_for(user, code)
    return device is not None and device.verify_token(token_for(device, code))


@transaction.atomic
def _confirm(request: HttpRequest, user: User, code: str) -> list[str]:
    """Have the device count from now on; returns the recovery codes, none if `code` is wrong."""
    device = _waiting_devices(user).select_for_update().first()
    if device is None or not device.verify_token(code):
        return []
    device.confirmed = True
    device.save()
    _waiting_devices(user).delete()
    StaticDevice.objects.filter(user=user).delete()
    recovery = StaticDevice.objects.create(user=user, name="recovery codes")
    verify_session(request, device)
    _record(AuditEvent.SECOND_FACTOR_SET_UP, user)
    return make_recovery_codes(recovery)


def _device_to_confirm(user: User) -> TOTPDevice:
    """The device that waits for its first code, made on the first visit."""
    device: TOTPDevice | None = _waiting_devices(user).first()
    return device or TOTPDevice.objects.create(user=user, confirmed=False, name="authenticator app")


def _waiting_devices(user: User) -> QuerySet[Any]:
    """Devices without a first code, the one that counts first: two visits at once make two."""
    devices: QuerySet[Any] = TOTPDevice.objects.filter(user=user, confirmed=False)
    return devices.order_by("pk")


def _qr_code(url: str) -> SafeString:
    image = qrcode.make(url, image_factory=qrcode.image.svg.SvgPathImage, box_size=16)
    svg: str = image.to_string(encoding="unicode")
    return mark_safe(svg)  # noqa: S308 (made here, of our own URL)


def _key_text(device: TOTPDevice) -> str:
    """The key in base32, in groups of four, for whoever can't scan."""
    key = base64.b32encode(device.bin_key).decode()
    return " ".join(key[i : i + 4] for i in range(0, len(key), 4))
