"""Settings, all from the environment (or `.env`). Nothing set means the embedded default.

`environment`: paths and mode. `infrastructure`: security, applications, database, Celery,
languages and time, files, metrics, telemetry, logs. `mail`: mails. `features`: API, admin, checks
and reminders, webhooks, badges, retention.
"""

from config.settings.environment import *  # noqa: F403
from config.settings.features import *  # noqa: F403
from config.settings.infrastructure import *  # noqa: F403
from config.settings.mail import *  # noqa: F403
