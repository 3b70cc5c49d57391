"""Settings, all from the environment (or `.env`). Nothing set means the embedded default.

Sections: paths and mode, security, applications, database, Celery, mail, API, admin, checks and
reminders, webhooks, badges, languages and time, files, retention, metrics, telemetry, logs.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from config.broker import broker_options
from config.embedded import secret_key
from config.logs import configure_logging
from config.rates import Rate

# --- Paths and mode ----------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

# Everything that the embedded default keeps: database, queue, mails, static files.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
# A database server makes it production; SQLite is the embedded default.
DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'certkeep.sqlite3'}")
EMBEDDED = DATABASE_URL.startswith("sqlite:")
DEBUG = env.bool("DEBUG", default=False)


def _required_in_production(name: str) -> str:
    """The environment variable `name`, which nothing but the embedded default can do without."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} must be set when DATABASE_URL names a server")
    return value


# --- Security ----------------------------------------------------------------------------------

# Signs sessions and CSRF tokens; the embedded default makes its own and keeps it.
SECRET_KEY = env.str("SECRET_KEY", default="") or (
    secret_key(VAR_DIR / "secret-key") if EMBEDDED else _required_in_production("SECRET_KEY")
)
# Host names that the service answers to, by comma.
ALLOWED_HOSTS = (
    env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
    if EMBEDDED
    else [name.strip() for name in _required_in_production("ALLOWED_HOSTS").split(",")]
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
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "config.desk.login.locked_out"
AXES_CLIENT_IP_CALLABLE = "config.audit.address.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
# config.admin has its own.
AXES_ENABLE_ADMIN = False
# The name under which authenticator apps list the second factor.
OTP_TOTP_ISSUER = "Certkeep"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
CSRF_FAILURE_VIEW = "config.api.problems.csrf_failure"
# Largest request body in bytes; a larger one is a 413.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=1024 * 1024)

# --- Applications ------------------------------------------------------------------------------

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
    "django.middleware.security.SecurityMiddleware",
    "config.api.chain.ApiMiddleware",  # what follows is for pages alone
    "config.policies.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
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

# --- Database ----------------------------------------------------------------------------------

# Statements of hot reads and writes are prepared on each connection; some connection poolers can't
# have that.
PREPARED_STATEMENTS = not EMBEDDED and env.bool("PREPARED_STATEMENTS", default=True)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
# A replica of the primary by streaming replication, for the lists of the APIs.
if REPLICA_URL := env.str("DATABASE_REPLICA_URL", default=""):
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

# --- Celery ------------------------------------------------------------------------------------

# redis://… or amqp://… in production; a folder on the embedded default.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
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

# --- Mail --------------------------------------------------------------------------------------

# smtp://, smtp+tls:// or smtp+ssl://; files in var/mail/ on the embedded default.
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "config.mail.EmlFileBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
# Seconds without an answer after which a mail server counts as away.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Certkeep <certkeep@localhost>")

# --- API ---------------------------------------------------------------------------------------

# Contracts 1 to 3 without a token: "open", "read-only" or "closed". Someone has to choose in
# production.
PUBLIC_API = (
    env.str("PUBLIC_API", default="open") if EMBEDDED else _required_in_production("PUBLIC_API")
)
# Days that a token lasts when create_token is not told otherwise.
TOKEN_DAYS = env.int("TOKEN_DAYS", default=365)
# Access tokens of an identity provider are taken when the URL of its key set is given.
OIDC_JWKS_URL = env.str("OIDC_JWKS_URL", default="")
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_AUDIENCE = env.str("OIDC_AUDIENCE", default="")
# Claims that hold the roles (a list or a string with spaces) and the tenant.
OIDC_ROLES_CLAIM = env.str("OIDC_ROLES_CLAIM", default="roles")
OIDC_TENANT_CLAIM = env.str("OIDC_TENANT_CLAIM", default="tenant_id")

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["config.api.json.OrjsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.api.negotiation.JsonFirstNegotiation",
    "DEFAULT_PARSER_CLASSES": ["config.api.json.OrjsonParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.api.authentication.OidcAuthentication",
        "config.api.authentication.TokenAuthentication",
    ],
    # Nothing is reachable because a view forgot to say who may call it.
    "DEFAULT_PERMISSION_CLASSES": ["config.api.access.Closed"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.ContractSchema",
    "EXCEPTION_HANDLER": "config.api.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.MultiPartRenderer",
    ],
    # `?format=` is not a parameter of any contract.
    "URL_FORMAT_OVERRIDE": None,
}
# Requests of an address, and of an account: 10/s, 600/min, 5000/h, 50000/d; empty for no limit.
try:
    THROTTLE_ADDRESS = Rate.of(env.str("THROTTLE_ADDRESS", default=""))
    THROTTLE_ACCOUNT = Rate.of(env.str("THROTTLE_ACCOUNT", default=""))
except ValueError as error:
    raise ImproperlyConfigured(f"THROTTLE_ADDRESS or THROTTLE_ACCOUNT: {error}") from error
# Where requests are counted: each process by itself, or together in Redis.
CACHES = {"default": env.cache_url_config(env.str("CACHE_URL", default="locmemcache://"))}
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(days=TOKEN_DAYS),
    "AUTO_REFRESH": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Certkeep",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Keeps people's certifications from lapsing without anyone noticing.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CertificationStatus": "certifications.models.CertificationStatus",
        "ExpiryStatus": "certifications.models.ExpiryStatus",
        "RunStatus": "cron.models.RunStatus",
        "JobStatus": "cron.api.serializers.JOB_STATUSES",
        "WebhookDeliveryState": "certificates.webhooks.models.DeliveryState",
        "SubscribableEvent": "certificates.webhooks.api.serializers.EVENT_CHOICES",
        "WebhookEventType": "certificates.webhooks.models.EventType",
    },
    "WEBHOOKS": "certificates.api.events.WEBHOOKS",
}

