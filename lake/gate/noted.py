"""What a run has noted of accounts' names, so that it is not written again with each of their posts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

_MOST = 500_000  # accounts: a crawl of millions must not grow; what is forgotten is written again
_TOLD = ("handle", "url")

_Numbers = npt.NDArray[np.uint64]
_Flags = npt.NDArray[np.bool_]


class Noted:
    """The handle and URL that were noted last of each account, told apart by 64 bits: 24 bytes an account."""

    def __init__(self) -> None:
        self._ids: _Numbers = np.empty(0, np.uint64)  # in order
        self._told: list[_Numbers] = [np.empty(0, np.uint64) for _ in _TOLD]  # 0: nothing

    def news(self, accounts: pl.DataFrame) -> pl.Series:
        """Which rows (``id, handle, url``, each account once) tell what was not noted; it is noted from now on."""
        ids = accounts["id"].hash().to_numpy()
        order = np.argsort(ids)  # they are found in half the time, and then stand as they are to be inserted
        ids = ids[order]
        places = np.searchsorted(self._ids, ids)
        known = _same(self._ids, places, ids)
        new, at, after = ~known, places[known], places[~known]
        full = len(self._ids) + len(after) > _MOST
        for number, name in enumerate(_TOLD):
            told, had = _numbers(accounts[name])[order], self._told[number]
            new[known] |= (told[known] != 0) & (told[known] != had[at])
            had[at] = np.where(told[known] != 0, told[known], had[at])
            self._told[number] = told[~known] if full else np.insert(had, after, told[~known])
        self._ids = ids[~known] if full else np.insert(self._ids, after, ids[~known])
        found = np.empty(len(ids), np.bool_)
        found[order] = new
        return pl.Series(found)


def _same(numbers: _Numbers, places: npt.NDArray[np.intp], asked: _Numbers) -> _Flags:
    """Which of the numbers that were asked for stand at their places."""
    if not len(numbers):
        return np.zeros(len(asked), np.bool_)
    same: _Flags = numbers[np.minimum(places, len(numbers) - 1)] == asked
    return same


def _numbers(texts: pl.Series) -> _Numbers:
    """Of each text a number, of none 0."""
    numbers: _Numbers = texts.hash().to_numpy() * texts.is_not_null().to_numpy()
    return numbers
