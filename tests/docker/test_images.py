"""What the image and the compose file promise, read from the files: no engine is needed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from config.server import GRACE_SECONDS
from config.web.body_limits import FORM_BYTES, upload_route_of

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
OURS = ("web", "worker", "beat")
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "PUBLIC_API")


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return read


def dockerfile() -> list[str]:
    """Its instructions, each on one line."""
    text = (DOCKER / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [line for line in joined.splitlines() if line]


def seconds(text: str) -> int:
    return int(text[:-1]) * {"s": 1, "m": 60}[text[-1]]


def test_everything_that_is_needed_is_there() -> None:
    services = compose()["services"]

    assert {*OURS, "proxy", "database", "broker", "mails"} <= set(services)
    assert {name for name, one in services.items() if "profiles" in one} == {
        "prometheus",
        "grafana",
    }


def test_no_container_writes_to_its_image_gains_a_privilege_or_takes_the_machine() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert 0 < service["pids_limit"] <= 512, name
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"]), name
    for name in OURS:
        tmpfs = compose()["services"][name]["tmpfs"]
        assert tmpfs == ["/tmp:size=256m,mode=1777"]  # noqa: S108 (a mount)


def test_whatever_comes_in_comes_through_the_proxy_and_data_reach_nothing() -> None:
    services = compose()["services"]

    assert services["proxy"]["ports"] == ["127.0.0.1:${PORT:-8000}:8080"]
    for name in (*OURS, "database", "broker"):
        assert "ports" not in services[name], name
    for name in ("database", "broker"):
        assert services[name]["networks"] == ["data"], name
    assert compose()["networks"]["data"] == {"internal": True}


def test_the_proxy_takes_what_web_takes_and_no_more() -> None:
    text = (DOCKER / "nginx.conf").read_text()
    default, attachment, table = (
        int(size) * 1024 * 1024 for size in re.findall(r"client_max_body_size (\d+)m;", text)
    )

    assert default == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    for limit, most in (
        (attachment, settings.ATTACHMENT_MAX_BYTES),
        (table, settings.IMPORT_MAX_BYTES),
    ):
        assert most + FORM_BYTES <= limit <= most + 1024 * 1024
    # Where files are sent to, and nowhere else.
    pattern = re.search(r"location ~ (\S+)", text)
    assert pattern
    for path in ("/admin/certifications/mentor/import-rows/", "/v2/attachment/create"):
        assert upload_route_of("POST", path)
        assert re.search(pattern[1], path) or f"location = {path} " in text


def test_the_web_server_gets_the_time_that_it_takes_to_stop() -> None:
    services = compose()["services"]

    assert seconds(services["web"]["stop_grace_period"]) > GRACE_SECONDS
    # A task sends for 20 seconds at most before it hands over.
    assert seconds(services["worker"]["stop_grace_period"]) >= 60
    assert "stop_grace_period" in services["beat"]


def test_nothing_is_reachable_from_outside_of_the_machine() -> None:
    for name, service in compose()["services"].items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name


def test_secrets_have_no_default() -> None:
    text = (DOCKER / "compose.yaml").read_text()

    for name in SECRETS:
        assert re.search(rf"\$\{{{name}:\?", text)
        assert not re.search(rf"\$\{{{name}:-", text)


def test_compose_starts_nothing_until_every_secret_is_chosen() -> None:
    tool = Path(sys.executable).parent / "docker-compose"
    chosen = dict.fromkeys(SECRETS, "chosen")
    command = [str(tool), "--file", str(DOCKER / "compose.yaml"), "config", "--quiet"]

    def read(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert read(chosen).returncode == 0
    for name in chosen:
        refused = read({key: value for key, value in chosen.items() if key != name})
        assert refused.returncode != 0
        assert name in refused.stderr


def test_images_have_versions_and_files_that_are_mounted_exist() -> None:
    for service in compose()["services"].values():
        image = service["image"]
        assert image == "certkeep" or re.search(r":v?\d", image)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (DOCKER / source).is_file(), source


def test_the_image_is_built_in_stages_and_runs_as_nobody_in_particular() -> None:
    lines = dockerfile()

    assert len([line for line in lines if line.startswith("FROM ")]) >= 2
    assert any("--require-hashes" in line for line in lines)
    user = next(index for index, line in enumerate(lines) if line.startswith("USER "))
    assert lines[user] == "USER 10001"
    assert not [line for line in lines[user:] if line.startswith("RUN ")]
    assert any(line.startswith("HEALTHCHECK ") for line in lines)


def test_what_the_image_copies_is_there() -> None:
    allowed = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    for line in allowed:
        if line.startswith("!"):
            assert (ROOT / line[1:]).exists(), line
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")} - {"tests", "benchmarks"}
    assert apps <= {line[1:] for line in allowed}
