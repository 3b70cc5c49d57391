"""The OpenAPI document as it is served: made once a process, for making it takes a second."""

from __future__ import annotations

import hashlib
import threading
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from config.web.addresses import public_url


class Document(NamedTuple):
    content: bytes
    etag: str


_making = threading.Lock()
#: By media type, and where the world reaches us by then.
_made: dict[tuple[str, str], Document] = {}


class SchemaView(SpectacularAPIView):
    """The document as YAML or JSON, as `Accept` has it; in English, whoever asks.

    It answers an `ETag`, and `If-None-Match` by a 304.
    """

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer

        def answer(_: object) -> HttpResponse:
            response = HttpResponse(found.content, content_type=request.accepted_media_type)
            name = f'inline; filename="certkeep.{renderer.format}"'
            response["Content-Disposition"] = name
            return response

        found = document(renderer)
        conditional = condition(etag_func=lambda _: found.etag)
        response: HttpResponse = conditional(answer)(request._request)
        patch_cache_control(response, public=True, no_cache=True)
        return response


def document(renderer: BaseRenderer) -> Document:
    """The document in the form of that renderer. Whoever asks first makes it, all others wait."""
    name = (str(renderer.media_type), public_url())
    with _making:
        if name not in _made:
            _made[name] = _make(renderer)
        return _made[name]


def _make(renderer: BaseRenderer) -> Document:
    generator: Any = SchemaView.generator_class()
    with translation.override(settings.LANGUAGE_CODE):
        text: Any = renderer.render(generator.get_schema(public=True), renderer_context={})
    content = text.encode() if isinstance(text, str) else bytes(text)
    return Document(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
