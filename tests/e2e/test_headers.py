"""Security headers of every kind of answer, as the real web server sends them."""

from __future__ import annotations

import http.client

import pytest

from tests.e2e.conftest import NewStack

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: (method, path, status, what the policy lets scripts do)
ANSWERS = [
    ("GET", "/api/v1/certifications", 200, None),
    ("POST", "/api/v1/certifications", 400, None),
    ("GET", "/api/v1/certifications/nobody", 404, None),
    ("GET", "/api/v1/mentors", 401, None),
    ("GET", "/v2/nothing", 404, None),
    ("GET", "/livez", 200, None),
    ("GET", "/readyz", 200, None),
    ("GET", "/nowhere", 404, None),
    ("GET", "/", 302, None),
    ("GET", "/api/schema", 200, None),
    ("GET", "/static/x.css", 200, None),
    ("GET", "/api/docs", 200, "script-src 'self';"),
    ("GET", "/api/docs?script=", 200, "script-src 'self';"),
    ("GET", "/api/redoc", 200, "script-src 'self';"),
    ("GET", "/admin/login/", 200, "script-src 'self';"),
    ("GET", "/admin/", 302, "script-src 'self';"),
    ("GET", "/admin/nowhere/", 302, "script-src 'self';"),
]


@pytest.mark.parametrize("backend", ["embedded"], indirect=True, scope="session")
def test_every_answer_carries_the_headers_that_keep_browsers_safe(new_stack: NewStack) -> None:
    stack = new_stack(BEHIND_TLS_PROXY="true", LOG_LEVEL="WARNING")
    (stack.var_dir / "static" / "x.css").write_text("body { color: black }")
    stack.start_web()

    for method, path, status, scripts in ANSWERS:
        answer = request(stack.port, method, path)

        said = f"{method} {path}: {answer.status} {answer.getheaders()}"
        assert answer.status == status, said
        assert answer.getheader("X-Content-Type-Options") == "nosniff", said
        assert answer.getheader("Referrer-Policy") == "same-origin", said
        assert answer.getheader("Cross-Origin-Opener-Policy") == "same-origin", said
        assert "max-age=31536000" in answer.getheader("Strict-Transport-Security", ""), said
        policy = answer.getheader("Content-Security-Policy", "")
        assert policy == NOTHING if scripts is None else scripts in policy, said
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0], said
        assert "frame-ancestors 'none'" in policy, said
        # Neither what serves nor in which version.
        assert answer.getheader("Server", "").lower() in ("", "certkeep"), said
        assert answer.getheader("X-Powered-By") is None, said
        for cookie in answer.headers.get_all("Set-Cookie", []):
            assert "Secure" in cookie, said
            assert "SameSite=Lax" in cookie, said


@pytest.mark.parametrize("backend", ["embedded"], indirect=True, scope="session")
def test_plain_http_is_sent_to_https_behind_a_tls_proxy(new_stack: NewStack) -> None:
    stack = new_stack(BEHIND_TLS_PROXY="true", LOG_LEVEL="WARNING")
    stack.start_web()

    plain = request(stack.port, "GET", "/api/v1/certifications", proto="http")

    assert plain.status == 301
    assert plain.getheader("Location", "").startswith("https://")
    assert plain.getheader("Strict-Transport-Security") is None
    assert request(stack.port, "GET", "/livez", proto="http").status == 200


@pytest.mark.parametrize("backend", ["embedded"], indirect=True, scope="session")
def test_a_proxys_word_is_overridden_by_no_other_spelling_of_its_headers(
    new_stack: NewStack,
) -> None:
    stack = new_stack(BEHIND_TLS_PROXY="true")
    stack.start_web()
    twins = {
        "X_Forwarded_For": "6.6.6.6",
        "X_Forwarded-For": "6.6.6.7",
        "X-Forwarded-For": "1.1.1.1, 8.8.8.8",
        "x_forwarded_for": "6.6.6.8",
    }

    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    connection.request("GET", "/problems/seen", headers={"X-Forwarded-Proto": "https", **twins})
    seen = connection.getresponse().status
    alone = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    alone.request("GET", "/api/v1/certifications", headers={"X_Forwarded_Proto": "https"})

    assert seen == 404
    assert alone.getresponse().status == 301
    (line,) = [each for each in stack.log("web").splitlines() if "/problems/seen" in each]
    assert "ip=8.8.8.8" in line
    assert "6.6.6." not in line


def request(port: int, method: str, path: str, proto: str = "https") -> http.client.HTTPResponse:
    """The answer to one request that a proxy passes on; redirects are not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = "{}" if method == "POST" else None
    headers = {"X-Forwarded-Proto": proto, "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer
