"""Which posts of a run are new, and which it found changed: what it wrote beside what other runs had written before.

Memory stays flat: ids are taken in parts of a million, and of the earlier rows only those with the same ids are held.
Only the months that the run wrote to are read, since a post keeps the time that it was written at.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from lake.store import Lake
from privacy.errors import UnavailableError

if TYPE_CHECKING:
    import polars as pl

_PART = 1_000_000  # ids
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
    ours = rows.filter(pl.col("run_id") == run_id)
    parts = 1 + int(ours.select(pl.len()).collect().item()) // _PART
    new = updated = 0
    for part in range(parts):
        mine = ours.filter(pl.col("id").hash() % parts == part)
        ids = mine.select("id").unique().collect(engine="streaming").to_series()
        known = rows.filter(pl.col("run_id") != run_id, pl.col("id").is_in(ids.implode()))
        before = _last_said(known)
        new += len(ids) - before.height
        if before.height:
            now = _last_said(mine.filter(pl.col("id").is_in(before["id"].implode())))
            both = now.join(before, on="id", suffix="_before")
            updated += int((both["said"] != both["said_before"]).sum())
    return new, updated


def _last_said(rows: pl.LazyFrame) -> pl.DataFrame:
    """A fingerprint of what each post says in its latest row."""
    import polars as pl

    said = [pl.col(name).list.join("\n") if name == "hashtags" else pl.col(name) for name in _SAID]
    hashed = rows.select("id", "collected_at", pl.struct(said).hash().alias("said")).collect(
        engine="streaming"
    )
    return hashed.sort("collected_at", maintain_order=True).unique("id", keep="last").select("id", "said")
