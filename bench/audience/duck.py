"""DuckDB: terms sorted, so that looking one up reads a part of them, and facets counted over lists of the people found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import polars as pl

from audience.query.model import AudienceQuery
from bench.audience.bands import ASKED_WORDS
from bench.audience.peers import FACETS, TOP, Answer, by_field, term_lists, terms

_LISTS = ", ".join(f"{name} VARCHAR[]" for name in FACETS)
_TOP = f"SELECT uid, row FROM people WHERE uid IN (SELECT uid FROM found) ORDER BY uid LIMIT {TOP}"
_FACETS = (
    f"WITH these AS MATERIALIZED (SELECT {', '.join(FACETS)} FROM people WHERE uid IN (SELECT uid FROM found)) "
    + " UNION ALL ".join(
        f"SELECT {place}, value, count(*) FROM (SELECT unnest({name}) AS value FROM these) GROUP BY value"
        for place, name in enumerate(FACETS)
    )
)


class DuckDb:
    """A peer in one file. Of the words, it holds those that queries ask for: all of them would only slow it."""

    name = "DuckDB"

    def __init__(self, folder: Path, batches: Iterable[pl.DataFrame]) -> None:
        self._connection = duckdb.connect(
            str(folder / "people.duckdb"),
            config={"threads": 2, "memory_limit": "3GB", "temp_directory": str(folder)},
        )
        run = self._connection.execute
        run(f"CREATE TABLE people (uid INTEGER, row VARCHAR, {_LISTS})")
        run("CREATE TABLE unsorted (term VARCHAR, uid INTEGER)")
        asked = pl.Series([f"word:{word}" for word in ASKED_WORDS])
        for batch in batches:
            long = batch.select("uid", term_lists(batch, words=True).alias("term")).explode("term")
            is_word = pl.col("term").str.starts_with("word:")
            found = long.filter(~is_word | pl.col("term").is_in(asked.implode())).to_arrow()
            self._connection.register("batch", batch.select("uid", "row", *FACETS).to_arrow())
            run(f"INSERT INTO people SELECT uid, row, {', '.join(FACETS)} FROM batch")
            self._connection.register("found_terms", found)
            run("INSERT INTO unsorted SELECT term, uid FROM found_terms")
        run("CREATE TABLE terms AS SELECT term, uid FROM unsorted ORDER BY term, uid")
        run("DROP TABLE unsorted")

    def answer(self, query: AudienceQuery) -> Answer:
        """The found people into a table of the moment, then three statements on it."""
        sql, values = _found(query)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {sql}", values)
        counted = self._connection.execute("SELECT count(*) FROM found").fetchall()
        top = self._connection.execute(_TOP).fetchall()
        facets = self._connection.execute(_FACETS).fetchall()
        return Answer(counted[0][0], [row[0] for row in top], by_field(facets))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _found(query: AudienceQuery) -> tuple[str, list[str]]:
    """SQL that gives each found uid once, and its values."""
    every, some, refused = terms(query.all), terms(query.any), terms(query.none)
    one = "SELECT uid FROM terms WHERE term = ?"
    wanted = [one] * len(every)
    if some:
        wanted.append(f"SELECT uid FROM terms WHERE term IN ({', '.join('?' * len(some))})")
    sql = "SELECT DISTINCT uid FROM (" + " INTERSECT ".join(f"({part})" for part in wanted) + ")"
    return f"({sql})" + f" EXCEPT ({one})" * len(refused), [*every, *some, *refused]
