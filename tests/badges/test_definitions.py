"""Definitions of badges and their images."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image
from rest_framework.test import APIClient

from badges.api import examples
from badges.models import BadgeDefinition, BadgeImage
from tests.contract.compare import assert_same
from tests.factories import BadgeDefinitionFactory, EarnedBadgeFactory

BASE = "/api/v1/badge-definitions"
pytestmark = pytest.mark.django_db


def png(width: int = 64, height: int = 64) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(content, "PNG")
    return content.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def svg(inside: str = "", attributes: str = "") -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>'
        f'<circle r="9" fill="url(#g)"/>{inside}</svg>'
    ).encode()


def data_uri(content: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {fault["pointer"]: fault["detail"] for fault in answer.json()["errors"]}


def test_the_operations_as_documented(admin_api: APIClient) -> None:
    made = admin_api.post(BASE, {**examples.DEFINITION_REQUEST, "image": data_uri(png())})
    id_ = made.json()["id"]
    listed = admin_api.get(BASE).json()
    changed = admin_api.put(f"{BASE}/{id_}", {**made.json(), "name": "Second year"})
    gone = admin_api.delete(f"{BASE}/{id_}")

    assert made.status_code == 201, made.content
    assert list(made.json()) == list(DEFINITION_KEYS)
    assert {key: made.json()[key] for key in examples.DEFINITION_REQUEST} == (
        examples.DEFINITION_REQUEST
    )
    assert made.json()["image"].endswith(f"/badges/achievements/{id_}/image")
    assert_same(listed["data"], [made.json()])
    assert changed.json()["name"] == "Second year"
    assert changed.json()["image"] == made.json()["image"]
    assert gone.json() == {"deleted": True, "id": id_}
    assert admin_api.get(f"{BASE}/{id_}").status_code == 404


DEFINITION_KEYS = (
    "id",
    "name",
    "description",
    "criteria",
    "tags",
    "active",
    "image",
    "created_at",
    "updated_at",
)


def test_an_image_stays_until_it_is_replaced_or_taken_away(admin_api: APIClient) -> None:
    first, second = png(), svg()
    made = admin_api.post(BASE, {**examples.DEFINITION_REQUEST, "image": data_uri(first)}).json()
    url = f"{BASE}/{made['id']}"

    admin_api.put(url, examples.DEFINITION_REQUEST)
    kept = bytes(BadgeImage.objects.get().content)
    admin_api.put(url, {**examples.DEFINITION_REQUEST, "image": data_uri(second, "image/svg+xml")})
    replaced = BadgeImage.objects.get()
    without = admin_api.put(url, {**examples.DEFINITION_REQUEST, "image": None})

    assert kept == first
    assert (bytes(replaced.content), replaced.media_type) == (second, "image/svg+xml")
    assert without.json()["image"] is None
    assert not BadgeImage.objects.exists()


def test_one_that_was_awarded_is_kept(admin_api: APIClient) -> None:
    definition = EarnedBadgeFactory.create().definition

    refused = admin_api.delete(f"{BASE}/{definition.public_id}")

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/badge-definition-awarded"
    assert BadgeDefinition.objects.exists()


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (data_uri(b"GIF89a"), "not a PNG"),
        (data_uri(png(), "image/svg+xml"), "not a SVG"),
        (data_uri(svg()), "not a PNG"),
        (data_uri(png()[:-60]), "not a whole PNG"),
        (data_uri(bomb()), "far larger than 2048 pixels"),
        (data_uri(png(63, 64)), "63 by 64 pixels"),
        (data_uri(png(2049, 64)), "2049 by 64 pixels"),
        (data_uri(b"\x89PNG\r\n\x1a\n" + b"\0" * 600_000), "at most 524288"),
        ("data:image/png;base64,====", "not base64"),
        ("https://example.org/a.png", "data:image/png"),
        (data_uri(svg("<script>alert(1)</script>"), "image/svg+xml"), "element script"),
        (data_uri(svg("<foreignObject/>"), "image/svg+xml"), "element foreignObject"),
        (data_uri(svg('<image href="https://a.example/x"/>'), "image/svg+xml"), "element image"),
        (data_uri(svg(attributes='onload="alert(1)"'), "image/svg+xml"), "attribute onload"),
        (data_uri(svg(attributes='OnLoad="alert(1)"'), "image/svg+xml"), "attribute OnLoad"),
        (data_uri(svg("<style>@import 'x'</style>"), "image/svg+xml"), "elsewhere"),
        (data_uri(svg('<rect fill="url(//a.example/x)"/>'), "image/svg+xml"), "elsewhere"),
        (
            data_uri(svg('<g xmlns="http://www.w3.org/1999/xhtml"><b/></g>'), "image/svg+xml"),
            "without the element",
        ),
        (
            data_uri(b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "image/svg+xml"),
            "neither a PNG nor an SVG",
        ),
        (data_uri(b"<html/>", "image/svg+xml"), "not an SVG"),
        (data_uri(b"<svg", "image/svg+xml"), "neither a PNG nor an SVG"),
    ],
)
def test_what_is_no_sound_image_is_refused(admin_api: APIClient, image: str, why: str) -> None:
    answer = admin_api.post(BASE, {**examples.DEFINITION_REQUEST, "image": image})

    assert why in faults(answer)["#/image"]
    assert not BadgeDefinition.objects.exists()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"name": "n" * 201}, "#/name"),
        ({"criteria": None}, "#/criteria"),
        ({"tags": "peer"}, "#/tags"),
        ({"tags": ["t" * 51]}, "#/tags/0"),
        ({"tags": ["t"] * 21}, "#/tags"),
        ({"active": "yes"}, "#/active"),
        ({"colour": "red"}, "#/colour"),
    ],
)
def test_faults_are_named(admin_api: APIClient, changes: dict[str, Any], pointer: str) -> None:
    definition = BadgeDefinitionFactory.create(name="As it was")
    body = {**examples.DEFINITION_REQUEST, **changes}

    for answer in (
        admin_api.post(BASE, body),
        admin_api.put(f"{BASE}/{definition.public_id}", body),
    ):
        assert list(faults(answer)) == [pointer]
    definition.refresh_from_db()
    assert definition.name == "As it was"
    assert BadgeDefinition.objects.count() == 1
