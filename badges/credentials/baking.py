"""Images with a credential in them ("baked"), as Open Badges 3.0 section 5.3 describes them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

import defusedxml.ElementTree

KEYWORD = b"openbadgecredential"
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
OPENBADGES_NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"

#: How an SVG is written again: with the prefixes that people expect to see.
_PREFIXES = {
    "": SVG_NAMESPACE,
    "xlink": "http://www.w3.org/1999/xlink",
    "openbadges": OPENBADGES_NAMESPACE,
}


def bake_png(image: bytes, token: str) -> bytes:
    """The PNG with the token in an uncompressed iTXt chunk; its pixels are untouched.

    A credential that was in it before goes: there may be only one.
    """
    chunks = [
        chunk for kind, chunk in _chunks(image) if not (kind == b"iTXt" and _is_credential(chunk))
    ]
    # Keyword, no compression, its method, no language, no translated keyword, text.
    content = KEYWORD + b"\0" + b"\0\0" + b"\0" + b"\0" + token.encode()
    return b"".join([_SIGNATURE, chunks[0], _chunk(b"iTXt", content), *chunks[1:]])


def bake_svg(image: bytes, token: str) -> bytes:
    """The SVG with the token as `<openbadges:credential verify="…">`, first in its root."""
    root = defusedxml.ElementTree.fromstring(image, forbid_dtd=True)
    name = f"{{{OPENBADGES_NAMESPACE}}}credential"
    for former in root.findall(name):
        root.remove(former)
    root.insert(0, ElementTree.Element(name, {"verify": token}))
    # Each time: prefixes are the process's own, and drawing a QR code changes that of SVG.
    for prefix, namespace in _PREFIXES.items():
        ElementTree.register_namespace(prefix, namespace)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The type and all the bytes of each chunk of a whole PNG, from IHDR to IEND."""
    position = len(_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", image, position)
        end = position + 12 + length
        yield kind, image[position:end]
        position = end


def _is_credential(chunk: bytes) -> bool:
    return chunk[8:].startswith(KEYWORD + b"\0")


def _chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk: length, type, content, and the checksum of the latter two."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", checksum)
