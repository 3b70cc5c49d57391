"""Images of badges: what they claim to be, small, and without anything that runs."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import warnings
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException
from PIL import Image, UnidentifiedImageError

from badges.models import BadgeImage, ImageType
from config.errors import InvalidError

MAX_BYTES = 512 * 1024
MIN_PIXELS, MAX_PIXELS = 64, 2048

_DATA_URI = re.compile(r"data:(image/png|image/svg\+xml);base64,([A-Za-z0-9+/=\s]+)")
_SVG = "{http://www.w3.org/2000/svg}"
#: Elements that run something, or show what is elsewhere.
_ACTIVE = {
    "script",
    "foreignObject",
    "iframe",
    "image",
    "use",
    "a",
    "set",
    "animate",
    "animateMotion",
    "animateTransform",
    "handler",
    "listener",
}
_REFERENCE = re.compile(r"url\(\s*['\"]?(?!#)|@import|javascript:|expression\(", re.IGNORECASE)


def image_of_data_uri(text: str) -> BadgeImage:
    """The checked image in a `data:` URI (RFC 2397), not saved; `InvalidError` on `image`."""
    match = _DATA_URI.fullmatch(text)
    if match is None:
        raise _invalid(
            "Give a PNG or SVG as data:image/png;base64,… or data:image/svg+xml;base64,…"
        )
    try:
        content = base64.b64decode(re.sub(r"\s", "", match[2]), validate=True)
    except binascii.Error as error:
        raise _invalid("It is not base64.") from error
    return checked_image(content, match[1])


def checked_image(content: bytes, media_type: str = "") -> BadgeImage:
    """An image that is what `media_type` says, or what it shows itself to be; not saved.

    Raises `InvalidError` on `image`: too large, not a PNG or SVG, too small or large in pixels, or
    an SVG with scripts or references to elsewhere.
    """
    if len(content) > MAX_BYTES:
        raise _invalid(f"It has {len(content)} bytes; at most {MAX_BYTES} are allowed.")
    shown = ImageType.PNG if content.startswith(b"\x89PNG\r\n\x1a\n") else ImageType.SVG
    if media_type and media_type != shown:
        raise _invalid(f"It is not a {ImageType(media_type).label}.")
    if shown == ImageType.PNG:
        _check_png(content)
    else:
        _check_svg(content)
    return BadgeImage(media_type=shown, content=content, sha256=hashlib.sha256(content).hexdigest())


def _check_png(content: bytes) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                width, height = image.size
                _check_size(width, height)
                image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _invalid(f"It is far larger than {MAX_PIXELS} pixels.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _invalid("It is not a whole PNG.") from error


def _check_size(width: int, height: int) -> None:
    if not (min(width, height) >= MIN_PIXELS and max(width, height) <= MAX_PIXELS):
        raise _invalid(
            f"It is {width} by {height} pixels; {MIN_PIXELS} to {MAX_PIXELS} are allowed."
        )


def _check_svg(content: bytes) -> None:
    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise _invalid("It is neither a PNG nor an SVG without document type.") from error
    if root.tag != f"{_SVG}svg":
        raise _invalid("It is not an SVG.")
    for element in root.iter():
        if objection := _objection_to(element):
            raise _invalid(objection)


def _objection_to(element: Element) -> str:
    tag = str(element.tag)
    name = tag.removeprefix(_SVG)
    if name == tag or name in _ACTIVE:
        return f"An SVG must do without the element {name}."
    for key, value in element.attrib.items():
        attribute = key.rpartition("}")[2]
        if attribute.lower().startswith("on"):
            return f"An SVG must do without the attribute {attribute}."
        if attribute.lower() in ("href", "src") and not value.startswith("#"):
            return "An SVG must not refer to anything elsewhere."
        if _REFERENCE.search(value):
            return "An SVG must not refer to anything elsewhere."
    if name == "style" and _REFERENCE.search("".join(element.itertext())):
        return "An SVG must not refer to anything elsewhere."
    return ""


def _invalid(detail: str) -> InvalidError:
    return InvalidError.of_field("image", detail)
