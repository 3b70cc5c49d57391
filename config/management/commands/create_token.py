from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.accounts import issue_token
from config.api.roles import ROLES
from config.errors import InvalidError

MAX_DAYS = 36_500


class Command(BaseCommand):
    help = "Make an API token for an account and print it, once: only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", help="the account's name; made if there is none")
        parser.add_argument(
            "--role", action="append", default=[], choices=ROLES, help="a role to give (repeatable)"
        )
        parser.add_argument(
            "--days", type=int, default=settings.TOKEN_DAYS, help="how long it lasts (%(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        if not 1 <= options["days"] <= MAX_DAYS:
            raise CommandError(f"--days takes 1 to {MAX_DAYS}.")
        try:
            return issue_token(
                account=options["account"],
                roles=options["role"],
                valid_for=timedelta(days=options["days"]),
            )
        except InvalidError as error:
            raise CommandError(error.detail) from error
