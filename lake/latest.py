"""Each key once: which of a table's rows count, in what order they were written, and whether rows fit the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.disk import first_line
from lake.schemas import Table
from privacy.errors import BadInputError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

COMMIT = "_commit"  # the Delta version that first held the row: kept by compaction, hidden from readers


def latest(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Each key once: the latest row wins.

    Of names, what a later row doesn't tell is kept from the earlier one; of edges, when they were first and last seen.
    """
    import polars as pl

    if is_unique(table, frame):
        return frame
    ordered = frame.sort(*order(table), maintain_order=True)
    if table.name == "names":
        rest = [column for column in frame.columns if column not in table.key]
        return (
            ordered.group_by(table.key, maintain_order=True)
            .agg(pl.col(column).drop_nulls().last() for column in rest)
            .select(frame.columns)
        )
    if table.name == "edges":
        ordered = _first_and_last_seen(table, ordered)
    return ordered.unique(subset=table.key, keep="last", maintain_order=True)


def is_unique(table: Table, frame: pl.DataFrame) -> bool:
    """Whether each key stands once; told by hashes, so that once in many million tables it may be so and not be seen."""
    import polars as pl

    key = pl.col(table.key[0]) if len(table.key) == 1 else pl.struct(table.key)
    return bool(frame.select(key.hash().n_unique()).item() == frame.height)


def _first_and_last_seen(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    told = {
        "at": pl.col("at").min(),
        "month": pl.col("month").min(),
        "last_at": pl.coalesce("last_at", "at").max() if "at" in frame.columns else pl.col("last_at").max(),
    }
    return frame.with_columns(
        seen.over(table.key).alias(name) for name, seen in told.items() if name in frame.columns
    )


def fit(table: Table, rows: pa.Table) -> pa.Table:
    """The rows in the schema's column order and types, each key once (the last wins). Raises BadInputError."""
    import polars as pl
    import pyarrow as pa

    if set(rows.column_names) != set(table.schema.names):
        odd = sorted(set(rows.column_names) ^ set(table.schema.names))
        raise BadInputError(
            f"These rows don't fit table {table.name}: column {odd[0]!r} is missing or unknown."
        )
    try:
        fitted = rows.select(table.schema.names).cast(table.schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadInputError(f"These rows don't fit table {table.name}: {first_line(error)}.") from error
    keys = pl.from_arrow(fitted.select(list(table.key)))
    assert isinstance(keys, pl.DataFrame)
    if is_unique(table, keys):
        return fitted
    if table.name == "edges":
        whole = pl.from_arrow(fitted)
        assert isinstance(whole, pl.DataFrame)
        seen = _first_and_last_seen(table, whole).unique(subset=table.key, keep="last", maintain_order=True)
        return seen.to_arrow().cast(table.schema)
    last = keys.with_row_index("row").unique(subset=table.key, keep="last").get_column("row").sort()
    return fitted.take(pa.array(last.to_numpy()))


def order(table: Table) -> list[str]:
    """The columns that tell which row was written later."""
    return [*(["collected_at"] if "collected_at" in table.schema.names else []), COMMIT]
