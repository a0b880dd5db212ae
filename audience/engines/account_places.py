"""Whose account is whose: beside an index, its accounts in order, each with the ``uid`` of its person.

As terms of the index they would be as many as there are people, and each look-up while it is written slower by them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audience.engines.stretches import mapped
from audience.engines.tantivy_files import ACCOUNT_UIDS, ACCOUNTS


class AccountWriter:
    """Takes the accounts of each batch; they are sorted and written at the end."""

    def __init__(self) -> None:
        self._batches: list[pl.DataFrame] = []

    def add(self, uids: pl.Series, accounts: pl.Series) -> None:
        """The accounts (a list a person) of the next persons."""
        lists = pl.DataFrame({"uid": uids.cast(pl.UInt32), "account": accounts})
        self._batches.append(lists.explode("account").drop_nulls())

    def write(self, folder: Path) -> None:
        """Keep them beside the index."""
        none = pl.DataFrame(schema={"uid": pl.UInt32, "account": pl.String})
        held = pl.concat([none, *self._batches]).sort("account", "uid")
        longest = int(held["account"].str.len_bytes().max() or 1)  # type: ignore[arg-type]
        np.save(folder / ACCOUNTS, held["account"].cast(pl.Binary).to_numpy().astype(f"S{longest}"))
        np.save(folder / ACCOUNT_UIDS, held["uid"].to_numpy())


class AccountPlaces:
    """The accounts of an index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._accounts = mapped(folder / ACCOUNTS)
        self._uids = mapped(folder / ACCOUNT_UIDS)
        if len(self._accounts) != len(self._uids):
            raise ValueError("the accounts are damaged")

    def uids(self, accounts: Iterable[str]) -> NDArray[np.int64]:
        """Of those of these accounts that are known, the persons: each once, in order."""
        wanted = np.unique(np.array([account.encode() for account in accounts], dtype=np.bytes_))
        first = np.searchsorted(self._accounts, wanted, "left")
        last = np.searchsorted(self._accounts, wanted, "right")
        places = [self._uids[start:end] for start, end in zip(first, last, strict=True)]
        none = np.zeros(0, self._uids.dtype)
        return np.unique(np.concatenate([none, *places])).astype(np.int64)
