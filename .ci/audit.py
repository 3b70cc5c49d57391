"""Fails when something that is pinned has a vulnerability that is known to OSV (osv.dev).

    python .ci/audit.py requirements.txt

Passes without an answer in one case, and says so: where the service can't be reached, so that the
rest can be checked on a machine without a way out. Not PyPI is asked: a mirror that stands in its
place knows no vulnerabilities, which looks like there being none.
"""

from __future__ import annotations

import argparse
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

OSV_URL = "https://api.osv.dev/v1/query"
TIMEOUT_SECONDS = 15


def why_unreachable(url: str) -> str | None:
    """What keeps us from connecting; None where something answers, whatever its answer."""
    try:
        urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS).close()  # noqa: S310
    except urllib.error.HTTPError:
        return None
    except urllib.error.URLError as error:
        # A certificate that nobody trusts is an answer.
        return None if isinstance(error.reason, ssl.SSLError) else str(error.reason)
    except OSError:
        return None  # It broke off after the connection stood.
    return None


def audit(requirements: str, url: str) -> int:
    """pip-audit's exit code: anything but 0 for a finding, and for whatever else went wrong."""
    # Each version is pinned with its hashes: nothing has to be resolved or installed to know it.
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--strict"]
    service = ["--vulnerability-service", "osv", "--osv-url", url]
    options = ["--timeout", str(TIMEOUT_SECONDS), "--progress-spinner", "off"]
    return subprocess.call([*command, *service, *options, "--requirement", requirements])  # noqa: S603


def main() -> int:
    """The exit code for the file that the command line names."""
    parser = argparse.ArgumentParser(description="Look up known vulnerabilities.")
    parser.add_argument("requirements", help="a file of pins with hashes")
    parser.add_argument("--osv-url", default=OSV_URL, help="another service than OSV itself")
    given = parser.parse_args()
    if reason := why_unreachable(given.osv_url):
        print(f"{given.requirements} was NOT audited: the service can't be reached ({reason}).")
        return 0
    return audit(given.requirements, given.osv_url)


if __name__ == "__main__":
    sys.exit(main())
