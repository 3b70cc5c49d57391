"""Norwegian Bokmål: every text has it, and the compiled catalogues are those of the source."""

from __future__ import annotations

from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.test import Client
from django.utils.translation import gettext as translate
from django.utils.translation import override

from tests.texts import CATALOGUES, ROOT, marked_texts


def catalogue(folder: str) -> Catalog:
    with (ROOT / folder / "locale/nb/LC_MESSAGES/django.po").open("rb") as source:
        return read_po(source, locale="nb")


def _messages(catalog: Catalog) -> list[tuple[object, object]]:
    return [(message.id, message.string) for message in catalog if message.id]


@pytest.mark.parametrize("folder", CATALOGUES)
def test_the_compiled_translations_are_those_of_the_source(folder: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(folder))
    compiled.seek(0)

    with (ROOT / folder / "locale/nb/LC_MESSAGES/django.mo").open("rb") as committed:
        assert _messages(read_mo(committed)) == _messages(read_mo(compiled))


def test_every_text_has_a_translation() -> None:
    translated = {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for folder in CATALOGUES
        for message in catalogue(folder)
        if message.string
    }

    missing = {}
    with override("nb"):
        for folder, texts in marked_texts().items():
            # What Django itself says in Norwegian need not be said again.
            lacking = {text for text in texts - translated if translate(text) == text}
            if lacking:
                missing[folder] = lacking

    assert missing == {}


@pytest.mark.django_db
def test_the_desk_speaks_the_language_of_the_browser(desk: Client) -> None:
    english = desk.get("/admin/").content.decode()
    norwegian = desk.get("/admin/", headers={"Accept-Language": "nb"}).content.decode()

    assert "What needs me today?" in english
    assert "Hva må jeg ta tak i i dag?" in norwegian
    assert 'lang="nb"' in norwegian


@pytest.mark.django_db
def test_the_language_of_the_desk_is_chosen_and_kept(desk: Client) -> None:
    desk.post("/i18n/setlang/", {"language": "nb", "next": "/admin/"})

    assert "Hva må jeg ta tak i i dag?" in desk.get("/admin/").content.decode()
