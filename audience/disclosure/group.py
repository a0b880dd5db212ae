"""The people of a query, for work that needs each of them: checked by disclosure first."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from audience.disclosure.guard import told
from audience.engines.base import read_row
from audience.index.opened import open_index
from audience.query.model import AudienceQuery
from audience.query.text import to_text
from audience.search.read import read_query
from privacy.disclosure import Disclosure
from privacy.home import Home

_FEW_LISTABLE = "fewer than {} people who may be listed"


@dataclass(frozen=True, slots=True)
class Group:
    """Who meets a query: stored rows of those who may be listed, in order of standing.

    ``hidden`` says why nobody may be told of; then there are no rows.
    """

    query: str
    hidden: str
    rows: list[Mapping[str, Any]]

    @property
    def persons(self) -> list[str]:
        """Their person ids."""
        return [row["person_id"] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Ids of the listable persons of the audience that numbers are told of, in order of standing: ``found`` finds them,
    and ``notes`` say how they differ from those asked for. They are not to be shown: they may be those of another question."""

    query: str
    hidden: str
    persons: list[str]
    found: AudienceQuery
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Streamed:
    """As a :class:`Group`, with rows as JSON that are read as they are taken, once: memory stays flat."""

    query: str
    hidden: str
    rows: Iterator[bytes]


def streamed(home: Home, query: AudienceQuery | str, disclosure: Disclosure) -> Streamed:
    """Find the people of a query. Raises BadQueryError and NotMinedError as ``search`` does."""
    index = open_index(home)
    asked, resolved = read_query(index, query, disclosure.k)
    scope = index.scope()
    hidden = told(index, resolved, scope, disclosure).hidden
    if hidden:
        return Streamed(to_text(asked), hidden, iter(()))
    rows = iter(index.engine.texts(resolved, scope))
    first = list(islice(rows, disclosure.k))
    if disclosure.hidden(len(first)):
        return Streamed(to_text(asked), _FEW_LISTABLE.format(disclosure.k), iter(()))
    return Streamed(to_text(asked), "", chain(first, rows))


def group_of(home: Home, query: AudienceQuery | str, disclosure: Disclosure) -> Group:
    """Find the people of a query. Raises BadQueryError and NotMinedError as ``search`` does."""
    found = streamed(home, query, disclosure)
    with uncollected():
        return Group(found.query, found.hidden, list(map(read_row, found.rows)))


def spoken_of(home: Home, query: AudienceQuery | str, disclosure: Disclosure) -> Spoken:
    """The people to count and sum over in answer to a query. Raises BadQueryError and NotMinedError as ``search`` does."""
    index = open_index(home)
    asked, resolved = read_query(index, query, disclosure.k)
    shown = told(index, resolved, index.scope(), disclosure)
    hidden, persons = shown.hidden, list[str]()
    if not hidden:
        with uncollected():
            rows = map(read_row, index.engine.texts(shown.query, shown.scope))
            persons = [row["person_id"] for row in rows]
        if disclosure.hidden(len(persons)):
            hidden, persons = _FEW_LISTABLE.format(disclosure.k), []
    notes = [] if hidden else shown.notes(disclosure.k)
    return Spoken(to_text(asked), hidden, persons, shown.query, notes)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without Python's collector of cycles: rows have none, and looking for them takes longer than reading them."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()
