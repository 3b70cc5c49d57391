"""The page on which people set up their second factor (TOTP, RFC 6238), or give it up."""

from __future__ import annotations

import base64
from typing import Any

import qrcode
import qrcode.image.svg
from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django_otp import login as verify_session
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.widgets import UnfoldAdminTextInputWidget

from config.audit.recording import current_request, record_by
from config.models import AuditEvent
from config.rights import Account

#: Codes for the day on which the phone is lost; each works once.
RECOVERY_CODES = 10

_FACTOR_READ = "_certkeep_has_second_factor"


class CodeForm(forms.Form):
    """A code that the account's device, or its list of recovery codes, has to know."""

    code = forms.CharField(
        label=_("code"),
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )


def second_factor(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponse:
    """Show where the account stands; a POST sets the factor up or gives it up, by a code."""
    confirmed = has_second_factor(user)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"].replace(" ", "")
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
    page = {**context, "form": form, "is_set_up": confirmed}
    return render(request, "desk/second_factor.html", page)


def has_second_factor(account: Account) -> bool:
    """Whether the account asks for a code; read once for the life of the object."""
    known: bool | None = getattr(account, _FACTOR_READ, None)
    if known is None:
        known = TOTPDevice.objects.filter(user=account.pk, confirmed=True).exists()
        setattr(account, _FACTOR_READ, known)
    return known


def device_for(user: User, code: str) -> Device | None:
    """The device that such a code is meant for: six digits the phone's, else the recovery codes.

    A code is tried on one device alone: each wrong try makes a device wait longer.
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
    return device is not None and device.verify_is_allowed()[0] and device.verify_token(code)


@transaction.atomic
def _confirm(request: HttpRequest, user: User, code: str) -> list[str]:
    """Have the device count from now on; returns the recovery codes, none if `code` is wrong."""
    device = _device_to_confirm(user)
    if not (device.verify_is_allowed()[0] and device.verify_token(code)):
        return []
    device.confirmed = True
    device.save()
    StaticDevice.objects.filter(user=user).delete()
    recovery = StaticDevice.objects.create(user=user, name="recovery codes")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=recovery, token=code) for code in codes)
    verify_session(request, device)
    _record(AuditEvent.SECOND_FACTOR_SET_UP, user)
    return codes


def _device_to_confirm(user: User) -> TOTPDevice:
    """The device that waits for its first code, made on the first visit."""
    device: TOTPDevice = TOTPDevice.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": "authenticator app"}
    )[0]
    return device


def _qr_code(url: str) -> SafeString:
    image = qrcode.make(url, image_factory=qrcode.image.svg.SvgPathImage, box_size=16)
    svg: str = image.to_string(encoding="unicode")
    return mark_safe(svg)  # noqa: S308 (made here, of our own URL)


def _key_text(device: TOTPDevice) -> str:
    """The key in base32, in groups of four, for whoever can't scan."""
    key = base64.b32encode(device.bin_key).decode()
    return " ".join(key[i : i + 4] for i in range(0, len(key), 4))
