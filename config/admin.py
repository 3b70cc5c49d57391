"""The admin of access: accounts, roles, tokens, and who failed to log in."""

from __future__ import annotations

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox.admin import AuthTokenAdmin as KnoxTokenAdmin
from knox.models import AuthToken
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config.access.sessions import end_sessions
from config.audit.recording import record_by
from config.desk.admin import DeskAdmin, LogAdmin, named
from config.desk.second_factor import remove_second_factor
from config.models import AuditEntry, AuditEvent

for model in (
    User,
    Group,
    AuthToken,
    AccessAttempt,
    AccessFailureLog,
    AccessLog,
    # Everybody sets up their own; a key that somebody else can read is no second factor.
    TOTPDevice,
    StaticDevice,
):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, DeskAdmin):  # type: ignore[misc]  # the stubs of the two differ
    """Accounts. What an account may do follows from its groups: admin, auditor, coordinator."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    icon = "person"
    list_display = ["username", "email", "first_name", "last_name", "is_active", "last_login"]
    list_filter = ["groups", "is_active", "is_superuser"]
    actions = ["remove_second_factors", "end_all_sessions"]

    @admin.action(description=_("Remove the second factor"), permissions=["change"])
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For whoever lost phone and recovery codes."""
        users = list(queryset)
        for user in users:
            remove_second_factor(user)
        text = _("Logs in by password alone now: %(names)s.")
        messages.success(request, text % {"names": named(users)})

    @admin.action(description=_("End all sessions"), permissions=["change"])
    def end_all_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For whoever left a browser open somewhere, or had it taken over."""
        users, now = list(queryset), timezone.now()
        end_sessions(users, now=now)
        for user in users:
            subject = user.get_username()
            record_by(request, AuditEvent.SESSIONS_ENDED, now=now, subject=subject)
        if request.user in users:
            logout(request)
        text = _("Has to log in again: %(names)s.")
        messages.success(request, text % {"names": named(users)})


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, DeskAdmin):  # type: ignore[misc]  # the stubs of the two differ
    icon = "groups"


@admin.register(AuthToken)
class AuthTokenAdmin(KnoxTokenAdmin, DeskAdmin):
    """Tokens are made and revoked. One that got another owner would leave no trace of that."""

    icon = "key"
    menu_title = _("Auth tokens")

    def has_change_permission(self, request: HttpRequest, obj: AuthToken | None = None) -> bool:
        return False


@admin.register(AccessAttempt)
class AccessAttemptAdmin(LogAdmin):
    """Failed logins that count towards a lock-out. Deleting one lets its account try again."""

    icon = "lock"
    menu_title = _("Access attempts")
    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    search_fields = ["username", "ip_address"]
    ordering = ["-attempt_time"]

    def has_delete_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        return request.user.has_perm("axes.delete_accessattempt")


@admin.register(AccessLog)
class AccessLogAdmin(LogAdmin):
    icon = "login"
    menu_title = _("Access logs")
    list_display = ["username", "ip_address", "attempt_time", "logout_time"]
    search_fields = ["username", "ip_address"]
    ordering = ["-attempt_time"]


@admin.register(AuditEntry)
class AuditEntryAdmin(LogAdmin):
    """Who came in, who was given what, what was taken out. Nobody edits it or deletes in it."""

    icon = "policy"
    counted_as = ngettext_lazy("%(number)d entry", "%(number)d entries", "number")
    list_display = ["at", "event", "account", "address", "subject"]
    list_filter = ["event"]
    search_fields = ["account", "address", "subject"]
    ordering = ["-at"]
    goes_with_owner = False
