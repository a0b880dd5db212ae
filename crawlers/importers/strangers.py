"""Accounts that posts tell of in passing: kept where nothing is known of them yet, so that no profile is replaced."""

from __future__ import annotations

import numpy as np
import polars as pl

from lake.gate import CleanRows
from lake.in_order import Numbers, found
from lake.store import Lake

_WAITING = 25_000  # accounts that are looked up at once: the gate takes 10 ms for each batch, however small


class Strangers:
    """The accounts of which neither the lake nor this run has a row, each once, as they were told of first.

    Accounts are remembered by the first 64 bits of their pseudonyms: eight bytes each, for runs over millions.
    """

    def __init__(self, lake: Lake, source: str) -> None:
        self._lake = lake
        self._source = source
        self._known: Numbers = np.empty(0, np.uint64)
        self._lake_read = False
        self._met: list[pl.DataFrame] = []

    def meet(self, accounts: pl.DataFrame) -> None:
        """Take in raw accounts that were told of, one row each, with their pseudonyms as ``id``."""
        self._met.append(accounts)

    def enough(self) -> bool:
        """Whether so many wait that they should be asked for."""
        return sum(accounts.height for accounts in self._met) >= _WAITING

    def new(self) -> pl.DataFrame | None:
        """Those of the accounts told of since the last call that are new, as raw ones; from now on they are known."""
        if not self._met:
            return None
        met, self._met = pl.concat(self._met), []
        return self._among(met.unique("native_id", keep="first", maintain_order=True))

    def know(self, clean: CleanRows) -> None:
        """Remember the accounts that the run has just kept: they may not be in the lake yet."""
        if "accounts" in clean.tables:
            self._add(_numbers(pl.Series(clean.tables["accounts"]["id"])))

    def _among(self, accounts: pl.DataFrame) -> pl.DataFrame:
        if not self._lake_read:
            self._lake_read = True
            rows = self._lake.read("accounts", ["id"], pl.col("source") == self._source)
            self._add(_numbers(rows["id"]))
        asked = _numbers(accounts["id"])
        _, known = found(self._known, asked)
        new = ~known
        self._add(asked[new])
        return accounts.drop("id").filter(pl.Series(new))

    def _add(self, numbers: Numbers) -> None:
        """``numpy.union1d`` would sort what is known again for every part."""
        numbers = np.unique(numbers)
        places, known = found(self._known, numbers)
        self._known = np.insert(self._known, places[~known], numbers[~known])


def _numbers(ids: pl.Series) -> Numbers:
    return ids.str.slice(1, 16).str.to_integer(base=16, dtype=pl.UInt64).to_numpy()
