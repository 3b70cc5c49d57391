"""Entries about roles and permissions, whichever side they are given or taken from."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from config.models import AuditEntry, AuditEvent
from tests.audit.entries import ADDRESS, entries
from tests.desk.conftest import make_account

RIGHTS = (AuditEvent.ROLE_GIVEN, AuditEvent.ROLE_TAKEN)

pytestmark = pytest.mark.django_db


def test_the_roles_of_the_token_command_are_kept() -> None:
    call_command("create_token", "hr", role=["system", "auditor"])

    assert entries(*RIGHTS) == [
        ("role_given", "", None, "auditor of hr"),
        ("role_given", "", None, "system of hr"),
    ]


def test_a_superuser_is_kept() -> None:
    call_command("createsuperuser", username="root", email="root@example.org", interactive=False)

    assert [entry[3] for entry in entries(AuditEvent.ROLE_GIVEN)] == [
        "is_superuser of root",
        "is_staff of root",
    ]


def test_roles_count_whichever_side_they_are_given_from() -> None:
    audrey, cora = make_account("audrey"), make_account("cora")
    auditor = Group.objects.get(name="auditor")

    auditor.user_set.set([audrey, cora])
    auditor.user_set.remove(audrey)
    auditor.user_set.clear()

    assert [entry[::3] for entry in entries(*RIGHTS)] == [
        ("role_given", "auditor of audrey"),
        ("role_given", "auditor of cora"),
        ("role_taken", "auditor of audrey"),
        ("role_taken", "auditor of cora"),
    ]


def test_a_role_that_is_renamed_is_another_role(desk: Client) -> None:
    helpers = Group.objects.create(name="helpers")
    make_account("norman", "helpers")
    Group.objects.filter(name="admin").delete()
    AuditEntry.objects.all().delete()

    desk.post(f"/admin/auth/group/{helpers.pk}/change/", {"name": "admin"}, REMOTE_ADDR=ADDRESS)

    assert entries() == [
        ("role_taken", "boss", ADDRESS, "helpers of norman"),
        ("role_given", "boss", ADDRESS, "admin of norman"),
    ]


def test_a_role_that_is_deleted_is_taken_from_all(desk: Client) -> None:
    make_account("audrey", "auditor")
    make_account("aubrey", "auditor")
    auditor = Group.objects.get(name="auditor")

    desk.post(f"/admin/auth/group/{auditor.pk}/delete/", {"post": "yes"}, REMOTE_ADDR=ADDRESS)

    assert entries(AuditEvent.ROLE_TAKEN) == [
        ("role_taken", "boss", ADDRESS, "auditor of aubrey"),
        ("role_taken", "boss", ADDRESS, "auditor of audrey"),
    ]


def test_permissions_beside_the_roles_are_kept() -> None:
    norman = make_account("norman")
    helpers = Group.objects.create(name="helpers")
    permission = Permission.objects.get(
        content_type__app_label="certifications", codename="view_mentor"
    )

    norman.user_permissions.add(permission)
    norman.user_permissions.clear()
    helpers.permissions.add(permission)
    permission.group_set.remove(helpers)

    assert [entry[::3] for entry in entries(*RIGHTS)] == [
        ("role_given", "certifications.view_mentor of norman"),
        ("role_taken", "certifications.view_mentor of norman"),
        ("role_given", "certifications.view_mentor of helpers"),
        ("role_taken", "certifications.view_mentor of helpers"),
    ]


def test_what_stays_as_it_was_is_no_entry() -> None:
    audrey = make_account("audrey", "auditor")
    auditor = Group.objects.get(name="auditor")
    AuditEntry.objects.all().delete()

    audrey.groups.add(auditor)
    auditor.save()
    User.objects.get(username="audrey").save()

    assert entries() == []
