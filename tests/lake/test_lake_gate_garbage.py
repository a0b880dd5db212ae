"""Whatever a parser hands over, the gate raises nothing, loses nothing, and lets no raw name through."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.gate import Gate
from lake.raw import RawRows
from lake.schemas import TABLES
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy

NOW = datetime(2026, 8, 15, 12, tzinfo=UTC)
POLICY = Policy(
    source="s",
    base_url="http://s.example",
    kind="mastodon",
    legal_basis="x",
    fields=ALL_FIELDS,
    terms_url="t",
)
KEYS = {
    "posts": "native_id author_native_id author_handle text title lang board hashtags url reply_to_native_id"
    " reply_to_author_native_id repost_of_native_id repost_of_author_native_id mentions likes replies reposts"
    " visibility author_noindex author_indexable",
    "accounts": "native_id handle url name bio region gender birthday education occupation verified kind"
    " followers_count registered_at last_active_at noindex discoverable hide_collections profile_hidden",
    "edges": "src_native_id dst_native_id kind at post_native_id",
    "keywords": "term grain rank volume category description related advert reads discussions originals",
}
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.text(st.characters(), max_size=4),
    st.sampled_from(["1", "2", "follow", "day", "private", "@小明 13812345678", "\ud800", "2020-01-01"]),
    st.datetimes().map(lambda time: time),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=3),
    st.lists(
        st.dictionaries(st.sampled_from(["native_id", "handle"]), st.one_of(st.none(), st.text(max_size=3))),
        max_size=2,
    ),
)


def _rows(table: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    time = "created_at" if table == "posts" else "at"
    sane = {
        "native_id": "1",
        "author_native_id": "2",
        "src_native_id": "1",
        "dst_native_id": "2",
        "term": "词",
    }
    base = {key: value for key, value in sane.items() if key in KEYS[table].split()}
    odd = st.dictionaries(st.sampled_from(KEYS[table].split()), _ODD, max_size=6)
    when = st.sampled_from([NOW, NOW, NOW, None, datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1), "x"])
    return st.lists(st.builds(lambda row, at: base | row | {time: at}, odd, when), max_size=4)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(Path(tmp_path_factory.mktemp("gate")) / "home")


@given(posts=_rows("posts"), accounts=_rows("accounts"), edges=_rows("edges"), keywords=_rows("keywords"))
def test_any_rows(home: Home, posts: Any, accounts: Any, edges: Any, keywords: Any) -> None:
    home.state.unlink(missing_ok=True)
    gate = Gate(home, POLICY, "run", clock=lambda: NOW)
    gate.gone.clear()
    clean = gate.admit(
        RawRows(**cast(Any, {"posts": posts, "accounts": accounts, "edges": edges, "keywords": keywords}))
    )
    for name, table in clean.tables.items():
        assert table.schema.equals(TABLES[name].schema)
        table.validate(full=True)
        if name in ("posts", "accounts", "keywords"):
            assert "小明" not in str(table.to_pylist())
            assert "13812345678" not in str(table.to_pylist())
    counts = clean.counts
    kept_or_told = counts["posts"] + counts["withheld.posts"] + counts["withheld.not_public"]
    rejected = (
        [row["table"] for row in clean.tables["rejects"].to_pylist()] if "rejects" in clean.tables else []
    )
    if not gate.gone:  # rejects of withheld accounts are not kept either
        assert kept_or_told + rejected.count("posts") == len(posts)
        assert counts["keywords"] + rejected.count("keywords") == len(keywords)
