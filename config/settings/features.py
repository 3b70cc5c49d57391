"""What Certkeep does: API, admin, checks and reminders, webhooks, badges, retention."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from config.rates import Rate
from config.settings.environment import EMBEDDED, VAR_DIR, env, required_in_production, url

# --- API -----------------------------------------------------------------------------------------

# Contracts 1 to 3 without a token: "open", "read-only" or "closed". Someone has to choose in
# production.
PUBLIC_API = (
    env.str("PUBLIC_API", default="open") if EMBEDDED else required_in_production("PUBLIC_API")
)
# Days that a token lasts when create_token is not told otherwise.
TOKEN_DAYS = env.int("TOKEN_DAYS", default=365)
# Access tokens of an identity provider are taken when the URL of its key set is given.
OIDC_JWKS_URL = url("OIDC_JWKS_URL")
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_AUDIENCE = env.str("OIDC_AUDIENCE", default="")
# Claims that hold the roles (a list or a string with spaces) and the tenant; dots lead into a claim
# (realm_access.roles).
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
CACHES = {"default": env.cache_url_config(url("CACHE_URL", default="locmemcache://"))}
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(days=TOKEN_DAYS),
    "AUTO_REFRESH": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Certkeep",
    "VERSION": "1.0.0",
    "DESCRIPTION": (
        "Keeps people's certifications from lapsing without anyone noticing. Errors are problem "
        "details (RFC 9457), moments are UTC to the second, tokens are sent as `Authorization: "
        "Bearer …`. The README tells what Certkeep decided where its contracts are silent."
    ),
    "CONTACT": {"name": "Whoever runs this installation"},
    "TAGS": [
        {"name": name, "description": description}
        for name, description in (
            ("certification-records", "What is stored of certifications, with their renewals."),
            ("certifications", "Certifications by their expiry, and plans of their reminders."),
            ("certification-cron", "Jobs that check which certifications expire."),
            ("mentors", "Who holds certifications: names, addresses, organisations."),
            ("earned-badges", "Badges that mentors earned."),
            ("badge-definitions", "Which badges there are to earn."),
            ("certificate", "Certificates of people, materials and equipment."),
            ("certificate-action", "What a certificate allows or obliges to."),
            ("attachment", "Files that belong to certificates."),
            ("webhook-endpoint", "Where events are sent."),
            ("webhook-delivery", "What was sent, and what waits to be."),
            ("webhook-event", "All events of a tenant in their order."),
            ("webhooks", "What endpoints are sent."),
        )
    ],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema_document.complete",
    ],
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

# --- Admin ---------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "Certkeep",
    "SITE_HEADER": "Certkeep",
    "SITE_SUBHEADER": "config.desk.zone.zone_note",
    "SITE_SYMBOL": "workspace_premium",
    "SITE_URL": "/api/docs",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("desk/favicon.svg"),
        }
    ],
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [
        lambda request: static("desk/zone.js"),
        lambda request: static("desk/alpine_expressions.js"),
        lambda request: static("desk/names.js"),
        lambda request: static("desk/focus.js"),
    ],
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

# --- Checks and reminders ------------------------------------------------------------------------

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
# Reminders of certifications that one address gets a day (UTC); 0 is for as many as there are.
MAILS_PER_RECIPIENT_PER_DAY = env.int("MAILS_PER_RECIPIENT_PER_DAY", default=20)
# Batches that may be rung for at once; each keeps one worker process busy.
REMINDER_MAX_SENDERS = env.int("REMINDER_MAX_SENDERS", default=8)

# --- Webhooks ------------------------------------------------------------------------------------

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
# Of those of a worker process, how many one tenant's receivers may keep busy.
WEBHOOK_TENANT_CONCURRENCY = env.int(
    "WEBHOOK_TENANT_CONCURRENCY", default=max(WEBHOOK_CONCURRENCY // 4, 1)
)
# Endpoints that a tenant can have: each event is sent to all that ask for it.
WEBHOOK_ENDPOINTS_PER_TENANT = env.int("WEBHOOK_ENDPOINTS_PER_TENANT", default=20)
# Days of nothing but failures after which an endpoint is disabled.
WEBHOOK_DISABLE_AFTER_DAYS = env.int("WEBHOOK_DISABLE_AFTER_DAYS", default=5)

# --- Badges --------------------------------------------------------------------------------------

# Where the world reaches Certkeep (https://…): it stands in credentials for good. Without it, or
# without a key, badges have neither credentials nor public pages.
EMBEDDED_URL = f"http://127.0.0.1:{env.int('PORT', default=8000)}"
PUBLIC_URL = env.str("PUBLIC_URL", default=EMBEDDED_URL if EMBEDDED else "").rstrip("/")
# Who issues the badges, for people.
BADGE_ISSUER_NAME = env.str("BADGE_ISSUER_NAME", default="Certkeep")
# File with the private key that signs credentials (PEM; RSA for RS256, which every verifier has to
# know, or Ed25519 for EdDSA, which few do); the embedded default makes one and keeps it.
BADGE_SIGNING_KEY_FILE = env.str(
    "BADGE_SIGNING_KEY_FILE", default=str(VAR_DIR / "badge-signing-key.pem") if EMBEDDED else ""
)
# Files with keys that signed before: their public halves stay published.
BADGE_FORMER_KEY_FILES = env.list("BADGE_FORMER_KEY_FILES", default=[])

# --- Retention -----------------------------------------------------------------------------------

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
