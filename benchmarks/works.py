"""What clients ask of the APIs, over and over: the works that are measured."""

from __future__ import annotations

from dataclasses import dataclass

RECORDS = "/api/v1/certification-records"
TENANT = "00000000-0000-0000-0000-000000000001"

GET_ONE = """
request = function()
  return wrk.format("GET", "{records}/mentor-" .. math.random({size}))
end
"""
EXISTS = """
request = function()
  local n = math.random({size})
  return wrk.format("GET", "/api/v1/earned-badges/exists?peer_mentor_id=mentor-" .. n
    .. "&badge_definition_id=bdg-def-" .. string.format("%03d", 1 + n % 10))
end
"""
POST = """
wrk.headers["Content-Type"] = "application/json"
local number = {number}
request = function()
  local mentor = "mentor-" .. math.random({size})
  number = number + 1
  {post}
end
"""
UPSERT = """
  local moment = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() + 86400 * 60 + number)
  return wrk.format("POST", nil, nil, '{"mentor_id": "' .. mentor .. '", '
    .. '"cert_type": "peer_mentor", "status": "active", '
    .. '"issued_at": "2026-03-01T00:00:00Z", "expires_at": "' .. moment .. '"}')
"""
RENEW = """
  local renewed = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 86400 * 300 + number)
  local expires = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() + 86400 * 365 + number)
  return wrk.format("POST", "{records}/" .. mentor .. "/renewals", nil,
    '{"renewed_at": "' .. renewed .. '", "expires_at": "' .. expires .. '"}')
"""
INDEX = """
  return wrk.format("POST", nil, nil, '{"filter": {"tenant_id": "{tenant}", "resource_id": "'
    .. string.format("00000000-0000-0000-0000-%012x", math.random({size} / 10))
    .. '"}, "sort": "name", "per-page": 20}')
"""
SEED = "math.randomseed(os.time())\n"
AUTHORIZED = 'wrk.headers["Authorization"] = "Bearer {token}"\n'


@dataclass(frozen=True)
class Target:
    """At most these ratios of CPU a request: to the others, and of a million rows to 10,000."""

    stock: float
    floor: float
    fastapi: float
    growth: float


@dataclass(frozen=True)
class Work:
    """One kind of request; `script` is Lua for wrk, with names in braces."""

    name: str
    path: str
    script: str = ""
    target: Target | None = None
    #: No other server knows it.
    is_own: bool = False

    def lua(self, **names: object) -> str:
        """The script for wrk with `size`, `token` and `number` filled in.

        Numbers of two rounds lie further apart than the requests of one: no renewals are the same.
        """
        text = SEED + self.script
        for name, value in {"records": RECORDS, "tenant": TENANT, **names}.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text


LOOKUP = Target(stock=1 / 3, floor=2.0, fastapi=1 / 2, growth=1.1)
LIST = Target(stock=1 / 4, floor=1.6, fastapi=1 / 2, growth=1.3)
WRITE = Target(stock=1 / 2, floor=3.0, fastapi=1.0, growth=1.2)


def works(size: int, far_cursor: str) -> list[Work]:
    """All of them, reads first; `far_cursor` stands far down the list of `size` rows."""
    page = min(10_000, size // 20)
    return [
        Work("GET one", f"{RECORDS}/mentor-1", GET_ONE, LOOKUP),
        Work("GET exists", "/api/v1/earned-badges/exists", AUTHORIZED + EXISTS, LOOKUP),
        Work("GET list", RECORDS, "", LIST),
        Work("GET expiring", f"{RECORDS}/expiring", "", LIST),
        Work("GET filtered", f"{RECORDS}?cert_type=peer_mentor&status=active", "", LIST),
        Work("GET list, page far down", f"{RECORDS}?page={page}", is_own=True),
        Work("GET list, cursor at once", f"{RECORDS}?cursor=", is_own=True),
        Work("GET list, cursor far down", f"{RECORDS}?cursor={far_cursor}", is_own=True),
        Work("POST index", "/v2/certificate/index", AUTHORIZED + POST.replace("{post}", INDEX)),
        Work("POST upsert", RECORDS, POST.replace("{post}", UPSERT), WRITE),
        Work("POST renewals", f"{RECORDS}/mentor-1/renewals", POST.replace("{post}", RENEW), WRITE),
    ]
