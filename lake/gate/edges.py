"""Edges through the gate: those that posts told, and follows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lake import columns as col
from lake.gate.incoming import Incoming, in_range, missing
from lake.schemas import EDGES

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.names import Names
    from lake.gate.rejects import Rejects

KINDS = ("follow", "mention", "reply", "repost")


def prepared(edges: pl.DataFrame, names: Names) -> pl.DataFrame:
    """With the pseudonyms of both ends and of the post."""
    if edges.is_empty():
        return edges
    return edges.with_columns(
        names.account_ids(edges["src_native_id"]).alias("src"),
        names.account_ids(edges["dst_native_id"]).alias("dst"),
        names.post_ids(edges["post_native_id"]).fill_null("").alias("post_id"),
    )


def admit(
    gate: Gate, incoming: Incoming, told: pl.DataFrame, counts: Counter[str], rejects: Rejects
) -> pa.Table:
    """All edges of the batch but those of withheld accounts, and follows of accounts that hide theirs."""
    edges = told
    if not incoming.frame.is_empty():
        rows, _ = incoming.good(_fault(gate), rejects)
        kept = [kind for kind in KINDS if gate.policy.keeps("edges", kind)]
        named = rows.filter(pl.col("kind").is_in(kept)).select(
            "src", "dst", "kind", "post_id", pl.col("at").fill_null(gate.now)
        )
        edges = pl.concat([told, named])
    edges = _visible(gate, edges, counts)
    if edges.is_empty():
        return EDGES.schema.empty_table()
    made = edges.with_columns(col.months(edges["at"]))
    return col.table_of(EDGES, made, EDGES.schema.names, gate.provenance())


def _fault(gate: Gate) -> pl.Expr:
    """Why a row can't be kept, or null."""
    return pl.coalesce(
        missing("src_native_id"),
        missing("dst_native_id"),
        pl.when(~pl.col("kind").is_in(KINDS).fill_null(False)).then(
            pl.lit("kind is none of follow, mention, reply, repost")
        ),
        pl.when(pl.col("src_native_id") == pl.col("dst_native_id")).then(
            pl.lit("both ends are the same account")
        ),
        "odd",
        pl.when(~in_range("at", gate.now)).then(pl.lit("at is before 2000 or in the future")),
    )


def _visible(gate: Gate, edges: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Without the edges that either end keeps hidden."""
    if edges.is_empty() or not (gate.gone or gate.edges_hidden):
        return edges
    ends = pl.concat([edges["src"], edges["dst"]])
    gone, hidden = gate.gone_among(ends), gate.gone_among(ends, gate.edges_hidden)
    touches_gone = pl.col("src").is_in(gone) | pl.col("dst").is_in(gone)
    hidden_follow = (pl.col("kind") == "follow") & (pl.col("src").is_in(hidden) | pl.col("dst").is_in(hidden))
    kept = edges.filter(~touches_gone & ~hidden_follow)
    if lost := edges.height - kept.height:
        counts["withheld.edges"] += lost
    return kept
