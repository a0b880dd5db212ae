"""The lake: Delta tables on disk, appended at least once and read as if each id were written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lake.files import TableFiles, empty
from lake.latest import COMMIT, fit, latest, order
from lake.schemas import TABLES
from lake.withheld import ACCOUNT_COLUMNS, without_withheld
from privacy.errors import BadInputError
from privacy.home import Home

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


class Lake:
    """The tables of one home.

    Appends may repeat rows; reads give each key once, the row with the latest ``collected_at``, and among equals the
    one appended last. Rows of withheld accounts (``privacy.optouts``) are left out of every read and removed from the
    files by ``lake.upkeep.compact``.
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
                self._write(name, rows, "append")

    def replace(self, name: str, rows: pa.Table) -> None:
        """Make these rows the whole table, at once: readers see the old rows or the new ones."""
        self._write(name, rows, "overwrite")

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

        files = self._files(name)
        table = files.table
        wanted = list(columns) if columns is not None else table.schema.names
        if unknown := sorted(set(wanted) - set(table.schema.names)):
            raise BadInputError(f"Table {name} has no column {unknown[0]!r}.")
        if files.version() is None:
            return empty(table).select(wanted)
        needed = set(wanted) | set(table.key) | set(order(table)) | set(ACCOUNT_COLUMNS.get(name, ()))
        if where is not None:
            needed |= set(where.meta.root_names())
        if name == "edges":
            needed |= {"kind"} | ({"at"} if "last_at" in needed else set())
        frame = files.collect([c for c in table.schema.names if c in needed], where, since_version)
        frame = without_withheld(self.home, name, latest(table, frame))
        if name == "edges" and "last_at" in frame.columns:
            frame = frame.with_columns(pl.coalesce("last_at", "at").alias("last_at"))
        if where is not None:
            frame = frame.filter(where)
        return frame.select(pl.col(column) for column in wanted)

    def scan(self, name: str) -> pl.LazyFrame:
        """The rows as they are in the files, every version of a key, withheld accounts too; for counts, not for answers.

        A merge or compaction by another process may take the files away before the frame is collected.
        """
        files = self._files(name)
        return empty(files.table).lazy() if files.version() is None else files.scan()

    def sources(self, name: str) -> list[str]:
        """The sources of which the table's files hold rows."""
        import polars as pl

        found = self.scan(name).select(pl.col("source").unique()).collect(engine="streaming")
        return sorted(found["source"].drop_nulls())

    def exists(self, name: str) -> bool:
        """Whether the table was ever written."""
        return self.version(name) is not None

    def version(self, name: str) -> int | None:
        """The table's Delta version; None where it was never written. Cheap."""
        return self._files(name).version()

    def versions(self) -> dict[str, int]:
        """The versions of all tables that exist."""
        found = {name: self.version(name) for name in TABLES}
        return {name: version for name, version in found.items() if version is not None}

    def path(self, name: str) -> Path:
        """Where the table lies."""
        return self._files(name).path

    def _files(self, name: str) -> TableFiles:
        return TableFiles(self.home, name)

    def _write(self, name: str, rows: pa.Table, mode: str) -> None:
        import pyarrow as pa

        files = self._files(name)
        fitted = fit(files.table, rows)
        with files.locked():
            version = files.version()
            number = 0 if version is None else version + 1
            numbers = pa.array([number], pa.int64()).take(pa.array([0] * fitted.num_rows, pa.int32()))
            files.commit(fitted.append_column(COMMIT, numbers), mode)
