from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from certificates.models import Tenant, TenantMember


class Command(BaseCommand):
    help = (
        "Let an account read and write what belongs to a tenant. Make the account's token with "
        "create_token."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", help="the name of the account")
        parser.add_argument("tenant", type=UUID, help="the tenant's id")
        parser.add_argument("--admin", action="store_true", help="also mail it what needs a person")

    def handle(self, *args: Any, **options: Any) -> None:
        account = get_user_model().objects.filter(username=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']!r}.")
        tenant = Tenant.objects.filter(pk=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        TenantMember.objects.update_or_create(
            account=account, tenant=tenant, defaults={"is_admin": options["admin"]}
        )
        self.stdout.write(f"{account} belongs to {tenant}.")
