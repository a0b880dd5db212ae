"""SQLite's FTS5: terms and words in one full-text index, facets by joined rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from audience.query.model import AudienceQuery
from bench.audience.peers import TOP, Answer, by_field, facet_rows, term_lists, terms

# Terms are found or not, never scored and never in phrases: the leanest index that FTS5 has.
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -400000;
CREATE VIRTUAL TABLE people USING fts5(terms, content='', detail=none, tokenize="unicode61 tokenchars ':>=-+'");
CREATE TABLE stored (uid INTEGER PRIMARY KEY, row TEXT);
CREATE TABLE facet (uid INTEGER, field INTEGER, value TEXT, PRIMARY KEY (uid, field, value)) WITHOUT ROWID;
"""
_COUNT = "SELECT count(*) FROM people WHERE people MATCH ?"
_TOP = (
    "SELECT uid, row FROM people JOIN stored ON uid = people.rowid WHERE people MATCH ? ORDER BY people.rowid"
    f" LIMIT {TOP}"
)
_FACETS = (
    "SELECT field, value, count(*) FROM people JOIN facet ON uid = people.rowid WHERE people MATCH ?"
    " GROUP BY field, value"
)


class Sqlite:
    """A peer in one file."""

    name = "SQLite FTS5"

    def __init__(self, folder: Path, batches: Iterable[pl.DataFrame]) -> None:
        self._connection = sqlite3.connect(folder / "people.sqlite")
        self._connection.executescript(_TABLES)
        for batch in batches:
            texts = term_lists(batch, words=True).list.join(" ").to_list()
            uids = batch["uid"].to_list()
            insert = self._connection.executemany
            insert("INSERT INTO people (rowid, terms) VALUES (?, ?)", zip(uids, texts, strict=True))
            insert("INSERT INTO stored VALUES (?, ?)", zip(uids, batch["row"].to_list(), strict=True))
            insert("INSERT INTO facet VALUES (?, ?, ?)", facet_rows(batch).iter_rows())
        self._connection.execute("INSERT INTO people (people) VALUES ('optimize')")
        self._connection.commit()

    def answer(self, query: AudienceQuery) -> Answer:
        """Three statements."""
        match = (_match(query),)
        total = self._connection.execute(_COUNT, match).fetchone()[0]
        top = [uid for uid, _ in self._connection.execute(_TOP, match)]
        return Answer(total, top, by_field(self._connection.execute(_FACETS, match)))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _match(query: AudienceQuery) -> str:
    every = [f'"{term}"' for term in terms(query.all)]
    some = [f'"{term}"' for term in terms(query.any)]
    wanted = " AND ".join([*every, *([f"({' OR '.join(some)})"] if some else [])])
    return f"({wanted})" + "".join(f' NOT "{term}"' for term in terms(query.none))
