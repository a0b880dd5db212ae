"""The Delta files of one table: read as they are, written in one commit, and the lock of whoever writes."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lake.disk import demand_room, first_line, packing, storage
from lake.latest import COMMIT
from lake.locks import held, lock_folder
from lake.parts import parts_of, write_parts
from lake.schemas import TABLES, Table
from privacy.errors import NotFoundError, UnavailableError
from privacy.home import Home
from privacy.pseudonyms import make_vault

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    from deltalake import DeltaTable

_JOINED = 8 * 1024 * 1024  # bytes of a file that is large enough: it sets how much memory joining takes
# Nanoseconds after which a folder that changes again has another time, on file systems that count in seconds too.
_SETTLED = 3 * 10**9
_VERSION = re.compile(r"(\d{20})\.(json|checkpoint\.parquet)")


class TableFiles:
    """The files of the table ``name`` of a home. Raises NotFoundError where there is no table of that name."""

    def __init__(self, home: Home, name: str) -> None:
        if name not in TABLES:
            raise NotFoundError(f"There is no table {name!r}.", f"Tables: {', '.join(TABLES)}.")
        self.home, self.table = home, TABLES[name]

    @property
    def path(self) -> Path:
        """Where they lie."""
        return (self.home.vault if self.table.in_vault else self.home.lake) / self.table.name

    def version(self) -> int | None:
        """The Delta version, from the names in its log: cheap, nothing heavy is imported. None before the first rows."""
        log = self.path / "_delta_log"
        try:
            changed = os.stat(log).st_mtime_ns
            settled = time.time_ns() - changed > _SETTLED
            return _newest_seen(log, changed) if settled else _newest(log)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UnavailableError(f"Table {self.table.name} can't be read: {first_line(error)}.") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that every writer of the table holds."""
        folder = lock_folder(self.home)
        with storage(self.table.name):
            if self.table.in_vault:
                make_vault(self.home)
            folder.mkdir(parents=True, exist_ok=True)
        with held(folder / f"{self.table.name}.lock"):
            yield

    def open(self) -> DeltaTable:
        """As deltalake has them. Raises UnavailableError where the log is damaged."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            return DeltaTable(self.path)
        except DeltaError as error:
            raise UnavailableError(
                f"Table {self.table.name} below {self.path} is damaged: {first_line(error)}.",
                "Restore the folder from a backup, or move it away and collect or mine again.",
            ) from error

    def scan(self) -> pl.LazyFrame:
        """The files that the newest version names.

        Not ``pl.scan_delta``: it takes the addresses of files for their paths, and so finds nothing below a home
        whose path holds a space or Chinese characters.
        """
        import polars as pl

        delta = self.open()
        root = f"{delta.table_uri.removeprefix('file://').rstrip('/')}/"
        files = [self.path / uri.removeprefix(root) for uri in delta.file_uris()]
        schema = pl.Schema(delta.schema())
        for column, kind in empty(self.table).schema.items():
            schema.setdefault(column, kind)  # one that came after the table was made
        if not files:
            return pl.LazyFrame(schema=schema)
        parts = pl.Schema({column: schema.pop(column) for column in self.table.partition_by})
        return pl.scan_parquet(
            files,
            schema=schema,
            glob=False,
            hive_partitioning=bool(parts),
            hive_schema=parts or None,
            missing_columns="insert",
            extra_columns="ignore",
        )

    def collect(
        self, columns: Sequence[str], where: pl.Expr | None = None, since_version: int | None = None
    ) -> pl.DataFrame:
        """The rows as they are, with ``COMMIT``; read again when a compaction took the files away meanwhile."""
        import polars as pl

        for attempt in range(5):
            lazy = self.scan()
            if since_version is not None:
                lazy = lazy.filter(pl.col(COMMIT) > since_version)
            if where is not None and set(where.meta.root_names()) <= {*self.table.key, "source"}:
                lazy = lazy.filter(where)  # the same for every row of a key: may be asked before latest-wins
            try:
                return lazy.select(*columns, COMMIT).collect()
            except (FileNotFoundError, pl.exceptions.ComputeError) as error:
                if attempt == 4:
                    raise UnavailableError(
                        f"Table {self.table.name} can't be read: {first_line(error)}.", "Try again."
                    ) from error
        raise AssertionError

    def commit(self, rows: pa.Table, mode: str) -> None:
        """Write rows that have a ``COMMIT``: to those that are there ("append"), or in their place ("overwrite")."""
        from deltalake import write_deltalake

        with storage(self.table.name):
            self.path.mkdir(parents=True, exist_ok=True)
            demand_room(self.path, rows.nbytes)
            if mode == "append" and self._append(rows):
                return
            # "merge": a table that was made before a column came takes it in, and its older rows have none there.
            write_deltalake(  # type: ignore[call-overload]
                self.path,
                rows,
                mode=mode,
                partition_by=list(self.table.partition_by) or None,
                schema_mode="merge",
                writer_properties=packing(self.table),
            )
        if mode == "overwrite":
            self.vacuum()

    def _append(self, rows: pa.Table) -> bool:
        """Add the rows; False where that is Delta's to do: the table lacks a column, or a path needs encoding."""
        from deltalake import Schema
        from deltalake.transaction import create_table_with_add_actions

        delta = None if self.version() is None else self.open()
        schema = Schema.from_arrow(rows.schema) if delta is None else delta.schema()
        if set(rows.column_names) != {field.name for field in schema.fields}:
            return False
        parts = parts_of(self.table, rows)
        if parts is None:
            return False
        added, split = write_parts(self.path, parts), list(self.table.partition_by)
        if delta is None:
            create_table_with_add_actions(str(self.path), schema, added, "error", split)
        else:
            delta.create_write_transaction([*added], "append", schema, split)
        return True

    def rewrite(self, frame: pl.DataFrame) -> None:
        """Make rows of ``collect`` the whole table, and remove the files of before."""
        self.commit(frame.select(*self.table.schema.names, COMMIT).to_arrow(), "overwrite")

    def join(self) -> None:
        """Make large files of small ones, rows as they are. It streams: memory stays flat."""
        with storage(self.table.name):
            self.open().optimize.compact(
                target_size=_JOINED, max_concurrent_tasks=1, writer_properties=packing(self.table)
            )
        self.vacuum()

    def vacuum(self) -> None:
        """Remove every file that the table no longer names, also those of writes that were cut off.

        Safe although nothing is retained: whoever writes to the table holds its lock, as the caller does.
        """
        with storage(self.table.name):
            self.open().vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)


def empty(table: Table) -> pl.DataFrame:
    """No rows, with the table's columns."""
    import polars as pl

    frame = pl.from_arrow(table.schema.empty_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


@lru_cache(maxsize=64)
def _newest_seen(log: Path, _changed: int) -> int | None:
    """``_newest``, listed once for each time the folder changed."""
    return _newest(log)


def _newest(log: Path) -> int | None:
    found = [int(match[1]) for file in os.listdir(log) if (match := _VERSION.fullmatch(file))]
    return max(found, default=None)
