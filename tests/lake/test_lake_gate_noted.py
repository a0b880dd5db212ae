"""What of accounts' names is new to a run: held to a plain dict."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.gate.noted import Noted

_Row = tuple[str, str | None, str | None]
_SCHEMA = {"id": pl.String, "handle": pl.String, "url": pl.String}
_SAID = st.sampled_from([None, "a", "b"])
_BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from("uvwxyz"), _SAID, _SAID), unique_by=lambda row: row[0]), max_size=6
)


def news(noted: Noted, rows: list[_Row]) -> list[bool]:
    return noted.news(pl.DataFrame(rows, schema=_SCHEMA, orient="row")).to_list()


@given(_BATCHES)
def test_a_row_is_new_where_it_tells_what_was_not_noted_last(batches: list[list[_Row]]) -> None:
    noted, told = Noted(), dict[str, tuple[str | None, str | None]]()
    for rows in batches:
        expected = []
        for name, handle, url in rows:
            before = told.get(name)
            expected.append(before is None or handle not in (None, before[0]) or url not in (None, before[1]))
            old_handle, old_url = before or (None, None)
            told[name] = (handle or old_handle, url or old_url)
        assert news(noted, rows) == expected


def test_what_is_forgotten_is_new_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.gate.noted._MOST", 2)
    noted = Noted()
    assert news(noted, [("u", "a", None), ("v", "b", None)]) == [True, True]
    assert news(noted, [("u", "a", None), ("v", "b", None)]) == [False, False]
    assert news(noted, [("w", "c", None)]) == [True]
    assert news(noted, [("u", "a", None), ("w", None, None)]) == [True, False]