# --- Admin -------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "Certkeep",
    "SITE_HEADER": "Certkeep",
    "SITE_SUBHEADER": "config.desk.zone.zone_note",
    "SITE_SYMBOL": "workspace_premium",
    "SITE_URL": "/api/docs",
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [lambda request: static("desk/zone.js")],
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "config.desk.navigation.navigation",
    },
    "ACCOUNT": {"navigation": "config.desk.navigation.account_links"},
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .013 236)",
            "100": "oklch(94.5% .03 236)",
            "200": "oklch(89% .06 236)",
            "300": "oklch(81% .1 237)",
            "400": "oklch(71% .13 239)",
            "500": "oklch(60% .14 243)",
            "600": "oklch(50% .13 245)",
            "700": "oklch(44% .115 246)",
            "800": "oklch(38% .095 246)",
            "900": "oklch(33% .08 248)",
            "950": "oklch(25% .06 250)",
        }
    },
}
# A row is changed by the rules of the services, never set back to what it was.
SIMPLE_HISTORY_REVERT_DISABLED = True
# Largest file that is imported, in bytes.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=50 * 1024 * 1024)

# --- Checks and reminders ----------------------------------------------------------------------

# Seconds after which a worker that gave no sign of life is taken for dead.
RUN_LEASE_SECONDS = env.int("RUN_LEASE_SECONDS", default=300)
# Reminders that a worker takes at a time, over one connection to the mail server.
REMINDER_BATCH_SIZE = env.int("REMINDER_BATCH_SIZE", default=50)
# Seconds to wait before each further try of a mail within one run.
REMINDER_RETRY_SECONDS = [
    int(s) for s in env.list("REMINDER_RETRY_SECONDS", default=["5", "30", "120", "300"])
]
# Mails that all workers together hand over in a minute of the clock; 0 is for as many as there are.
REMINDERS_PER_MINUTE = env.int("REMINDERS_PER_MINUTE", default=0)
# Batches that may be rung for at once; each keeps one worker process busy.
REMINDER_MAX_SENDERS = env.int("REMINDER_MAX_SENDERS", default=8)

