"""The lake: Delta tables on disk, appended at least once and read as if each id were written once."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lake.disk import demand_room, first_line, packing, storage
from lake.latest import COMMIT, fit, is_unique, latest, order
from lake.locks import Claim, held
from lake.schemas import TABLES, Table
from privacy.errors import BadInputError, ConflictError, NotFoundError, UnavailableError
from privacy.home import Home
from privacy.pseudonyms import make_vault

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

_READ_WHOLE = 1_000_000  # rows: some 500 MB and 5 s
_MERGED = (
    8 * 1024 * 1024
)  # bytes of a file that merge takes for large enough: it sets how much memory that takes
_SMALL = 1 << 20  # bytes of a file
_FEW_FILES = 24  # in a folder: appends and reads are not slower for them
_VERSION = re.compile(r"(\d{20})\.(json|checkpoint\.parquet)")
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


class Lake:
    """The tables of one home.

    Appends may repeat rows; reads give each key once, the row with the latest ``collected_at``, and among equals the
    one appended last. Rows of withheld accounts (``privacy.optouts``) are left out of every read and removed from the
    files by ``compact``.
    """

    def __init__(self, home: Home) -> None:
        self.home = home

    def append(self, tables: Mapping[str, pa.Table]) -> None:
        """Add rows, one Delta commit a table, in the mapping's order. Tables are made at their first rows.

        Raises BadInputError where columns don't fit the schema, and StorageError where the disk refuses: then the
        tables before it in the mapping are written, this one is as it was.
        """
        for name, rows in tables.items():
            if rows.num_rows:
                self._write(_table(name), rows, "append")

    def replace(self, name: str, rows: pa.Table) -> None:
        """Make these rows the whole table, at once: readers see the old rows or the new ones."""
        self._write(_table(name), rows, "overwrite")

    def read(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        where: pl.Expr | None = None,
        since_version: int | None = None,
    ) -> pl.DataFrame:
        """The table's rows, each key once; an absent table has none.

        ``where`` sees the latest row of each key. ``since_version`` keeps the keys that were written after that
        version (of ``version``): rows written before are not seen again, even after a compaction.
        """
        import polars as pl

        table = _table(name)
        wanted = list(columns) if columns is not None else table.schema.names
        if unknown := sorted(set(wanted) - set(table.schema.names)):
            raise BadInputError(f"Table {name} has no column {unknown[0]!r}.")
        if self.version(name) is None:
            return _empty(table).select(wanted)
        needed = set(wanted) | set(table.key) | set(order(table)) | set(ACCOUNT_COLUMNS.get(name, ()))
        if where is not None:
            needed |= set(where.meta.root_names())
        if name == "edges":
            needed |= {"kind"} | ({"at"} if "last_at" in needed else set())
        frame = self._collect(table, [c for c in table.schema.names if c in needed], where, since_version)
        frame = self._without_withheld(name, latest(table, frame))
        if name == "edges" and "last_at" in frame.columns:
            frame = frame.with_columns(pl.coalesce("last_at", "at").alias("last_at"))
        if where is not None:
            frame = frame.filter(where)
        return frame.select(pl.col(column) for column in wanted)

    def scan(self, name: str) -> pl.LazyFrame:
        """The rows as they are in the files, every version of a key, withheld accounts too; for counts, not for answers.

        A merge or compaction by another process may take the files away before the frame is collected.
        """
        table = _table(name)
        return _empty(table).lazy() if self.version(name) is None else self._scan(table)

    def exists(self, name: str) -> bool:
        """Whether the table was ever written."""
        return self.version(name) is not None

    def version(self, name: str) -> int | None:
        """The table's Delta version, from the names in its log: cheap, nothing heavy is imported."""
        try:
            names = os.listdir(self.path(name) / "_delta_log")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UnavailableError(f"Table {name} can't be read: {first_line(error)}.") from error
        found = [int(match[1]) for file in names if (match := _VERSION.fullmatch(file))]
        return max(found, default=None)

    def versions(self) -> dict[str, int]:
        """The versions of all tables that exist."""
        found = {name: self.version(name) for name in TABLES}
        return {name: version for name, version in found.items() if version is not None}

    def compact(self, name: str) -> None:
        """Rewrite the table with each key once and without withheld accounts, then remove the old files.

        A table that is so already only has its small files joined. A reader that had begun on the old files reads again from the new ones.
        """
        table = _table(name)
        with self._locked(name):
            if self.version(name) is None:
                return
            if self._is_settled(table):
                if self._is_scattered(table):
                    self._join_files(table)
                return
            frame = self._collect(table, table.schema.names, None, None)
            kept = self._without_withheld(name, latest(table, frame))
            with storage(name):
                self._commit(table, kept.select(*table.schema.names, COMMIT).to_arrow(), "overwrite")
            self._vacuum(name)

    def remove(self, name: str, keys: Collection[str]) -> None:
        """Take the rows with these keys out of a table whose key is one column; their files are removed, too."""
        import polars as pl

        table = _table(name)
        (key,) = table.key
        if not keys:
            return
        with self._locked(name):
            if self.version(name) is None:
                return
            frame = self._collect(table, table.schema.names, None, None)
            kept = frame.filter(~pl.col(key).is_in(pl.Series(sorted(keys), dtype=pl.String).implode()))
            with storage(name):
                self._commit(table, kept.select(*table.schema.names, COMMIT).to_arrow(), "overwrite")
            self._vacuum(name)

    def expire(
        self, name: str, source: str, before: datetime, spared: Collection[str] = (), rehearsal: bool = False
    ) -> int:
        """Remove the rows of a source that were collected before a moment, but those of ``spared`` accounts.

        Only the files that hold such rows are written anew, and memory stays flat. Gives how many rows there were, of
        every version of a key; a ``rehearsal`` leaves them.
        """
        import polars as pl

        table = _table(name)
        old = (pl.col("source") == source) & (pl.col("collected_at") < before)
        if spared:
            kept = pl.Series(sorted(spared), dtype=pl.String).implode()
            old &= ~pl.col("account_id").is_in(kept).fill_null(False)
        with self._locked(name):
            rows = int(self.scan(name).filter(old).select(pl.len()).collect(engine="streaming").item())
            if rows and not rehearsal:
                with storage(name):
                    self._open(table).delete(_sql(source, before, spared), packing(table))
                self._vacuum(name)
        return rows

    def sources(self, name: str) -> list[str]:
        """The sources of which the table's files hold rows."""
        import polars as pl

        found = self.scan(name).select(pl.col("source").unique()).collect(engine="streaming")
        return sorted(found["source"].drop_nulls())

    def demand_quiet(self) -> None:
        """Raise ConflictError while any source is being crawled or imported."""
        if any(Claim.is_held(lock) for lock in self._busy()):
            raise ConflictError(
                "Something is being crawled or imported.",
                "Wait until it has finished, or end it; then run this again.",
            )

    def tidy(self, name: str, source: str | None = None) -> None:
        """Compact the table at the end of a run, or only merge its files.

        Only merged is what is too large to be read whole, and what other writers than the one of ``source`` are at
        work on: at their end they compare what they wrote with the earlier rows, which a compaction drops. Files that
        are few are left to a later run.
        """
        table = _table(name)
        if self.version(name) is None:
            return
        own = self.claim(source) if source else None
        busy = any(Claim.is_held(lock) for lock in self._claims() if lock != own)
        if not busy and int(self._open(table).count()) <= _READ_WHOLE:
            self.compact(name)
        elif self._files_a_folder(table) > _FEW_FILES:
            self.merge(name)

    def merge(self, name: str) -> None:
        """Join the table's small files, rows as they are: an append slows down with their number.

        Unlike ``compact`` it streams, so it takes no more memory however large the table is.
        """
        table = _table(name)
        with self._locked(name):
            if self.version(name) is not None:
                self._join_files(table)

    def claim(self, source: str) -> Path:
        """The lock file of the one writer of a source."""
        return self.home.lake / ".locks" / f"writer-{source}.lock"

    def _claims(self) -> Iterator[Path]:
        return self.claim("*").parent.glob(self.claim("*").name)

    def _busy(self) -> Iterator[Path]:
        folder = self.home.lake / ".locks"
        return (lock for kind in ("writer", "import") for lock in folder.glob(f"{kind}-*.lock"))

    def path(self, name: str) -> Path:
        """Where the table lies."""
        return (self.home.vault if _table(name).in_vault else self.home.lake) / name

    def _write(self, table: Table, rows: pa.Table, mode: str) -> None:
        import pyarrow as pa

        fitted = fit(table, rows)
        with self._locked(table.name):
            version = self.version(table.name)
            number = 0 if version is None else version + 1
            numbers = pa.array([number], pa.int64()).take(pa.array([0] * fitted.num_rows, pa.int32()))
            with storage(table.name):
                self._commit(table, fitted.append_column(COMMIT, numbers), mode)
            if mode == "overwrite":
                self._vacuum(table.name)

    def _commit(self, table: Table, rows: pa.Table, mode: str) -> None:
        from deltalake import write_deltalake

        target = self.path(table.name)
        target.mkdir(parents=True, exist_ok=True)
        demand_room(target, rows.nbytes)
        parts = list(table.partition_by) or None
        # "merge": a table that was made before a column came takes it in, and its older rows have none there.
        write_deltalake(  # type: ignore[call-overload]
            target,
            rows,
            mode=mode,
            partition_by=parts,
            schema_mode="merge",
            writer_properties=packing(table),
        )

    def _is_settled(self, table: Table) -> bool:
        """Whether each key is there once and nobody of it is withheld: told by these columns alone."""
        needed = dict.fromkeys([*table.key, *ACCOUNT_COLUMNS.get(table.name, ())])
        keys = self._collect(table, list(needed), None, None)
        return is_unique(table, keys) and self._without_withheld(table.name, keys).height == keys.height

    def _is_scattered(self, table: Table) -> bool:
        """Whether partitions lie in several files that are small on average, as a crawl's appends leave them."""
        files = self._files(table)
        return self._files_a_folder(table) > 1 and int(files["size_bytes"].sum()) < _SMALL * files.height

    def _files_a_folder(self, table: Table) -> float:
        files = self._files(table)
        return files.height / max(1, files["path"].str.replace("[^/]*$", "").n_unique())

    def _files(self, table: Table) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame(self._open(table).get_add_actions(flatten=True))

    def _join_files(self, table: Table) -> None:
        with storage(table.name):
            self._open(table).optimize.compact(
                target_size=_MERGED, max_concurrent_tasks=1, writer_properties=packing(table)
            )
        self._vacuum(table.name)

    def _vacuum(self, name: str) -> None:
        """Remove every file that the table no longer names, also those of writes that were cut off.

        Safe although nothing is retained: whoever writes to the table holds its lock, as this does.
        """
        with storage(name):
            self._open(_table(name)).vacuum(
                retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True
            )

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with storage(name):
            if _table(name).in_vault:
                make_vault(self.home)
            folder = self.home.lake / ".locks"
            folder.mkdir(parents=True, exist_ok=True)
        with held(folder / f"{name}.lock"):
            yield

    def _open(self, table: Table):  # type: ignore[no-untyped-def]
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            return DeltaTable(self.path(table.name))
        except DeltaError as error:
            raise UnavailableError(
                f"Table {table.name} below {self.path(table.name)} is damaged: {first_line(error)}.",
                "Restore the folder from a backup, or move it away and collect or mine again.",
            ) from error

    def _collect(
        self, table: Table, columns: Sequence[str], where: pl.Expr | None, since_version: int | None
    ) -> pl.DataFrame:
        """The files' rows as they are; read again when a compaction took the files away meanwhile."""
        import polars as pl

        for attempt in range(5):
            lazy = self._scan(table)
            if since_version is not None:
                lazy = lazy.filter(pl.col(COMMIT) > since_version)
            if where is not None and set(where.meta.root_names()) <= {*table.key, "source"}:
                lazy = lazy.filter(where)  # the same for every row of a key: may be asked before latest-wins
            try:
                return lazy.select(*columns, COMMIT).collect()
            except (FileNotFoundError, pl.exceptions.ComputeError) as error:
                if attempt == 4:
                    raise UnavailableError(
                        f"Table {table.name} can't be read: {first_line(error)}.", "Try again."
                    ) from error
        raise AssertionError

    def _scan(self, table: Table) -> pl.LazyFrame:
        """The files that the table's newest version names.

        Not ``pl.scan_delta``: it takes the addresses of files for their paths, and so finds nothing below a home
        whose path holds a space or Chinese characters.
        """
        import polars as pl

        delta = self._open(table)
        root = f"{delta.table_uri.removeprefix('file://').rstrip('/')}/"
        files = [self.path(table.name) / uri.removeprefix(root) for uri in delta.file_uris()]
        schema = pl.Schema(delta.schema())
        for column, kind in _empty(table).schema.items():
            schema.setdefault(column, kind)  # one that came after the table was made
        if not files:
            return pl.LazyFrame(schema=schema)
        parts = pl.Schema({column: schema.pop(column) for column in table.partition_by})
        return pl.scan_parquet(
            files,
            schema=schema,
            glob=False,
            hive_partitioning=bool(parts),
            hive_schema=parts or None,
            missing_columns="insert",
            extra_columns="ignore",
        )

    def _without_withheld(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        import polars as pl

        from privacy.optouts import blocked, edges_hidden

        if name not in ACCOUNT_COLUMNS or frame.is_empty():
            return frame
        columns = ACCOUNT_COLUMNS[name]
        if gone := blocked(self.home):
            ids = pl.Series(sorted(gone), dtype=pl.String).implode()
            for column in columns:
                frame = frame.filter(~pl.col(column).is_in(ids).fill_null(False))
        if name == "edges" and (hidden := edges_hidden(self.home)):
            ids = pl.Series(sorted(hidden), dtype=pl.String).implode()
            touched = pl.any_horizontal(pl.col(column).is_in(ids) for column in columns)
            frame = frame.filter(~((pl.col("kind") == "follow") & touched))
        return frame


def _table(name: str) -> Table:
    if name not in TABLES:
        raise NotFoundError(f"There is no table {name!r}.", f"Tables: {', '.join(TABLES)}.")
    return TABLES[name]


def _sql(source: str, before: datetime, spared: Collection[str]) -> str:
    """What ``Lake.expire`` removes, as Delta asks for it."""
    quoted = source.replace("'", "''")
    asked = f"source = '{quoted}' AND collected_at < '{before.isoformat()}'"
    if not spared:
        return asked
    return f"{asked} AND account_id NOT IN ({', '.join(repr(account) for account in sorted(spared))})"


def _empty(table: Table) -> pl.DataFrame:
    import polars as pl

    frame = pl.from_arrow(table.schema.empty_table())
    assert isinstance(frame, pl.DataFrame)
    return frame
