"""Upkeep of the lake's files: each key once, small files joined, rows taken out for good."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from lake.disk import packing, storage
from lake.files import TableFiles
from lake.latest import is_unique, latest
from lake.locks import Claim, claims, writer_lock
from lake.withheld import ACCOUNT_COLUMNS, without_withheld
from privacy.home import Home

if TYPE_CHECKING:
    import polars as pl

_READ_WHOLE = 1_000_000  # rows: some 500 MB and 5 s
_SMALL = 1 << 20  # bytes of a file
_FEW_FILES = 24  # in a folder: appends and reads are not slower for them


def compact(home: Home, name: str) -> None:
    """Rewrite the table with each key once and without withheld accounts, then remove the old files.

    A table that is so already only has its small files joined. A reader that had begun on the old files reads again from
    the new ones.
    """
    files = TableFiles(home, name)
    with files.locked():
        if files.version() is None:
            return
        if not _is_settled(files):
            frame = files.collect(files.table.schema.names)
            files.rewrite(without_withheld(home, name, latest(files.table, frame)))
        elif _is_scattered(files):
            files.join()


def merge(home: Home, name: str) -> None:
    """Join the table's small files, rows as they are: an append slows down with their number.

    Unlike ``compact`` it streams, so it takes no more memory however large the table is.
    """
    files = TableFiles(home, name)
    with files.locked():
        if files.version() is not None:
            files.join()


def tidy(home: Home, name: str, source: str | None = None) -> None:
    """Compact the table at the end of a run, or only merge its files.

    Only merged is what is too large to be read whole, and what other writers than the one of ``source`` are at
    work on: at their end they compare what they wrote with the earlier rows, which a compaction drops. Files that
    are few are left to a later run.
    """
    files = TableFiles(home, name)
    if files.version() is None:
        return
    own = writer_lock(home, source) if source else None
    busy = any(Claim.is_held(lock) for lock in claims(home, "writer") if lock != own)
    if not busy and int(files.open().count()) <= _READ_WHOLE:
        compact(home, name)
    elif _files_a_folder(_added(files)) > _FEW_FILES:
        merge(home, name)


def remove(home: Home, name: str, keys: Collection[str]) -> None:
    """Take the rows with these keys out of a table whose key is one column; their files are removed, too."""
    import polars as pl

    files = TableFiles(home, name)
    (key,) = files.table.key
    if not keys:
        return
    with files.locked():
        if files.version() is not None:
            frame = files.collect(files.table.schema.names)
            gone = pl.Series(sorted(keys), dtype=pl.String).implode()
            files.rewrite(frame.filter(~pl.col(key).is_in(gone)))


def expire(
    home: Home,
    name: str,
    source: str,
    before: datetime,
    spared: Collection[str] = (),
    rehearsal: bool = False,
) -> int:
    """Remove the rows of a source that were collected before a moment, but those of ``spared`` accounts.

    Only the files that hold such rows are written anew, and memory stays flat. Gives how many rows there were, of
    every version of a key; a ``rehearsal`` leaves them.
    """
    import polars as pl

    files = TableFiles(home, name)
    old = (pl.col("source") == source) & (pl.col("collected_at") < before)
    if spared:
        kept = pl.Series(sorted(spared), dtype=pl.String).implode()
        old &= ~pl.col("account_id").is_in(kept).fill_null(False)
    with files.locked():
        if files.version() is None:
            return 0
        rows = int(files.scan().filter(old).select(pl.len()).collect(engine="streaming").item())
        if rows and not rehearsal:
            _strike(files, _sql(source, before, spared))
    return rows


def strike(home: Home, name: str, where: str) -> None:
    """Remove the rows that a condition names, as Delta asks for it; whoever else writes the table waits meanwhile."""
    files = TableFiles(home, name)
    with files.locked():
        if files.version() is not None:
            _strike(files, where)


def _strike(files: TableFiles, where: str) -> None:
    """Only the files that hold such rows are written anew."""
    with storage(files.table.name):
        files.open().delete(where, packing(files.table))
    files.vacuum()


def _sql(source: str, before: datetime, spared: Collection[str]) -> str:
    """What ``expire`` removes, as Delta asks for it."""
    quoted = source.replace("'", "''")
    asked = f"source = '{quoted}' AND collected_at < '{before.isoformat()}'"
    if not spared:
        return asked
    kept = ", ".join(repr(account) for account in sorted(spared))
    return f"{asked} AND (account_id IS NULL OR account_id NOT IN ({kept}))"


def _is_settled(files: TableFiles) -> bool:
    """Whether each key is there once and nobody of it is withheld: told by these columns alone."""
    name = files.table.name
    keys = files.collect(list(dict.fromkeys([*files.table.key, *ACCOUNT_COLUMNS.get(name, ())])))
    return is_unique(files.table, keys) and without_withheld(files.home, name, keys).height == keys.height


def _is_scattered(files: TableFiles) -> bool:
    """Whether partitions lie in several files that are small on average, as a crawl's appends leave them."""
    added = _added(files)
    return _files_a_folder(added) > 1 and int(added["size_bytes"].sum()) < _SMALL * added.height


def _files_a_folder(added: pl.DataFrame) -> float:
    return added.height / max(1, added["path"].str.replace("[^/]*$", "").n_unique())


def _added(files: TableFiles) -> pl.DataFrame:
    """Path and size of each file, as the log has them."""
    import polars as pl

    return pl.DataFrame(files.open().get_add_actions(flatten=True))