# --- Webhooks ----------------------------------------------------------------------------------

# Plain http to receivers; only for receivers on the machine itself.
WEBHOOK_ALLOW_HTTP = env.bool("WEBHOOK_ALLOW_HTTP", default=EMBEDDED)
# Networks that are not public and may be called nevertheless, by comma (10.1.0.0/16).
WEBHOOK_ALLOWED_NETWORKS = env.list(
    "WEBHOOK_ALLOWED_NETWORKS", default=["127.0.0.0/8", "::1/128"] if EMBEDDED else []
)
# Seconds in which a receiver has to have answered, all in all.
WEBHOOK_TIMEOUT_SECONDS = env.int("WEBHOOK_TIMEOUT_SECONDS", default=15)
# Seconds to wait before each further try: 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours.
WEBHOOK_RETRY_SECONDS = [
    int(s)
    for s in env.list(
        "WEBHOOK_RETRY_SECONDS",
        default=["5", "300", "1800", "7200", "18000", "36000", "50400", "72000", "86400"],
    )
]
# Seconds without a sign of life after which a worker that holds deliveries is taken for dead.
WEBHOOK_LEASE_SECONDS = env.int("WEBHOOK_LEASE_SECONDS", default=60)
# Deliveries that one worker process has under way, and that one endpoint gets at the same time.
WEBHOOK_CONCURRENCY = env.int("WEBHOOK_CONCURRENCY", default=32)
WEBHOOK_ENDPOINT_CONCURRENCY = env.int("WEBHOOK_ENDPOINT_CONCURRENCY", default=4)
# Days of nothing but failures after which an endpoint is disabled.
WEBHOOK_DISABLE_AFTER_DAYS = env.int("WEBHOOK_DISABLE_AFTER_DAYS", default=5)

# --- Badges ------------------------------------------------------------------------------------

# Where the world reaches Certkeep (https://…): it stands in credentials for good. Without it, or
# without a key, badges have neither credentials nor public pages.
PUBLIC_URL = env.str(
    "PUBLIC_URL",
    default=f"http://127.0.0.1:{env.int('PORT', default=8000)}" if EMBEDDED else "",
).rstrip("/")
# Who issues the badges, for people.
BADGE_ISSUER_NAME = env.str("BADGE_ISSUER_NAME", default="Certkeep")
# File with the private key that signs credentials (PEM; RSA for RS256, Ed25519 for EdDSA); the
# embedded default makes one and keeps it.
BADGE_SIGNING_KEY_FILE = env.str(
    "BADGE_SIGNING_KEY_FILE", default=str(VAR_DIR / "badge-signing-key.pem") if EMBEDDED else ""
)
# Files with keys that signed before: their public halves stay published.
BADGE_FORMER_KEY_FILES = env.list("BADGE_FORMER_KEY_FILES", default=[])

# --- Languages and time ------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("nb", "Norsk bokmål")]
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Files -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
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

# --- Retention ---------------------------------------------------------------------------------

# Days after which a daily task deletes what nothing needs any more; 0 keeps it for ever.
# Runs with their reminders and digests.
KEEP_RUNS_DAYS = env.int("KEEP_RUNS_DAYS", default=730)
# Webhook events with their deliveries and tries.
KEEP_WEBHOOK_EVENTS_DAYS = env.int("KEEP_WEBHOOK_EVENTS_DAYS", default=90)
# Who changed what.
KEEP_HISTORY_DAYS = env.int("KEEP_HISTORY_DAYS", default=3650)
# The audit log.
KEEP_AUDIT_DAYS = env.int("KEEP_AUDIT_DAYS", default=730)
# Answers under idempotency keys, which count for a day.
KEEP_IDEMPOTENCY_KEYS_DAYS = env.int("KEEP_IDEMPOTENCY_KEYS_DAYS", default=1)

# --- Metrics -----------------------------------------------------------------------------------

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

# --- Logs --------------------------------------------------------------------------------------

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
