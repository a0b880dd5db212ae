"""Accounts that are withheld: in which columns a table names accounts, and its rows without theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privacy.home import Home

if TYPE_CHECKING:
    import polars as pl

ACCOUNT_COLUMNS = {
    "posts": ("account_id",),
    "accounts": ("id",),
    "edges": ("src", "dst"),
    "touchpoints": ("account_id",),
    "links": ("account_id",),
    "names": ("account_id",),
    "rejects": ("account_id",),
    "annotations": ("account_id",),
    "influence": ("account_id",),
    "tag_influence": ("account_id",),
    "communities": ("account_id",),
    "profiles": ("account_id",),
    "value": ("person_id",),
    "segment_members": ("person_id",),
}


def without_withheld(home: Home, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of the table ``name`` but for those of withheld accounts, and follows of those whose lists are hidden."""
    import polars as pl

    from privacy.optouts import blocked, edges_hidden

    if name not in ACCOUNT_COLUMNS or frame.is_empty():
        return frame
    columns = ACCOUNT_COLUMNS[name]
    if gone := blocked(home):
        ids = pl.Series(sorted(gone), dtype=pl.String).implode()
        for column in columns:
            frame = frame.filter(~pl.col(column).is_in(ids).fill_null(False))
    if name == "edges" and (hidden := edges_hidden(home)):
        ids = pl.Series(sorted(hidden), dtype=pl.String).implode()
        touched = pl.any_horizontal(pl.col(column).is_in(ids) for column in columns)
        frame = frame.filter(~((pl.col("kind") == "follow") & touched))
    return frame
