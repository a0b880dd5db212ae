"""What evidence is read from: everybody's searchable posts and tracked edges, beside the index, in order of account.

The lake's tables lie in the order they were collected in: to find the posts of twenty people there, all of them must be
read. Here each kind lies in runs of Arrow files sorted by account, mapped into memory, with the place of each account's
first row; a lookup reads the rows of the accounts asked for and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lake.store import Lake
from lake.tracked import tracked_accounts
from privacy.home import Home

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

FOLDER = "shelf"
_POSTS, _EDGES, _GROUNDS = "posts", "edges", "grounds"
_RUN = 1_500_000  # posts of one run: what is sorted in memory at a time
_BATCH = 65_536
_HEX = 16


def write_shelf(home: Home, folder: Path) -> None:
    """Write the shelf of a new index below its folder. Posts are taken by the first digits of their ids, run by run."""
    import polars as pl

    target = folder / FOLDER
    target.mkdir()
    lake = Lake(home)
    for number, prefix in enumerate(_prefixes(lake)):
        _write(target / f"{_POSTS}-{number}", _posts(lake, prefix), "account_id")
    tracked = tracked_accounts(home).select("brand", pl.col("account_id").alias("dst"))
    edges = lake.read(
        "edges",
        columns=["src", "dst", "kind", "post_id", "at"],
        where=pl.col("dst").is_in(tracked["dst"].unique().implode()),
    ).join(tracked, on="dst")
    _write(target / f"{_EDGES}-0", edges.sort("at", "dst", descending=True), "src")
    grounds = (
        lake.read("profiles", columns=["account_id", "grounds"]).explode("grounds").drop_nulls("grounds")
    )
    _write(target / f"{_GROUNDS}-0", grounds.unnest("grounds"), "account_id")


class Shelf:
    """The shelf of one index, opened; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def posts(self, accounts: Sequence[str]) -> pa.Table:
        """post_id, account_id, created_at, text, words, tags, topic: their searchable posts, each account's latest first.

        ``text`` begins with the title where there is one.

        ``words`` and ``tags`` are one text each, with a space or a line break before, between and after.
        """
        import pyarrow as pa

        return pa.concat_tables([run.rows(accounts) for run in self._posts])

    def edges(self, accounts: Sequence[str]) -> pa.Table:
        """src, dst, kind, post_id, at, brand: their edges to tracked accounts, each account's latest first."""
        return self._edges.rows(accounts)

    def grounds(self, accounts: Sequence[str]) -> pa.Table:
        """account_id, field, value, evidence (post ids): what their profiles say was shown in posts."""
        return self._grounds.rows(accounts)

    @cached_property
    def _posts(self) -> list[_Run]:
        found = sorted(self._folder.glob(f"{_POSTS}-*.arrow"))
        return [_Run(path.with_suffix("")) for path in found]

    @cached_property
    def _edges(self) -> _Run:
        return _Run(self._folder / f"{_EDGES}-0")

    @cached_property
    def _grounds(self) -> _Run:
        return _Run(self._folder / f"{_GROUNDS}-0")


class _Run:
    """Rows sorted by account, mapped; ``accounts`` and where the rows of each begin."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        self._table: pa.Table = pa.ipc.open_file(pa.memory_map(f"{path}.arrow")).read_all()
        self._accounts = np.load(f"{path}.accounts.npy", mmap_mode="r")
        self._starts = np.load(f"{path}.starts.npy", mmap_mode="r")

    def rows(self, accounts: Sequence[str]) -> pa.Table:
        import pyarrow as pa

        wanted = np.array(sorted(set(accounts)), dtype=self._accounts.dtype)
        places = np.searchsorted(self._accounts, wanted)
        held = places < len(self._accounts)
        places = places[held][self._accounts[places[held]] == wanted[held]]
        if not places.size:
            return self._table.slice(0, 0)
        return pa.concat_tables(
            self._table.slice(int(start), int(end - start))
            for start, end in zip(self._starts[places], self._starts[places + 1], strict=True)
        )


def _prefixes(lake: Lake) -> list[str]:
    """Beginnings of post ids, which are evenly spread, that split the posts into runs."""
    import polars as pl

    rows = int(lake.scan("annotations").select(pl.len()).collect().item())
    digits = 0
    while rows > _RUN * _HEX**digits and digits < 4:
        digits += 1
    return [f"p{number:0{digits}x}" if digits else "p" for number in range(_HEX**digits)]


def _posts(lake: Lake, prefix: str) -> pl.DataFrame:
    import polars as pl

    annotated = lake.read(
        "annotations",
        columns=["post_id", "account_id", "created_at", "words", "tags", "topic", "searchable"],
        where=pl.col("post_id").str.starts_with(prefix),
    ).filter("searchable")
    texts = lake.read(
        "posts", columns=["id", "title", "text", "searchable"], where=pl.col("id").str.starts_with(prefix)
    ).filter("searchable")
    # Words are cut from the title too.
    told = pl.concat_str("title", "text", separator=" ", ignore_nulls=True).alias("text")
    joined = annotated.join(texts.select(pl.col("id").alias("post_id"), told), on="post_id")
    return joined.sort("created_at", "post_id", descending=True).select(
        "post_id",
        "account_id",
        "created_at",
        "text",
        pl.format(" {} ", pl.col("words").fill_null("")).alias("words"),
        pl.format("\n{}\n", pl.col("tags").list.join("\n").fill_null("")).alias("tags"),
        "topic",
    )


def _write(path: Path, frame: pl.DataFrame, account: str) -> None:
    """Sort by account, equal ones as they come, and write the rows, the accounts and where each begins."""
    import polars as pl
    import pyarrow as pa

    frame = frame.drop_nulls(account).sort(account, maintain_order=True)
    ids = frame[account].rle().struct.unnest()
    lengths = ids["len"].to_numpy()
    width = int(ids["value"].str.len_bytes().max() or 1)  # type: ignore[arg-type]
    np.save(f"{path}.accounts.npy", ids["value"].to_numpy().astype(f"S{width}"))
    np.save(f"{path}.starts.npy", np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64))
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    with pa.OSFile(f"{path}.arrow", "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=_BATCH)
