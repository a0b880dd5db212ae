"""Which posts of a run are new, and which it found changed: what it wrote beside what other runs had written before.

Memory stays flat: the ids of the run or of the earlier rows, whichever are fewer, are taken in parts, and of either side
only the rows with these ids are held.
Only the months that the run wrote to are read, since a post keeps the time that it was written at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from lake.store import Lake
from privacy.errors import UnavailableError

if TYPE_CHECKING:
    import polars as pl

_PART = 200_000  # ids that are compared at once, which takes some 120 MB
_COUNTED = 1_000_000  # ids that are only counted
_TRIES = 5
# What an author says in a post. Counts of likes and replies change all the time and make no post another one.
_SAID = ("text", "title", "board", "kind", "hashtags")


def new_and_updated(lake: Lake, run_id: str, source: str, months: Collection[str]) -> tuple[int, int]:
    """How many posts the run was the first to keep, and how many it kept with other words than the run before it.

    To be asked before the table is compacted, which drops the earlier rows.
    """
    if not months:
        return 0, 0
    import polars as pl

    for attempt in range(_TRIES):
        try:
            return _count(lake, run_id, source, months)
        except (
            FileNotFoundError,
            pl.exceptions.ComputeError,
        ) as error:  # a merge took the files away meanwhile
            if attempt == _TRIES - 1:
                raise UnavailableError("Table posts can't be read.", "Try again.") from error
    raise AssertionError


def _count(lake: Lake, run_id: str, source: str, months: Collection[str]) -> tuple[int, int]:
    import polars as pl

    rows = lake.scan("posts").filter(pl.col("source") == source, pl.col("month").is_in(list(months)))
    ours, others = rows.filter(pl.col("run_id") == run_id), rows.filter(pl.col("run_id") != run_id)
    known = updated = 0
    for ids in _ids(min(ours, others, key=_height), _PART):
        if ids.is_empty():
            continue
        before, now = (_last_said(one.filter(pl.col("id").is_in(ids.implode()))) for one in (others, ours))
        both = now.join(before, on="id", suffix="_before")
        known += both.height
        updated += int((both["said"] != both["said_before"]).sum())
    return _different(ours) - known, updated


def _height(rows: pl.LazyFrame) -> int:
    import polars as pl

    return int(rows.select(pl.len()).collect(engine="streaming").item())


def _different(rows: pl.LazyFrame) -> int:
    """How many different ids there are, told apart by 64 bits: a third of the time that the texts take."""
    import polars as pl

    parts, number = 1 + _height(rows) // _COUNTED, pl.col("id").hash()
    chosen = (rows.select(number).filter(pl.col("id") % parts == part) for part in range(parts))
    return sum(part.collect(engine="streaming")["id"].n_unique() for part in chosen)


def _ids(rows: pl.LazyFrame, most: int) -> Iterator[pl.Series]:
    """The different ids, about ``most`` at a time."""
    import polars as pl

    parts = 1 + _height(rows) // most
    for part in range(parts):
        chosen = rows.select("id").filter(pl.col("id").hash() % parts == part)
        yield chosen.unique().collect(engine="streaming").to_series()


def _last_said(rows: pl.LazyFrame) -> pl.DataFrame:
    """A fingerprint of what each post says in its latest row."""
    import polars as pl

    said = [pl.col(name).list.join("\n") if name == "hashtags" else pl.col(name) for name in _SAID]
    hashed = rows.select("id", "collected_at", pl.struct(said).hash().alias("said")).collect(
        engine="streaming"
    )
    return hashed.sort("collected_at", maintain_order=True).unique("id", keep="last").select("id", "said")
