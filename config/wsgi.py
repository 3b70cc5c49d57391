"""The WSGI application that the web server loads."""

import gc
import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from config.checks import settings_are_sound
from config.postgresql.timeouts import limit_statements
from config.telemetry import start_tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Before the application is made: it adds middleware.
start_tracing("web")
application = get_wsgi_application()

# A web server runs no system checks by itself: unsound settings must not serve.
if unsound := settings_are_sound(None):
    raise ImproperlyConfigured(" ".join(str(error.msg) for error in unsound))

limit_statements(settings.DATABASE_STATEMENT_TIMEOUT_SECONDS)

# What is loaded now stays: collections need not look at it again, request after request.
gc.collect()
gc.freeze()
