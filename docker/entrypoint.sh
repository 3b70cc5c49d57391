#!/bin/sh
# MIGRATE=1 brings the database up to date first: for one of the containers, not for all.
set -eu

if [ "${MIGRATE:-0}" = 1 ]; then
    python manage.py migrate --noinput
fi

exec "$@"
