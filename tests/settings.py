"""Settings of the tests: the project's own, with files of their own and fast passwords.

Tests of real processes (tests/e2e) run them on `config.settings` itself.
"""

import os
from pathlib import Path

os.environ.setdefault(
    "VAR_DIR",
    str(
        Path(__file__).resolve().parent.parent
        / "var"
        / "test"
        / os.environ.get("PYTEST_XDIST_WORKER", "main")
    ),
)
os.environ.setdefault("SECRET_KEY", "a-secret-key-for-tests-alone-0123456789-abcdefghijklmnop")
os.environ.setdefault("PUBLIC_API", "open")
os.environ.setdefault("EMAIL_URL", "files:")
os.environ.setdefault("DEFAULT_FROM_EMAIL", "Certkeep <certkeep@localhost>")
os.environ.setdefault("METRICS", "open")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")

from config.settings import *  # noqa: F403

CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT = "memory"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
