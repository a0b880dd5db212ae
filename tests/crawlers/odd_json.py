"""JSON documents with parts replaced, removed or repeated: what property tests feed to parsers."""

from __future__ import annotations

import json
from typing import Any

import orjson
from hypothesis import strategies as st

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "[]",
            "<p>",
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00+14:00",
            "http://[bad",
            "\x00",
            "\ud83d",
        ]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["id", "name", "account"]), st.integers(), max_size=2),
    st.just([[[[[[[[{"id": [1]}]]]]]]]]),
)


def spoil(value: Any, data: st.DataObject) -> Any:
    """A copy with some parts replaced, removed or repeated."""
    if data.draw(st.integers(0, 9)) == 0:
        return data.draw(ODD)
    if isinstance(value, dict):
        kept = {key: spoil(part, data) for key, part in value.items() if data.draw(st.integers(0, 14))}
        return kept | ({"novel": data.draw(ODD)} if data.draw(st.booleans()) else {})
    if isinstance(value, list):
        return [spoil(part, data) for part in value] * data.draw(st.integers(0, 2))
    return value


def dump(value: Any) -> bytes:
    """JSON, also of integers beyond 64 bits and lone surrogates, which JSON can hold."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(value).encode()
