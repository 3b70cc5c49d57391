"""What Certkeep stands on: security, applications, database, Celery, files, what it tells."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.broker import broker_options
from config.embedded import secret_key
from config.logs import configure_logging
from config.settings.environment import (
    BASE_DIR,
    DATABASE_URL,
    EMBEDDED,
    VAR_DIR,
    env,
    required_in_production,
    url,
)
from config.settings.features import BADGE_ISSUER_NAME

# --- Security ------------------------------------------------------------------------------------

# Signs sessions and CSRF tokens; the embedded default makes its own and keeps it.
SECRET_KEY = env.str("SECRET_KEY", default="") or (
    secret_key(VAR_DIR / "secret-key") if EMBEDDED else required_in_production("SECRET_KEY")
)
# Host names that the service answers to, by comma.
ALLOWED_HOSTS = (
    env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
    if EMBEDDED
    else [name.strip() for name in required_in_production("ALLOWED_HOSTS").split(",")]
)
# Origins (https://…) that may post admin forms when a proxy ends TLS.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# A proxy in front says by its headers that the client came by https, and from where.
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # Probes come past the proxy.
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
    # Seconds for which browsers come by https alone; 0 while TLS is being tried out.
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600)
# Subdomains and browsers' preload lists are for whoever owns the domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
# Minutes without a request after which whoever was logged in to the admin has to log in again.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=60)
# Hours after which that is so however busy one is: a day's work, and no night's.
SESSION_HOURS = env.int("SESSION_HOURS", default=12)
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "config.rights.RoleBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    # Passwords from before; each is stored anew at its next login.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Failed logins of one account from one address after which both together have to wait.
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=5)
LOGIN_LOCKOUT_MINUTES = env.int("LOGIN_LOCKOUT_MINUTES", default=15)
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCKOUT_MINUTES)
# Failed logins of one address, of whatever accounts, after which it has to wait.
LOGIN_ADDRESS_FAILURE_LIMIT = env.int("LOGIN_ADDRESS_FAILURE_LIMIT", default=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "config.desk.login.locked_out"
AXES_CLIENT_IP_CALLABLE = "config.web.client_address.login_address"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
# config.admin has its own.
AXES_ENABLE_ADMIN = False
# Roles whose accounts have to have a second factor, by comma, or "all"; a superuser's is admin.
REQUIRE_SECOND_FACTOR = [
    role.strip() for role in env.list("REQUIRE_SECOND_FACTOR", default=[]) if role.strip()
]
# The name under which authenticator apps list the second factor.
OTP_TOTP_ISSUER = "Certkeep"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "config.access.passwords.NamesValidator",
        "OPTIONS": {"names": ["Certkeep", BADGE_ISSUER_NAME]},
    },
]
CSRF_FAILURE_VIEW = "config.api.problems.csrf_failure"
# Largest request body in bytes; a larger one is a 413.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=1024 * 1024)

# --- Applications --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "config.apps.DeskConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "knox",
    "simple_history",
    "django_celery_beat",
    "django_structlog",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.apps.FrameConfig",  # after those whose admins it replaces
    "certifications.apps.CertificationsConfig",
    "cron.apps.CronConfig",
    "certificates.apps.CertificatesConfig",
    "certificates.webhooks.apps.WebhooksConfig",
    "badges.apps.BadgesConfig",
]
MIDDLEWARE = [
    "config.api.request_id.RequestIdMiddleware",
    "config.api.request_log.RequestLogMiddleware",
    "config.api.throttling.ThrottleMiddleware",
    "config.api.origin.OriginMiddleware",
    "config.api.body_limits.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.api.chain.ApiMiddleware",  # what follows is for pages alone
    "config.policies.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.access.sessions.SessionLimitMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "config.desk.zone.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.desk.unavailable.DatabaseUnavailableMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before those of the apps, some of which it replaces.
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database ------------------------------------------------------------------------------------

# Statements of hot reads and writes are prepared on each connection; some connection poolers can't
# have that.
PREPARED_STATEMENTS = not EMBEDDED and env.bool("PREPARED_STATEMENTS", default=True)
# Seconds after which PostgreSQL ends a statement of a web process, as whoever asked may be gone; 0
# where a pooler would hand the limited connection to a worker.
DATABASE_STATEMENT_TIMEOUT_SECONDS = env.int("DATABASE_STATEMENT_TIMEOUT_SECONDS", default=10)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
# A replica of the primary by streaming replication, for the lists of the APIs.
if REPLICA_URL := url("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = env.db_url_config(REPLICA_URL)
DATABASE_ROUTERS = ["config.routing.ReplicaRouter"]
for database in DATABASES.values():
    if EMBEDDED:
        database["OPTIONS"] = {
            # Readers and the one writer don't block each other.
            "init_command": "PRAGMA journal_mode=WAL;",
            # A transaction takes the write lock when it begins: waiting there can't deadlock.
            "transaction_mode": "IMMEDIATE",
            "timeout": env.int("SQLITE_BUSY_TIMEOUT_SECONDS", default=30),
        }
        continue
    if database["ENGINE"] == "django.db.backends.postgresql":
        database["ENGINE"] = "config.postgresql"
    database["OPTIONS"] = {"connect_timeout": 5}
    if PREPARED_STATEMENTS:
        # Only those that ask for it.
        database["OPTIONS"]["prepare_threshold"] = 1_000_000_000
    # Seconds that a thread keeps its connection.
    database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=600)
    database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery --------------------------------------------------------------------------------------

# redis://… or amqp://… in production; a folder on the embedded default.
CELERY_BROKER_URL = url("CELERY_BROKER_URL", default="filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT = "config.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(VAR_DIR / "broker")
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 3, "socket_timeout": 10}
# One for each installation where several share a broker.
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="celery")
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A request that rings a worker fails within seconds when the broker is away.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0.1,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
# What a task did is in the database; nobody reads results.
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "cron.beat:StoppableScheduler"
# The database is the truth and the broker a bell: this entry rings again for what a lost message,
# a dead worker or a sleeping beat left behind. A ring that nobody heard in time is dropped.
SWEEP_EVERY = timedelta(seconds=env.int("SWEEP_SECONDS", default=60))
CELERY_BEAT_SCHEDULE = {
    "certkeep: sweep": {
        "task": "cron.tasks.sweep",
        "schedule": SWEEP_EVERY,
        "options": {"expire_seconds": 55},
    },
    "certkeep: missed runs": {
        "task": "cron.tasks.watch_jobs",
        "schedule": SWEEP_EVERY,
        "options": {"expire_seconds": 55},
    },
    "certkeep: webhooks": {
        "task": "certificates.webhooks.tasks.sweep",
        "schedule": SWEEP_EVERY,
        "options": {"expire_seconds": 55},
    },
    "certkeep: files": {
        "task": "certificates.tasks.remove_unreferenced_files",
        "schedule": timedelta(hours=1),
        "options": {"expire_seconds": 3000},
    },
    "certkeep: retention": {
        "task": "config.tasks.prune",
        "schedule": timedelta(days=1),
        "options": {"expire_seconds": 80_000},
    },
}
DJANGO_CELERY_BEAT_TZ_AWARE = True

# --- Languages and time --------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("nb", "Norsk bokmål")]
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Files ---------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Before those of the apps: files of the theme that ours replace.
STATICFILES_DIRS = [BASE_DIR / "config" / "theme"]
# What is uploaded is for its owner alone where it lies beside keys; elsewhere other accounts of the
# machine may have to read it, a backup's among them.
FILE_UPLOAD_PERMISSIONS = 0o600 if EMBEDDED else 0o644
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700 if EMBEDDED else None
# Largest attachment in bytes; a larger one is a 413.
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=25 * 1024 * 1024)
# Attachments lie in this folder, or in a bucket of an S3-like store (credentials as AWS_… has it).
ATTACHMENTS_DIR = Path(env.str("ATTACHMENTS_DIR", default=str(VAR_DIR / "attachments"))).resolve()
ATTACHMENTS_S3_BUCKET = env.str("ATTACHMENTS_S3_BUCKET", default="")
ATTACHMENTS_S3_ENDPOINT_URL = env.str("ATTACHMENTS_S3_ENDPOINT_URL", default="")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": ATTACHMENTS_DIR},
    },
}
if ATTACHMENTS_S3_BUCKET:
    STORAGES["attachments"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": ATTACHMENTS_S3_BUCKET,
            "endpoint_url": ATTACHMENTS_S3_ENDPOINT_URL or None,
        },
    }

# --- Metrics -------------------------------------------------------------------------------------

# Who may read /metrics: nobody (off), everybody (open), or who has a token of role system or admin
# (token).
METRICS = env.str("METRICS", default="open" if EMBEDDED else "off")
if METRICS != "off":
    MIDDLEWARE.insert(0, "config.metrics.requests.RequestMetricsMiddleware")

# --- Telemetry -----------------------------------------------------------------------------------

# Where errors are reported to (Sentry, or what speaks its protocol); nobody without one.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", default="production")
# The version that errors are said to be of; without it the SDK looks for one.
SENTRY_RELEASE = env.str("SENTRY_RELEASE", default="")
# The part of requests and tasks that Sentry gets a trace of, from 0 to 1.
SENTRY_TRACES_SAMPLE_RATE = env.float("SENTRY_TRACES_SAMPLE_RATE", default=0.0)
# Who collects traces by OTLP over HTTP. The SDK reads it, and all other OTEL_… variables, itself.
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")

# --- Logs ----------------------------------------------------------------------------------------

# "json" is one line an event for machines, "console" is for eyes.
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if EMBEDDED else "json")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = configure_logging(format=LOG_FORMAT, level=LOG_LEVEL, coloured=sys.stderr.isatty())
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# config.api.request_id has made or checked it before.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
# One line a request and a task: the one that says how it ended.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = 10
