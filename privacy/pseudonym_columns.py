"""The pseudonyms of :mod:`privacy.pseudonyms` for whole columns: hashed in Rust, without Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl
import polars_hash
import pyarrow as pa

from privacy.pseudonyms import ID_HEX, Pseudonyms

_HEX = 64  # digits of a digest
_SHA256 = polars_hash.col("padded").chash.sha2_256()  # as hex
_FEW = 0.75  # of a column: where more of its values differ, each is hashed as it stands
_Bytes = npt.NDArray[np.uint8]


def account_column(names: Pseudonyms, source: str, native_ids: pl.Series) -> pl.Series:
    """What ``names.account`` gives each account of a source; null where there is none."""
    made = partial(_made, names, "u", "account", source)
    return _where_known(native_ids, lambda ids: _each_once(ids, made))


def post_column(names: Pseudonyms, source: str, native_ids: pl.Series) -> pl.Series:
    """What ``names.post`` gives each post of a source; null where there is none."""
    return _where_known(native_ids, partial(_made, names, "p", "post", source))


def _where_known(column: pl.Series, work: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """The work on the values that are there, of which it gets one at least."""
    if len(column) and not column.null_count():
        return work(column)
    nothing = pl.Series(column.name, [None], pl.String).new_from_index(0, len(column))
    known = column.is_not_null().arg_true()
    return nothing.scatter(known, work(column.drop_nulls())) if len(known) else nothing


def _each_once(column: pl.Series, work: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """The work on a column, on each value once where many come again: finding them takes a seventh of hashing them."""
    _, firsts, places = np.unique(column.hash().to_numpy(), return_index=True, return_inverse=True)
    if len(firsts) > _FEW * len(column):
        return work(column)
    different = column.gather(firsts)
    if not (different.gather(places) == column).all():  # two values have one hash
        return work(column)
    return work(different).gather(places)


def _made(names: Pseudonyms, prefix: str, kind: str, source: str, native_ids: pl.Series) -> pl.Series:
    inner, outer = names.pads(kind, source)
    digests = _hashed(pl.Series([inner]) + native_ids.cast(pl.Binary), _SHA256)
    made = pl.concat_str(pl.lit(prefix), _SHA256.str.head(ID_HEX))
    return _hashed(_padded(outer, digests), made).alias(native_ids.name)


def _hashed(column: pl.Series, how: pl.Expr) -> pl.Series:
    """The key's pads stand in the column, so in no expression that an error might print."""
    return column.alias("padded").to_frame().select(how).to_series()


def _padded(pad: bytes, digests: pl.Series) -> pl.Series:
    """The pad with each digest as bytes: from hex a third of the time that Polars takes, which looks at each digit."""
    width = len(pad) + _HEX // 2
    padded = np.empty((len(digests), width), np.uint8)
    padded[:, : len(pad)] = np.frombuffer(pad, np.uint8)
    padded[:, len(pad) :] = _unhexed(digests)
    ends = np.arange(len(digests) + 1, dtype=np.int64) * width
    parts = [None, pa.py_buffer(ends), pa.py_buffer(padded)]
    column = pl.from_arrow(pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(digests), parts))
    assert isinstance(column, pl.Series)
    return column


def _unhexed(digests: pl.Series) -> _Bytes:
    """Digests of 64 lower-case digits as rows of bytes."""
    digits = digests.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    pairs = np.frombuffer(digits, "<u2", len(digests) * _HEX // 2)
    values = (pairs & 0x0F0F) + (pairs >> 6 & 0x0101) * 9
    return (values << 4 | values >> 8).astype(np.uint8).reshape(len(digests), -1)
