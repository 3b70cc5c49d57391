"""The icon that browsers ask for on every page."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client


def test_whoever_asks_for_the_icon_is_led_to_it() -> None:
    answer = Client().get("/favicon.ico")

    assert answer.status_code == 302
    assert find(answer["Location"].removeprefix("/static/"))


@pytest.mark.django_db
def test_pages_of_the_admin_name_theirs() -> None:
    page = Client().get("/admin/login/").content.decode()

    link = re.search(r'<link rel="icon"[^>]*href="/static/([^"]+)"', page)
    assert link
    assert find(link[1])
