"""nginx with the compose file's configuration, in front of a web process on this machine."""

from __future__ import annotations

import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.e2e.processes import REPOSITORY, Process, free_port, wait_until

CONFIGURATION = REPOSITORY / "docker" / "nginx.conf"


class Proxy:
    """The proxy, which ends TLS on a port of its own with a certificate that nobody knows."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        """Status and text of what comes back, whatever it is."""
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.port}{path}", data=body, headers=dict(headers or {})
        )
        try:
            with urllib.request.urlopen(  # noqa: S310 (loopback)
                request, timeout=30, context=self.context
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@contextmanager
def running_proxy(web_port: int) -> Iterator[Proxy]:
    """Start it; other than in its container are the places, and that it has a certificate."""
    # Not one of pytest's folders: started by root, nginx serves as somebody else.
    folder = Path(mkdtemp(prefix="certkeep-nginx-"))
    folder.chmod(0o711)
    try:
        with _running(folder, web_port) as proxy:
            yield proxy
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(folder: Path, web_port: int) -> Iterator[Proxy]:
    proxy = Proxy(free_port())
    _make_certificate(folder)
    text = CONFIGURATION.read_text().replace("/tmp/", f"{folder}/")  # noqa: S108 (the container's)
    for there, here in {
        "listen 8080;": (
            f"listen 127.0.0.1:{proxy.port} ssl;"
            f"ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;"
        ),
        "server web:8000;": f"server 127.0.0.1:{web_port};",
    }.items():
        assert there in text
        text = text.replace(there, here)
    configuration = folder / "nginx.conf"
    configuration.write_text(text)
    command = ["nginx", "-c", str(configuration), "-p", str(folder), "-g", "daemon off;"]
    path = {"PATH": "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin"}
    process = Process(command, path, folder / "nginx.log")
    try:
        wait_until(lambda: _answers(proxy, process), timeout_s=20, what="nginx")
        yield proxy
    finally:
        process.stop()


def _answers(proxy: Proxy, process: Process) -> bool:
    assert process.exit_code is None, process.output()
    try:
        return proxy.ask("/livez")[0] == 200
    except OSError:
        return False


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
