"""The least that Python can do for each work: a bare WSGI function, one SQL statement, orjson.

It checks nothing, logs nothing and lets everybody in. Lists count their rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import orjson
from psycopg_pool import ConnectionPool

Row = tuple[Any, ...]

_pool: list[ConnectionPool] = []

RENEWALS = """(SELECT coalesce(json_agg(json_build_object(
    'renewed_at', to_char(r.renewed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'expires_at', to_char(r.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    ORDER BY r.renewed_at), '[]')::text
  FROM certifications_renewal r WHERE r.certification_id = c.id)"""
RECORD = f"""c.mentor_id, c.certification_type_id, c.status, c.issued_at, c.expires_at,
  {RENEWALS}, c.updated_at"""
ONE = f"""SELECT {RECORD} FROM certifications_certification c WHERE c.mentor_id = %s
ORDER BY c.issued_at DESC, c.updated_at DESC, c.certification_type_id LIMIT 1"""
COUNT = "SELECT count(*) FROM certifications_certification"
LIST = f"""SELECT {RECORD}, ({COUNT}) FROM certifications_certification c
ORDER BY c.mentor_id, c.certification_type_id LIMIT 20"""
WANTED = "certification_type_id = %(kind)s AND status = %(status)s"
FILTERED = f"""SELECT {RECORD}, ({COUNT} WHERE {WANTED})
FROM certifications_certification c WHERE {WANTED}
ORDER BY c.mentor_id, c.certification_type_id LIMIT 20"""
WITHIN = "status = 'active' AND expires_at BETWEEN %(now)s AND %(end)s"
EXPIRING = f"""SELECT mentor_id, certification_type_id, status, issued_at, expires_at,
  ({COUNT} WHERE {WITHIN})
FROM certifications_certification WHERE {WITHIN} ORDER BY expires_at, id LIMIT 20"""
UPSERT = f"""INSERT INTO certifications_certification AS c
  (mentor_id, certification_type_id, status, issued_at, expires_at, created_at, updated_at)
VALUES (%(mentor_id)s, %(cert_type)s, %(status)s, %(issued_at)s, %(expires_at)s, now(), now())
ON CONFLICT (mentor_id, certification_type_id) DO UPDATE SET status = excluded.status,
  issued_at = excluded.issued_at, expires_at = excluded.expires_at, updated_at = now()
RETURNING {RECORD}"""
RENEW = """WITH held AS (
  SELECT id FROM certifications_certification WHERE mentor_id = %(mentor_id)s
  ORDER BY issued_at DESC, updated_at DESC, certification_type_id LIMIT 1 FOR UPDATE
), added AS (
  INSERT INTO certifications_renewal (certification_id, renewed_at, expires_at, created_at)
  SELECT id, %(renewed_at)s, %(expires_at)s, now() FROM held
  RETURNING certification_id, renewed_at, expires_at
), renewed AS (
  UPDATE certifications_certification c SET status = 'active', expires_at = a.expires_at,
    updated_at = now() FROM added a WHERE c.id = a.certification_id RETURNING c.updated_at
)
SELECT a.renewed_at, a.expires_at, 1 + (SELECT count(*) FROM certifications_renewal r
  WHERE r.certification_id = a.certification_id), renewed.updated_at FROM added a, renewed"""
INDEX = """SELECT certificate_id, date_release, date_expire, name, note, action_type, resource_id,
  data, warning, tenant_id, validity_unit, validity
FROM certificates_certificate
WHERE tenant_id = %(tenant_id)s AND resource_id = %(resource_id)s ORDER BY name, certificate_id
LIMIT 20"""
EXISTS = """SELECT id FROM badges_earnedbadge
WHERE definition_id = %s AND mentor_id = %s AND revoked_at IS NULL"""

FACTS = ("mentor_id", "cert_type", "status", "issued_at", "expires_at")
KEYS = (*FACTS, "renewal_history", "updated_at")
CERTIFICATE = (
    *("certificate_id", "date_release", "date_expire", "name", "note", "action_type"),
    *("resource_id", "data", "warning", "tenant_id", "validity_unit", "validity"),
)


def rows(sql: str, values: Any = None) -> list[Row]:
    """What the statement finds, on a connection of the pool of this process."""
    if not _pool:
        kwargs = {"autocommit": True, "prepare_threshold": 0}
        _pool.append(ConnectionPool(os.environ["DATABASE_URL"], kwargs=kwargs, max_size=4))
    with _pool[0].connection() as connection:
        return connection.execute(sql, values).fetchall()


def record(row: Row) -> dict[str, Any]:
    body = dict(zip(KEYS, row, strict=False))
    body["renewal_history"] = orjson.Fragment(row[5])
    return body


def page(found: list[Row], bodies: list[dict[str, Any]]) -> Any:
    total = found[0][-1] if found else 0
    return {"data": bodies, "pagination": {"page": 1, "limit": 20, "total": total}}


def records(environ: Any, _: str) -> Any:
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    if query:
        found = rows(FILTERED, {"kind": query["cert_type"], "status": query["status"]})
    else:
        found = rows(LIST)
    return page(found, [record(row) for row in found])


def one(_: Any, mentor_id: str) -> Any:
    return record(rows(ONE, [mentor_id])[0])


def expiring(_: Any, __: str) -> Any:
    now = datetime.now(UTC)
    found = rows(EXPIRING, {"now": now, "end": now + timedelta(days=30)})
    bodies = [
        {
            **dict(zip(FACTS, row, strict=False)),
            "days_until_expiry": (row[4].astimezone(UTC).date() - now.date()).days,
        }
        for row in found
    ]
    return page(found, bodies)


def upsert(environ: Any, _: str) -> Any:
    body = record(rows(UPSERT, orjson.loads(environ["wsgi.input"].read()))[0])
    return body | {"upserted": True}


def renew(environ: Any, mentor_id: str) -> Any:
    values = orjson.loads(environ["wsgi.input"].read())
    renewed_at, expires_at, total, updated_at = rows(RENEW, values | {"mentor_id": mentor_id})[0]
    return {
        "mentor_id": mentor_id,
        "renewal_appended": True,
        "renewal_entry": {"renewed_at": renewed_at, "expires_at": expires_at},
        "total_renewals": total,
        "updated_at": updated_at,
    }


def index(environ: Any, _: str) -> Any:
    found = rows(INDEX, orjson.loads(environ["wsgi.input"].read())["filter"])
    return [dict(zip(CERTIFICATE, row, strict=True)) for row in found]


def exists(environ: Any, _: str) -> Any:
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    number = int(query["badge_definition_id"].removeprefix("bdg-def-"))
    found = rows(EXISTS, [number, query["peer_mentor_id"]])
    return {
        "exists": bool(found),
        "earned_badge_id": f"earned-{found[0][0]:03d}" if found else None,
    }


BASE = "/api/v1/certification-records"
EXACT: dict[tuple[str, str], Callable[[Any, str], Any]] = {
    ("GET", BASE): records,
    ("GET", f"{BASE}/expiring"): expiring,
    ("POST", BASE): upsert,
    ("POST", "/v2/certificate/index"): index,
    ("GET", "/api/v1/earned-badges/exists"): exists,
}


def application(environ: Any, start_response: Any) -> Iterable[bytes]:
    """The WSGI application."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    mentor_id = ""
    work = EXACT.get((method, path))
    if work is None:
        parts = path.split("/")
        if len(parts) < 5:
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        mentor_id = parts[4]
        work = renew if len(parts) > 5 else one
    option = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
    body = orjson.dumps(work(environ, mentor_id), option=option)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
