"""Bodies that nobody sends by mistake, and some that one does."""

from __future__ import annotations

import gzip
import io
from typing import Any

import orjson
import pytest
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError
from rest_framework.test import APIClient

from config.api.json import OrjsonParser
from tests.config.test_problems import assert_problem
from tests.factories import TenantFactory
from tests.tenants import member_api

PATH = "/api/v1/certification-records"
SOUND = b'{"mentor_id": "m", "cert_type": "t", "expires_at": "2099-01-01"}'
LIMIT = 1024 * 1024

pytestmark = pytest.mark.django_db

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


def post(api: APIClient, body: bytes, content_type: str = "application/json", **more: Any) -> Any:
    sent: Any = body  # the stubs know of strings alone
    return api.generic("POST", PATH, sent, content_type=content_type, **more)


@pytest.mark.parametrize("padding", [0, 1, 1000, LIMIT - len(SOUND)])
def test_a_body_up_to_the_limit_is_taken(api: APIClient, padding: int) -> None:
    assert post(api, SOUND + b" " * padding).status_code == 201


@pytest.mark.parametrize("size", [LIMIT + 1, 3 * LIMIT])
def test_a_body_over_the_limit_is_a_413(api: APIClient, size: int) -> None:
    assert_problem(post(api, SOUND.ljust(size)), 413)


@pytest.mark.parametrize("byte", [*range(0, 256, 5), *b'{}[]"0-tfn\\'])
def test_a_body_of_one_byte_is_a_400(api: APIClient, byte: int) -> None:
    assert_problem(post(api, bytes([byte])), 400)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000,
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a\\u0061":' * 1000 + b"1" + b"}" * 1000,
        b'{"expires_at": NaN}',
        b'{"expires_at": Infinity}',
        b'{"expires_at": -Infinity}',
        b'{"mentor_id": "\\ud800"}',
        b'{"mentor_id": "\\udc00\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"mentor_id": "\xff"}',
        b'{"mentor_id": "\xed\xa0\x80"}',
        SOUND.decode().encode("utf-16"),
        SOUND.decode().encode("utf-32"),
        b"\xef\xbb\xbf" + SOUND,
        SOUND + SOUND,
        SOUND[:-1],
        b"",
        b"'" + SOUND + b"'",
    ],
)
def test_what_is_no_json_is_a_400(api: APIClient, body: bytes) -> None:
    assert_problem(post(api, body), 400)


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "utf-7", "nonsense"])
def test_another_charset_is_a_415(api: APIClient, charset: str) -> None:
    assert_problem(post(api, SOUND, f"application/json; charset={charset}"), 415)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf8"'])
def test_utf_8_may_be_named(api: APIClient, charset: str) -> None:
    assert post(api, SOUND, f"application/json; charset={charset}").status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "GZIP", "gzip, identity", "zstd"])
def test_a_compressed_body_is_a_415_and_never_unpacked(api: APIClient, encoding: str) -> None:
    bomb = gzip.compress(b" " * 10 * LIMIT)

    response = post(api, bomb, HTTP_CONTENT_ENCODING=encoding)

    assert_problem(response, 415)
    assert encoding in response.json()["detail"]


def test_a_compressed_form_is_a_415() -> None:
    form = {"certificate_id": "x", "file": ContentFile(b"x", "x.txt")}

    response = member_api(TenantFactory.create()).post(
        "/v2/attachment/create", form, format="multipart", HTTP_CONTENT_ENCODING="gzip"
    )

    assert_problem(response, 415)


def test_identity_is_no_encoding(api: APIClient) -> None:
    assert post(api, SOUND, HTTP_CONTENT_ENCODING="identity").status_code == 201


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b'{"mentor_id": "m", "mentor_id": "n"}', "mentor_id"),
        (b'{"mentor_id": "m", "mentor\\u005fid": "n"}', "mentor_id"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "b"),
        (b'[{"x": 1}, {"x": [], "x": []}]', "x"),
        (b'{"": 1, "": 1}', ""),
        ('{"å": 1, "å": 1}'.encode(), "å"),
    ],
)
def test_a_key_that_stands_twice_is_a_400_that_names_it(
    api: APIClient, body: bytes, key: str
) -> None:
    response = post(api, body)

    assert_problem(response, 400)
    assert repr(key) in response.json()["detail"]


@given(values)
def test_what_has_no_key_twice_is_read_as_it_is(value: Any) -> None:
    assert OrjsonParser().parse(io.BytesIO(orjson.dumps(value))) == value


@given(st.dictionaries(st.text(max_size=4), values, min_size=1), st.data())
def test_one_key_twice_is_found_wherever_it_is(value: dict[str, Any], data: Any) -> None:
    key = data.draw(st.sampled_from(sorted(value)))
    again = orjson.dumps({key: data.draw(values)})[1:-1]
    body = orjson.dumps(value)[:-1] + b"," + again + b"}"

    with pytest.raises(ParseError, match="twice"):
        OrjsonParser().parse(io.BytesIO(b"[" + body + b"]"))
