"""The pseudonyms of :mod:`privacy.pseudonyms` for whole columns: hashed in Rust, without Python's lock."""

from __future__ import annotations

import polars as pl
import polars_hash

from privacy.pseudonyms import ID_HEX, Pseudonyms


def account_column(names: Pseudonyms, source: str, native_ids: pl.Series) -> pl.Series:
    """What ``names.account`` gives each account of a source; null where there is none."""
    return _column(names, "u", "account", source, native_ids)


def post_column(names: Pseudonyms, source: str, native_ids: pl.Series) -> pl.Series:
    """What ``names.post`` gives each post of a source; null where there is none."""
    return _column(names, "p", "post", source, native_ids)


def _column(names: Pseudonyms, prefix: str, kind: str, source: str, native_ids: pl.Series) -> pl.Series:
    if native_ids.null_count() == len(native_ids):
        return pl.Series(native_ids.name, [None], pl.String).new_from_index(0, len(native_ids))
    inner, outer = names.pads(kind, source)
    digests = _sha256(inner, native_ids.cast(pl.Binary)).str.decode("hex")
    return (prefix + _sha256(outer, digests).str.head(ID_HEX)).alias(native_ids.name)


def _sha256(pad: bytes, column: pl.Series) -> pl.Series:
    """SHA-256 as hex of the pad with each value. As a column, the pad stands in no expression that an error might print."""
    pads = pl.Series([pad]).new_from_index(0, len(column))
    return (
        (pads + column)
        .alias("padded")
        .to_frame()
        .select(polars_hash.col("padded").chash.sha2_256())
        .to_series()
    )
