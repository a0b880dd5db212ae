"""The sparse feature matrix that lookalikes learn from: one row an account, one block of columns a group.

On disk, in ``home/models/features/``: ``matrix.npz`` (CSR, float32), ``accounts.parquet`` (account_id, in row order)
and ``names.parquet`` (group, name, in column order). Each group's part of a row has length 1, so that no group drowns
another by the number of its columns.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from mining.state import FEATURES
from privacy.home import Home

# A column that fewer accounts share says nothing about anybody else.
COLUMN_ACCOUNTS = 3
# A word that more than this share of accounts uses tells nobody apart.
TERM_SHARE = 0.5


def build_features(
    home: Home,
    profiles: pl.DataFrame,
    annotations: pl.DataFrame,
    used_words: pl.DataFrame,
    edges: pl.DataFrame,
    touchpoints: pl.DataFrame,
    parent_of: Mapping[str, str],
) -> int:
    """Write the feature matrix of all profiles; returns the number of columns.

    ``used_words`` is that of ``mining.profiles.account_words``, ``touchpoints`` that of
    ``account_touchpoints``, ``parent_of`` that of the taxonomy.
    """
    accounts = profiles["account_id"].to_list()
    blocks = [
        _block(accounts, group, frame)
        for group, frame in (
            ("tag", _tags(profiles)),
            ("parent", _parents(profiles, parent_of)),
            ("term", _terms(used_words)),
            ("topic", _topics(annotations)),
            ("follows", _relations(edges, ["follow"])),
            ("engages", _relations(edges, ["mention", "reply", "repost"])),
            ("community", _single(profiles, "community")),
            ("region", _single(profiles, "region")),
            ("hour", _hours(profiles)),
            ("bought", _touched(touchpoints, "what")),
            ("channel", _touched(touchpoints, "channel")),
            ("place", _touched(touchpoints, "place")),
            ("value", _single(profiles, "value")),
        )
    ]
    matrix = sparse.hstack([block for block, _ in blocks], format="csr", dtype=np.float32)
    names = pl.concat([names for _, names in blocks])
    _write(home.models / FEATURES, matrix, profiles.select("account_id"), names)
    return int(matrix.shape[1])


def _write(folder: Path, matrix: sparse.csr_matrix, accounts: pl.DataFrame, names: pl.DataFrame) -> None:
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    sparse.save_npz(partial / "matrix.npz", matrix, compressed=False)
    accounts.write_parquet(partial / "accounts.parquet")
    names.write_parquet(partial / "names.parquet")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _block(accounts: list[str], group: str, frame: pl.DataFrame) -> tuple[sparse.csr_matrix, pl.DataFrame]:
    """(account_id, name, value) to a row-normalised CSR block and its column names, rare columns left out."""
    rows = pl.DataFrame({"account_id": accounts}, schema={"account_id": pl.String}).with_row_index("row")
    kept = frame.filter(pl.len().over("name") >= COLUMN_ACCOUNTS).join(rows, on="account_id")
    names = kept.select("name").unique().sort("name").with_row_index("column")
    cells = kept.join(names, on="name")
    matrix = sparse.csr_matrix(
        (cells["value"].to_numpy(), (cells["row"].to_numpy(), cells["column"].to_numpy())),
        shape=(len(accounts), names.height),
        dtype=np.float32,
    )
    return _unit_rows(matrix), names.select(pl.lit(group).alias("group"), "name")


def _unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    norms: NDArray[np.float64] = np.sqrt(matrix.multiply(matrix).sum(axis=1).A1)
    norms[norms == 0] = 1
    return sparse.csr_matrix(sparse.diags_array(1 / norms) @ matrix, dtype=np.float32)


def _tags(profiles: pl.DataFrame) -> pl.DataFrame:
    tags = profiles.select("account_id", "tags").explode("tags").drop_nulls("tags").unnest("tags")
    return tags.select(
        "account_id", pl.col("tag").alias("name"), pl.col("level").cast(pl.Float64).alias("value")
    )


def _parents(profiles: pl.DataFrame, parent_of: Mapping[str, str]) -> pl.DataFrame:
    return (
        _tags(profiles)
        .filter(pl.col("name").is_in(list(parent_of)))
        .with_columns(pl.col("name").replace_strict(parent_of, return_dtype=pl.String))
        .group_by("account_id", "name")
        .agg(pl.col("value").sum())
    )


def _terms(used: pl.DataFrame) -> pl.DataFrame:
    accounts = max(1, used["account_id"].n_unique())
    share = pl.len().over("word") / accounts
    return (
        used.with_columns(share.alias("share"))
        .filter(pl.col("share") <= TERM_SHARE)
        .select(
            "account_id",
            pl.col("word").alias("name"),
            ((1 + pl.col("n").log()) * -pl.col("share").log()).alias("value"),
        )
    )


def _topics(annotations: pl.DataFrame) -> pl.DataFrame:
    return (
        annotations.drop_nulls("topic")
        .group_by("account_id", pl.col("topic").alias("name"))
        .agg(pl.col("topic_weight").sum().cast(pl.Float64).alias("value"))
    )


def _relations(edges: pl.DataFrame, kinds: list[str]) -> pl.DataFrame:
    """Whom an account follows or engages, rarer ones weighing more."""
    hits = edges.filter(pl.col("kind").is_in(kinds)).group_by("src", "dst").agg(pl.len().alias("n"))
    accounts = max(1, hits["src"].n_unique())
    rarity = ((1 + accounts) / pl.len().over("dst")).log()
    return hits.select(
        pl.col("src").alias("account_id"),
        pl.col("dst").alias("name"),
        ((1 + pl.col("n").log()) * rarity).alias("value"),
    )


def account_touchpoints(touchpoints: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """account_id, what, channel, place of purchases and visits: of the account named, else of those that the customer links to."""
    kept = touchpoints.filter(pl.col("kind").is_in(["purchase", "visit"]))
    named = kept.filter(pl.col("account_id").is_not_null())
    linked = kept.filter(pl.col("account_id").is_null()).drop("account_id")
    joined = linked.join(links.select("customer_id", "account_id").unique(), on="customer_id")
    columns = ["account_id", "what", "channel", "place"]
    return pl.concat([named.select(columns), joined.select(columns)])


def _touched(touchpoints: pl.DataFrame, column: str) -> pl.DataFrame:
    """What an account bought or where it came, what fewer did weighing more."""
    hits = touchpoints.drop_nulls(column).group_by("account_id", column).agg(pl.len().alias("n"))
    accounts = max(1, hits["account_id"].n_unique())
    rarity = ((1 + accounts) / pl.len().over(column)).log()
    return hits.select(
        "account_id", pl.col(column).alias("name"), ((1 + pl.col("n").log()) * rarity).alias("value")
    )


def _single(profiles: pl.DataFrame, column: str) -> pl.DataFrame:
    return profiles.drop_nulls(column).select(
        "account_id", pl.col(column).alias("name"), pl.lit(1.0).alias("value")
    )


def _hours(profiles: pl.DataFrame) -> pl.DataFrame:
    return (
        profiles.select("account_id", pl.col("hours").alias("name"))
        .explode("name")
        .drop_nulls()
        .select("account_id", pl.format("{}:00", "name").alias("name"), pl.lit(1.0).alias("value"))
    )
