"""What a run has noted of accounts' names, so that it is not written again with each of their posts."""

from __future__ import annotations

import numpy as np
import polars as pl

from lake.in_order import Numbers, found

_MOST = 500_000  # accounts: a crawl of millions must not grow; what is forgotten is written again
_TOLD = ("handle", "url")


class Noted:
    """The handle and URL that were noted last of each account, told apart by 64 bits: 24 bytes an account."""

    def __init__(self) -> None:
        self._ids: Numbers = np.empty(0, np.uint64)  # in order
        self._told: list[Numbers] = [np.empty(0, np.uint64) for _ in _TOLD]  # 0: nothing

    def news(self, accounts: pl.DataFrame) -> pl.Series:
        """Which rows (``id, handle, url``, each account once) tell what was not noted; it is noted from now on."""
        ids = accounts["id"].hash().to_numpy()
        order = np.argsort(ids)  # they are found in half the time, and then stand as they are to be inserted
        ids = ids[order]
        places, known = found(self._ids, ids)
        new, at, after = ~known, places[known], places[~known]
        full = len(self._ids) + len(after) > _MOST
        for number, name in enumerate(_TOLD):
            told, had = _numbers(accounts[name])[order], self._told[number]
            new[known] |= (told[known] != 0) & (told[known] != had[at])
            had[at] = np.where(told[known] != 0, told[known], had[at])
            self._told[number] = told[~known] if full else np.insert(had, after, told[~known])
        self._ids = ids[~known] if full else np.insert(self._ids, after, ids[~known])
        news = np.empty(len(ids), np.bool_)
        news[order] = new
        return pl.Series(news)


def _numbers(texts: pl.Series) -> Numbers:
    """Of each text a number, of none 0."""
    numbers: Numbers = texts.hash().to_numpy() * texts.is_not_null().to_numpy()
    return numbers
