"""Rows that come as frames pass the same gate as dicts, and no text that needs a close look is passed over."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.columns import strings
from lake.frames import FRAMES, RawFrames
from lake.gate import CleanRows, Gate
from lake.gate.text import free_of_names
from lake.raw import RawRows
from privacy.home import Home
from privacy.mentions import Mentions
from privacy.policies import ALL_FIELDS, Policy
from privacy.redact import redact_all

NOW = datetime(2026, 8, 15, 12, tzinfo=UTC)
POLICY = Policy(
    source="s",
    base_url="http://s.example",
    kind="mastodon",
    legal_basis="x",
    fields=ALL_FIELDS,
    terms_url="t",
)
_WORDS = [
    *("@小明", "＠amy", "//@河边:", "回复 小明：", "回复小明", "amy:", "小明 说：", "amy wrote: ", "SAYS："),
    *(
        '[quote="amy, 1"]',
        "[QUOTE=小明]",
        "http://s.example/a",
        "https://weibo.com/u/1",
        "HTTPS://WEIBO.COM/2",
    ),
    *("http://t.cn/A6x", "http://m.example/@amy", "13812345678", "１３８ 1234 5678", "1 3 8", "2026-08-15"),
    *(
        "微信 abc12345",
        "加v：abc12345",
        "WeiXin:abc123",
        "vx abc123",
        "➕微 abc12345",
        "徽 信abc12345",
        "QQ 12345678",
    ),
    *(
        "１３８-1234-5678",
        "138.1234.5678",
        "(+86) 138 1234 5678",
        "扣扣：123456",
        "ＱＱ群 123456",
        "wxid_abc123",
    ),
    *("ｗｅｃｈａｔ 12345678", "weıxin 12345678", "加 v12345678", "a+v12345678", "6222-0212-3456-7890", "a"),
    *(
        "130503670401001",
        "2026-08-01 10:00:00",
        "a@b.",
        "x @ y.example",
        "x＠y．example",
        "1234567890",
        "u" + "1" * 32,
    ),
    *(
        "a.b@c.example",
        "11010519491231002X",
        "6222 0212 3456 7890 128",
        "\n",
        "\n\n",
        " ",
        "：",
        ":",
        "去露营",
        "@",
        "1",
    ),
]
_text = st.one_of(
    st.lists(st.sampled_from(_WORDS), max_size=8).map("".join),
    st.lists(st.one_of(st.sampled_from(_WORDS), st.text(max_size=3)), max_size=8).map("".join),
)
_id = st.sampled_from(["1", "2", "3", "\x01", ""])
_time = st.sampled_from(
    [NOW, NOW - timedelta(days=40), NOW + timedelta(days=3), datetime(1990, 1, 1, tzinfo=UTC)]
)
_mention = st.fixed_dictionaries(
    {"native_id": _id, "handle": st.sampled_from(["amy", "小明@h.example", None])}
)
_STRATEGIES: dict[pl.DataType, st.SearchStrategy[Any]] = {
    pl.String(): _text,
    pl.Int64(): st.integers(-1, 2**40),
    pl.Int32(): st.integers(-1, 2**31 - 1),
    pl.Float64(): st.floats(-1, 1e9),
    pl.Boolean(): st.booleans(),
    FRAMES["posts"]["created_at"]: _time,
    FRAMES["posts"]["hashtags"]: st.lists(_text, max_size=3),
    FRAMES["posts"]["mentions"]: st.lists(_mention, max_size=2),
}
_SANE = {
    "visibility": st.sampled_from(["public", "unlisted", "private"]),
    "grain": st.just("day"),
    "term": st.just("词"),
}
_SANE |= {
    "kind": st.sampled_from(["follow", "reply", "bot"]),
    "birthday": st.sampled_from(["1990-01-02", "2015-1-1"]),
}


def _rows(table: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    values = {
        name: _SANE.get(name, _id if name.endswith("native_id") else _STRATEGIES[kind])
        for name, kind in FRAMES[table].items()
    }
    needed = [
        name
        for name in ("native_id", "author_native_id", "created_at", "at", "term", "grain", "kind")
        if name in values
    ]
    always = {name: values.pop(name) for name in needed}
    return st.lists(st.fixed_dictionaries(cast(Any, always), optional=values), max_size=4)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(Path(tmp_path_factory.mktemp("gate")) / "home")


def _content(clean: CleanRows) -> dict[str, list[str]]:
    rows = {name: table.to_pylist() for name, table in clean.tables.items()}
    for reject in rows.get("rejects", []):
        refused = json.loads(reject["row"])
        reject["row"], reject["id"] = (
            {key: value for key, value in refused.items() if value is not None},
            None,
        )
    return {name: [str(row) for row in made] for name, made in rows.items()}


@given(posts=_rows("posts"), accounts=_rows("accounts"), edges=_rows("edges"), keywords=_rows("keywords"))
def test_frames_and_rows_come_out_the_same(home: Home, **tables: Any) -> None:
    frames = {
        name: pl.DataFrame(rows, schema=dict(FRAMES[name])) if rows else None for name, rows in tables.items()
    }
    home.state.unlink(missing_ok=True)
    by_row = Gate(home, POLICY, "run", clock=lambda: NOW).admit(RawRows(**cast(Any, tables)))
    home.state.unlink(missing_ok=True)
    by_frame = Gate(home, POLICY, "run", clock=lambda: NOW).admit_frames(RawFrames(**cast(Any, frames)))
    assert _content(by_row) == _content(by_frame)
    assert by_row.counts == by_frame.counts
    assert by_row.refused == by_frame.refused


@given(texts=st.lists(_text, max_size=6), ascii_handles=st.booleans())
def test_no_text_that_would_change_is_passed_over(texts: list[str], ascii_handles: bool) -> None:
    known = {"小明": "u" + "1" * 32, "amy": "u" + "2" * 32}
    mentions = Mentions(lambda name: "u" + "0" * 32, known, ascii_handles, "s.example")
    column = pl.Series(texts, dtype=pl.String)
    clean = mentions.replace_all(redact_all(strings([{"text": text} for text in texts], "text")))
    assert [text or None for text in free_of_names(column, mentions)] == [text or None for text in clean]


def test_a_column_that_the_table_lacks_is_a_slip(home: Home) -> None:
    with pytest.raises(ValueError, match="posts have no column 'author'"):
        Gate(home, POLICY, "run").admit_frames(RawFrames(posts=pl.DataFrame({"author": ["1"]})))
