"""The project's own settings, with addresses beside its own that break on purpose."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.e2e.crashing_urls"
