"""The admin of badges: definitions with images, awarding, revoking."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from badges.models import BadgeDefinition, BadgeImage, EarnedBadge
from tests.badges.test_definitions import png, svg
from tests.factories import (
    BadgeDefinitionFactory,
    EarnedBadgeFactory,
    MentorFactory,
)

DEFINITIONS = "/admin/badges/badgedefinition/"
EARNED = "/admin/badges/earnedbadge/"
pytestmark = pytest.mark.django_db


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "First year",
        "description": "A year as a peer mentor.",
        "criteria": "Mentor for twelve months.",
        "tags": '["peer"]',
        "active": "on",
        **changes,
    }


def test_a_definition_is_made_with_an_image_that_is_shown(desk: Client) -> None:
    made = desk.post(f"{DEFINITIONS}add/", form(new_image=SimpleUploadedFile("a.png", png())))
    definition = BadgeDefinition.objects.get()
    page = desk.get(f"{DEFINITIONS}{definition.pk}/change/").content.decode()
    desk.post(f"{DEFINITIONS}{definition.pk}/change/", form(without_image="on", name="Second"))

    assert made.status_code == 302, made.content
    assert definition.tags == ["peer"]
    assert 'src="data:image/png;base64,' in page
    assert not BadgeImage.objects.exists()
    assert BadgeDefinition.objects.get().name == "Second"


def test_an_unsound_image_is_refused_at_its_field(desk: Client) -> None:
    upload = SimpleUploadedFile("a.svg", svg("<script/>"))

    page = desk.post(f"{DEFINITIONS}add/", form(new_image=upload))

    assert "must do without the element script" in page.content.decode()
    assert not BadgeDefinition.objects.exists()


def test_awarding_asks_to_whom_and_says_what_was_new(desk: Client) -> None:
    definition = BadgeDefinitionFactory.create()
    holder, other = MentorFactory.create_batch(2)
    EarnedBadgeFactory.create(definition=definition, mentor=holder)
    chosen = {"action": "award_to", "_selected_action": [definition.pk]}

    question = desk.post(DEFINITIONS, chosen).content.decode()
    done = desk.post(
        DEFINITIONS, {**chosen, "asked": "1", "mentors": [holder.pk, other.pk]}, follow=True
    )

    assert "Award to…" in question
    assert 'name="mentors"' in question
    assert "1 awarded, 1 stood already." in done.content.decode()
    assert EarnedBadge.objects.get(mentor=other).awarded_by == "boss"


def test_an_inactive_badge_is_not_awarded(desk: Client) -> None:
    definition = BadgeDefinitionFactory.create(active=False)
    mentor = MentorFactory.create()

    done = desk.post(
        DEFINITIONS,
        {
            "action": "award_to",
            "_selected_action": [definition.pk],
            "asked": "1",
            "mentors": [mentor.pk],
        },
        follow=True,
    )

    assert "is inactive" in done.content.decode()
    assert not EarnedBadge.objects.exists()


def test_revoking_asks_for_the_reason(desk: Client) -> None:
    earned = EarnedBadgeFactory.create()
    chosen = {"action": "revoke", "_selected_action": [earned.pk]}

    question = desk.post(EARNED, chosen).content.decode()
    empty = desk.post(EARNED, {**chosen, "asked": "1", "reason": " "}).content.decode()
    done = desk.post(EARNED, {**chosen, "asked": "1", "reason": "By mistake."}, follow=True)

    assert 'name="reason"' in question
    assert "This field is required" in empty
    assert "1 revoked." in done.content.decode()
    earned.refresh_from_db()
    assert (earned.reason, earned.revoked_by) == ("By mistake.", "boss")
    assert str(EarnedBadge.history.latest().history_user) == "boss"


def test_lists_filter_and_link_to_public_pages(desk: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://badges.example.org"
    shown = EarnedBadgeFactory.create(mentor__public_badges=True)
    hidden = EarnedBadgeFactory.create()

    page = desk.get(f"{EARNED}?revoked_at__isempty=1&q=mentor").content.decode()

    assert f"https://badges.example.org/badges/{shown.public_uuid}" in page
    assert str(hidden.public_uuid) not in page
    assert desk.get(f"{EARNED}{shown.pk}/change/").status_code == 200


def test_who_may_only_look_neither_awards_nor_revokes() -> None:
    onlooker = User.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_earnedbadge", "view_badgedefinition"])
    )
    client = Client()
    client.force_login(onlooker)
    earned = EarnedBadgeFactory.create()

    client.post(
        EARNED,
        {"action": "revoke", "_selected_action": [earned.pk], "asked": "1", "reason": "r"},
    )

    assert "Revoke…" not in client.get(EARNED).content.decode()
    earned.refresh_from_db()
    assert not earned.is_revoked


def test_a_definition_that_was_awarded_is_not_deleted(desk: Client) -> None:
    earned = EarnedBadgeFactory.create()

    desk.post(f"{DEFINITIONS}{earned.definition_id}/delete/", {"post": "yes"})

    assert BadgeDefinition.objects.exists()
