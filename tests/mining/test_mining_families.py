"""Benefits, styles, intents and brands of accounts, with the posts behind them."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from lake.schemas import ANNOTATIONS
from lake.store import Lake
from mining.families import shown_families
from mining.run import mine
from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home
from tests.mining.small_lake import AS_OF, START, collect, raw_rows

SAID = (
    "山野的帐篷真好用，推荐给大家",
    "山野客服态度差，太失望了",
    "这个睡袋性价比真高",
    "好贵啊，等打折",
    "回购第三次了",
)


def _post(number: int, author: str, text: str) -> dict[str, object]:
    return {
        "native_id": f"x{number}",
        "author_native_id": author,
        "author_handle": f"user{author}",
        "created_at": START + timedelta(days=number),
        "text": text,
        "author_indexable": True,
    }


def _with_talk(home: Home) -> None:
    rows = raw_rows(range(30), 4, seed=1)
    rows.posts += [_post(n, "1", text) for n, text in enumerate(SAID)]  # type: ignore[misc]
    rows.posts += [
        {
            **_post(9, "2", "@user0 的天幕超级好用"),  # type: ignore[typeddict-item]
            "mentions": [{"native_id": "0", "handle": "user0"}],
        }
    ]
    collect(home, rows, "run-1")
    write_brands(home, [Brand("山野", BrandRole.OURS, ("test-forum:user0",))])


def test_profiles_hold_families_with_the_posts_behind(tmp_path) -> None:  # type: ignore[no-untyped-def]
    home = Home(tmp_path)
    _with_talk(home)
    mine(home, as_of=AS_OF)
    lake = Lake(home)
    posts = lake.read("annotations").filter(pl.col("brands").list.len() > 0)
    assert posts.height == 3
    profile = lake.read("profiles").filter(pl.col("brands").list.len() > 0).sort("post_count").to_dicts()
    by_name, by_words = sorted(profile, key=lambda row: row["brands"][0]["posts"])
    assert by_name["brands"][0]["sentiment"] > 0.5  # who named the brand's account
    assert by_words["benefits"] == ["价格"]
    assert by_words["styles"] == []  # one post makes no habit
    (brand,) = by_words["brands"]
    assert (brand["brand"], brand["posts"]) == ("山野", 2)
    grounds = {(g["field"], g["value"]): g for g in by_words["grounds"]}
    assert len(grounds["benefit", "价格"]["evidence"]) == 2
    assert set(grounds["brand", "山野"]["evidence"]) <= set(posts["post_id"])
    assert ("intent", "complains") in grounds


def test_other_brands_are_read_for_without_a_refit(tmp_path) -> None:  # type: ignore[no-untyped-def]
    home = Home(tmp_path)
    _with_talk(home)
    mine(home, as_of=AS_OF)
    write_brands(
        home,
        [Brand("户外家", BrandRole.COMPETITOR, ("test-forum:user7",), aliases=("睡袋",), unlike=("睡袋套",))],
    )
    report = mine(home, as_of=AS_OF)
    assert not report.refitted
    named = Lake(home).read("annotations").explode("brands", "sentiments").drop_nulls("brands")
    assert set(named["brands"]) == {"户外家"}


def test_nothing_said_is_nothing_shown() -> None:
    empty = pl.DataFrame(pl.from_arrow(ANNOTATIONS.schema.empty_table()))
    assert shown_families(empty, AS_OF).height == 0
