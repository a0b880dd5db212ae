"""A home that holds the synthetic profiles, mined and indexed as the product keeps them."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from audience.index.build import build
from bench.audience.indexing import scratch
from bench.audience.profiles import profiles
from bench.figures import Say
from lake.schemas import PROFILES
from lake.store import Lake
from privacy.home import Home


@lru_cache(maxsize=1)
def indexed_home(people: int, say: Say) -> Home:
    """The home, made once a process."""
    home = Home(scratch())
    say(f"drawing {people:,} profiles into a home")
    empty = pl.from_arrow(PROFILES.schema.empty_table())
    assert isinstance(empty, pl.DataFrame)
    table = profiles(people)
    table = table.select(
        (pl.col(name) if name in table.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in empty.schema.items()
    )
    Lake(home).replace("profiles", table.to_arrow())
    del table
    report = build(home)
    say(f"its index took {report.seconds:.0f} s, reading and baseline included")
    return home
