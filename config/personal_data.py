"""What each table holds of a person, and what erases it: one registry for the whole database.

1. An app says so of each of its tables in `AppConfig.ready`: rows that `belong` to the person go
   with the person's own row, by foreign keys, and take their history with them; `erased` ones have
   a function; of others it says why they are `kept`, or that `nobody` is in them.
2. Whoever erases calls `find` while all rows are there, deletes the person's row, then calls
   `erase`, all in one transaction.

Whose data it is, is known by the key, the names and the addresses that the person has and had.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import quote

from django.contrib.admin.utils import quote as quote_for_admin
from django.db.models import Model, Q, QuerySet
from django.utils.encoding import punycode

#: Stands where a person was named.
LEFT_OUT = "…"
#: Before and after a name there is no letter or digit, lest “Ann” is found in “Annual”; a slash
#: may be written as in the query string of an address.
_BEGIN, _END = r"(?:(?<![\w@])|(?<=%2F))", r"(?![\w@])"


@dataclass(frozen=True)
class Person:
    """Whose data is erased. `rows` are the keys of what belongs to the person, or did."""

    key: str
    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    rows: Mapping[type[Model], frozenset[Any]] = field(default_factory=dict)

    def by_addresses(self) -> Person:
        """The same, known by the addresses alone: of texts in which nothing else can stand."""
        return Person(key="", addresses=self.addresses)

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """All by which the person is known as it stands in texts, JSON and addresses."""
        known = {text for text in (self.key, *self.names, *self.addresses) if text.strip()}
        return tuple(sorted({form for text in known for form in _forms(text)}))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        if not self.spellings:
            return re.compile(r"(?!)")  # nobody is nowhere
        longest_first = sorted(self.spellings, key=len, reverse=True)
        return re.compile(
            f"{_BEGIN}(?:{'|'.join(map(re.escape, longest_first))}){_END}", re.IGNORECASE
        )

    def is_named_in(self, text: str) -> bool:
        return self._pattern.search(text) is not None

    def left_out_of(self, text: str) -> str:
        """The text with `LEFT_OUT` for whatever names the person."""
        return self._pattern.sub(LEFT_OUT, text)

    def may_be_in(self, *fields: str) -> Q:
        """The condition that one of the fields has what `is_named_in` is to look at."""
        if not self.spellings:
            return Q(pk__in=[])
        matches = (Q(**{f"{name}__icontains": each}) for name in fields for each in self.spellings)
        return Q(*matches, _connector=Q.OR)


def _forms(text: str) -> Iterator[str]:
    """The text as it is, in JSON with and without other letters, in addresses of pages."""
    yield from (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    yield from (quote(text, safe=""), quote_for_admin(text))
    local, at, domain = text.rpartition("@")
    with suppress(UnicodeError):  # a name may have an @ as well
        yield f"{local}{at}{punycode(domain)}"  # as mail servers are told it


class Keeping(Enum):
    """What becomes of a table's rows when a person is erased."""

    BELONGS = "go with the person, and their history"
    ERASED = "are erased, or no longer name the person"
    KEPT = "are kept"
    NOBODY = "hold nothing of a person"


Eraser = Callable[[Person], object]


@dataclass(frozen=True)
class Holding:
    """What one table holds. `why` says what of a person that is, or why nothing is or stays."""

    table: str
    keeping: Keeping
    why: str
    erase: Eraser | None = None
    model: type[Model] | None = None
    path: str = ""


_holdings: dict[str, Holding] = {}


def belongs(model: type[Model], path: str, *, what: str) -> None:
    """Rows of which `path` is the person's key; register what they refer to before them."""
    _add(Holding(model._meta.db_table, Keeping.BELONGS, what, model=model, path=path))
    history = _history_of(model)
    if history is not None:
        erased(
            history.model,
            what=f"the history of these: {what}",
            erase=lambda person: _past_rows(model, path, person).delete(),
        )


def erased(model: type[Model], *, what: str, erase: Eraser) -> None:
    """Rows that `erase` deletes, or writes anew without the person."""
    _add(Holding(model._meta.db_table, Keeping.ERASED, what, erase=erase))


def kept(*models: type[Model], why: str) -> None:
    """Rows that stay though they are about the person, with their history."""
    for model in _with_history(models):
        _add(Holding(model._meta.db_table, Keeping.KEPT, why))


def nobody(*models: type[Model], why: str) -> None:
    """Rows that hold nothing of a person who can be erased, nor does their history."""
    for model in _with_history(models):
        _add(Holding(model._meta.db_table, Keeping.NOBODY, why))


def nobody_in_table(table: str, *, why: str) -> None:
    """A table without a model."""
    _add(Holding(table, Keeping.NOBODY, why))


def holdings() -> Mapping[str, Holding]:
    """All that is registered, by table."""
    return dict(_holdings)


def find(person: Person) -> Person:
    """The person with the keys of all rows that belong to it, also of deleted ones in history."""
    for holding in _holdings.values():
        model = holding.model
        if model is None:
            continue
        keys = set(model._default_manager.filter(**{holding.path: person.key}).values_list("pk"))
        if _history_of(model) is not None:
            past = _past_rows(model, holding.path, person)
            keys.update(past.order_by().values_list(model._meta.pk.attname).distinct())
        person = replace(person, rows={**person.rows, model: frozenset(chain.from_iterable(keys))})
    return person


def erase(person: Person) -> None:
    """Erase what is left once the person's own row is deleted; `person` is from `find`."""
    for holding in _holdings.values():
        if holding.erase is not None:
            holding.erase(person)


def leave_out(rows: QuerySet[Any], *fields: str) -> Eraser:
    """An eraser that leaves the person out of the texts in `fields` of `rows`."""

    def erase_texts(person: Person) -> None:
        for row in rows.all().filter(person.may_be_in(*fields)).only("pk", *fields):
            before = {name: getattr(row, name) or "" for name in fields}
            after = {name: person.left_out_of(text) for name, text in before.items()}
            if after != before:
                type(row)._default_manager.filter(pk=row.pk).update(**after)

    return erase_texts


def _add(holding: Holding) -> None:
    _holdings[holding.table] = holding


def _with_history(models: tuple[type[Model], ...]) -> Iterator[type[Model]]:
    for model in models:
        yield model
        history = _history_of(model)
        if history is not None:
            yield history.model


def _history_of(model: type[Model]) -> Any:
    """The manager of what django-simple-history keeps of the model; None where it keeps none."""
    return getattr(model, "history", None)


def _past_rows(model: type[Model], path: str, person: Person) -> QuerySet[Any]:
    """The history of the person's rows: it has no foreign keys, but their values."""
    first, _, more = path.partition("__")
    if path == "pk":
        condition = Q(**{model._meta.pk.attname: person.key})
    elif not more:
        condition = Q(**{f"{first}_id": person.key})
    else:
        owner: Any = model._meta.get_field(first).related_model
        condition = Q(**{f"{first}_id__in": person.rows[owner]})
    rows: QuerySet[Any] = _history_of(model).filter(condition)
    return rows
