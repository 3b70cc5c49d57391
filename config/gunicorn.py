"""How gunicorn serves Certkeep; each value from the environment."""

from __future__ import annotations

import os

from config.settings import LOGGING

# The server's own lines look like all others.
logconfig_dict = LOGGING
bind = f"{os.environ.get('WEB_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Seconds that a request in progress gets to finish when the server stops.
graceful_timeout = 20
# What a request did is logged by the application, with its ids.
accesslog = None
# The heartbeat file of each worker belongs into memory, not onto a disk that may stall.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# The control socket would be a file outside of the checkout.
control_socket_disable = True
