"""Erasure of people from the lake: every row that is theirs, and every refused row that names them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from lake import upkeep
from lake.locks import demand_quiet
from lake.store import Lake
from lake.withheld import ACCOUNT_COLUMNS
from privacy import optouts
from privacy.naming import Named

if TYPE_CHECKING:
    import polars as pl

Names = Mapping[str, Collection[str]]
"""Native ids, handles and addresses of profiles by source: how raw text may name somebody."""


def names_of(lake: Lake, ids: Collection[str]) -> dict[str, set[str]]:
    """What the vault knows of these accounts, also where they are withheld already."""
    import polars as pl

    asked = pl.Series(sorted(ids), dtype=pl.String).implode()
    rows = lake.scan("names").filter((pl.col("kind") == "account") & pl.col("account_id").is_in(asked))
    found: dict[str, set[str]] = {}
    for source, *names in rows.select("source", "native_id", "handle", "url").collect().iter_rows():
        found.setdefault(source, set()).update(filter(None, names))
    return found


def erase(lake: Lake, ids: Collection[str], names: Names) -> dict[str, int]:
    """Withhold these accounts from now on, and take what is theirs out of all tables and their files.

    Returns how many rows left each table; ``rejects`` are those that named somebody, whoever's they were.

    ``names`` are those by which refused rows are searched: of each source all that ``names_of`` gives, and more where
    more is known. The register is written first, so that a kill halfway leaves nothing that is read again; the same call
    goes on with it. Raises ConflictError while something is being written: its gate would not know of it.
    """
    import polars as pl

    demand_quiet(lake.home)
    optouts.block(lake.home, ids)
    asked = pl.Series(sorted(ids), dtype=pl.String).implode()
    erased: dict[str, int] = {}
    refused = _refused(lake, ids, names)
    upkeep.remove(lake.home, "rejects", refused)
    if refused:
        erased["rejects"] = len(refused)
    for name in lake.versions():
        if name in ACCOUNT_COLUMNS and name not in ("rejects", "names"):
            erased |= _compacted(lake, name, asked)
    erased |= _compacted(lake, "names", asked)  # last: by them a call that was cut off goes on
    return erased


def _compacted(lake: Lake, name: str, asked: pl.Series) -> dict[str, int]:
    import polars as pl

    theirs = pl.any_horizontal(pl.col(column).is_in(asked) for column in ACCOUNT_COLUMNS[name])
    rows = int(lake.scan(name).filter(theirs).select(pl.len()).collect().item())
    if rows:
        upkeep.compact(lake.home, name)
    return {name: rows} if rows else {}


def _refused(lake: Lake, ids: Collection[str], names: Names) -> set[str]:
    """The refused rows of these accounts, and those of their sources whose text names them."""
    named = {source: Named(known) for source, known in names.items()}
    rows = lake.scan("rejects").select("id", "source", "row", "account_id").collect()
    return {
        row_id
        for row_id, source, text, account_id in rows.iter_rows()
        if account_id in ids or (source in named and named[source].found_in(text or ""))
    }
