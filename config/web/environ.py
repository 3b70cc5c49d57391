"""WSGI's environment of a request as the web server hands it over (granian's RSGI)."""

from __future__ import annotations

import functools
import sys
from typing import Any

_BASE_ENVIRON: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def environ_of(scope: Any) -> dict[str, Any]:
    """WSGI's environment (PEP 3333) of a request, without its body.

    A header whose name has an underscore is left out: WSGI has one name for `X_Forwarded_For` and
    `X-Forwarded-For`, and a proxy vouches for the latter alone.
    """
    host, _, port = scope.client.rpartition(":")
    environ = _base_environ(scope.server, scope.scheme).copy()
    environ["REQUEST_METHOD"] = scope.method
    # WSGI has the bytes of a path as the characters of Latin-1.
    path: str = scope.path
    environ["PATH_INFO"] = path if path.isascii() else path.encode().decode("latin-1")
    environ["QUERY_STRING"] = scope.query_string
    environ["REMOTE_ADDR"] = host.strip("[]")
    environ["REMOTE_PORT"] = port
    for name, value in scope.headers.items():
        key = _environ_name(name)
        if key is None:
            continue
        if key in environ:
            # RFC 9110 section 5.3; cookies are joined as RFC 6265 section 5.4 has them.
            value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"
        environ[key] = value
    return environ


@functools.lru_cache(maxsize=8)
def _base_environ(server: str, scheme: str) -> dict[str, Any]:
    """What requests to the same socket have in common."""
    name, _, port = server.rpartition(":")
    own = {"SERVER_NAME": name.strip("[]"), "SERVER_PORT": port, "wsgi.url_scheme": scheme}
    return _BASE_ENVIRON | own


@functools.lru_cache(maxsize=1024)
def _environ_name(header: str) -> str | None:
    """What WSGI calls a header; None for one that is left out."""
    if "_" in header:
        return None
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
