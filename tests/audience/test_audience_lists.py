"""Lists made of flat columns are those that row by row would be made."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from audience.index.lists import alone, lists

STRINGS = pl.List(pl.String)


@pytest.mark.parametrize("texts", [["露营", None, "", "咖啡"], ["露营"], [None, None], []])
def test_each_text_in_a_list_of_its_own(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"region": pl.Series(texts, dtype=pl.String)})
    made = frame.select(alone("region")).to_series()
    assert made.dtype == STRINGS
    assert made.to_list() == [[] if text is None else [text] for text in texts]


def test_texts_are_dealt_out_by_length() -> None:
    made = lists(pl.Series(["a", "b", "c"]), np.array([2, 0, 1], np.uint32))
    assert made.dtype == STRINGS
    assert made.to_list() == [["a", "b"], [], ["c"]]
    assert lists(pl.Series([], dtype=pl.String), np.zeros(0, np.int64)).to_list() == []
