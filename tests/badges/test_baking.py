"""Images with credentials in them."""

from __future__ import annotations

import io
import struct
import zlib

import defusedxml.ElementTree
import pytest
from django.test import Client
from PIL import Image, PngImagePlugin

from badges.credentials.baking import bake_png, bake_svg
from badges.credentials.default_image import default_png
from badges.services.images import checked_image
from tests.badges import ob3
from tests.badges.ob3 import Verifier, credentials_on, earned

__all__ = ["credentials_on"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("credentials_on")]
VERIFY = "{https://purl.imsglobal.org/ob/v3p0}credential"


def png(**texts: str) -> bytes:
    """A PNG with a gradient, and with iTXt chunks of these keywords."""
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_itxt(keyword, text)
    written = io.BytesIO()
    Image.linear_gradient("L").save(written, "PNG", pnginfo=info)
    return written.getvalue()


def opened(content: bytes) -> PngImagePlugin.PngImageFile:
    image = Image.open(io.BytesIO(content), formats=["PNG"])
    assert isinstance(image, PngImagePlugin.PngImageFile)
    image.load()
    return image


def chunk_names(content: bytes) -> list[bytes]:
    position, names = 8, []
    while position < len(content):
        length, name = struct.unpack_from(">I4s", content, position)
        (checksum,) = struct.unpack_from(">I", content, position + 8 + length)
        assert zlib.crc32(content[position + 4 : position + 8 + length]) == checksum
        names.append(name)
        position += 12 + length
    return names


def test_a_baked_png_shows_the_same_and_holds_the_token() -> None:
    plain = png()

    baked = bake_png(plain, "head.body.signature")

    assert opened(baked).text == {"openbadgecredential": "head.body.signature"}
    assert opened(baked).size == opened(plain).size
    assert opened(baked).tobytes() == opened(plain).tobytes()
    assert chunk_names(baked) == [b"IHDR", b"iTXt", *chunk_names(plain)[1:]]


def test_the_token_is_not_compressed() -> None:
    assert b"openbadgecredential\0\0\0\0\0head.body.signature" in bake_png(
        png(), "head.body.signature"
    )


def test_a_png_holds_one_credential_and_keeps_other_texts() -> None:
    baked = bake_png(png(openbadgecredential="former", Title="Medal"), "token")

    assert opened(baked).text == {"openbadgecredential": "token", "Title": "Medal"}
    assert baked.count(b"openbadgecredential") == 1


def test_the_published_png_holds_a_credential_that_verifies() -> None:
    content = png()
    row = earned(definition=ob3.with_image(ob3.definition(), content, "image/png"))

    response = Client().get(f"/badges/{row.public_uuid}/badge.png")

    assert response["Content-Type"] == "image/png"
    image = opened(response.content)
    assert image.tobytes() == opened(content).tobytes()
    token = str(image.text["openbadgecredential"])
    assert Verifier().verify(token)["id"].endswith(str(row.public_uuid))


def test_a_badge_without_an_image_gets_a_medal() -> None:
    response = Client().get(f"/badges/{earned().public_uuid}/badge.png")

    image = opened(response.content)
    assert image.size == (512, 512)
    assert Verifier().verify(str(image.text["openbadgecredential"]))
    assert checked_image(default_png()).media_type == "image/png"


def test_a_baked_svg_has_the_token_first_and_all_the_rest() -> None:
    plain = defusedxml.ElementTree.fromstring(ob3.SVG)

    baked = bake_svg(ob3.SVG, "head.body.signature")

    root = defusedxml.ElementTree.fromstring(baked)
    assert root[0].tag == VERIFY
    assert root[0].attrib == {"verify": "head.body.signature"}
    rest = [(node.tag, node.attrib, node.text) for node in root.iter() if node.tag != VERIFY]
    assert rest == [(node.tag, node.attrib, node.text) for node in plain.iter()]
    assert b'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"' in baked
    assert b"<openbadges:credential verify=" in baked
    assert b"<svg " in baked


def test_an_svg_keeps_its_prefixes_after_somebody_was_shown_a_qr_code(desk: Client) -> None:
    assert desk.get("/admin/second-factor/").status_code == 200

    assert b"<svg " in bake_svg(ob3.SVG, "head.body.signature")


def test_an_svg_holds_one_credential() -> None:
    root = defusedxml.ElementTree.fromstring(bake_svg(bake_svg(ob3.SVG, "one"), "two"))

    assert [node.attrib for node in root.iter(VERIFY)] == [{"verify": "two"}]


def test_the_published_svg_holds_a_credential_that_verifies_and_runs_nothing() -> None:
    row = earned(definition=ob3.with_image(ob3.definition(), ob3.SVG, "image/svg+xml"))

    response = Client().get(f"/badges/{row.public_uuid}/badge.svg")

    token = defusedxml.ElementTree.fromstring(response.content)[0].attrib["verify"]
    assert Verifier().verify(token)["id"].endswith(str(row.public_uuid))
    assert response["Content-Type"] == "image/svg+xml"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "sandbox" in response["Content-Security-Policy"]


def test_a_badge_without_an_svg_has_none_baked() -> None:
    assert Client().get(f"/badges/{earned().public_uuid}/badge.svg").status_code == 404
