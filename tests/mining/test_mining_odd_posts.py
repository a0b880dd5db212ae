"""Posts as they come: empty, emoji alone, a book, all scripts at once, one loud account, a single day."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from audience.index.build import build
from lake.gate import Gate
from lake.raw import RawRows
from lake.store import Lake
from mining.run import mine
from mining.suggest import suggestions
from privacy.home import Home
from privacy.policies import load_policies
from tests.mining.small_lake import AS_OF, START, collect, raw_rows

ODD = {
    "empty": "",
    "spaces": " \u3000\n\t ",
    "signs": "。。。！！！……——",
    "emoji": "😀⛺👨‍👩‍👧🇨🇳❤️" * 20,
    "book": "今天我们去营地搭了天幕，" * 8_400,
    "one letter": "啊" * 100_000,
    "no spaces": "a" * 100_000,
    "scripts": "露營 camping キャンプ 캠핑 поход تخييم ตั้งแคมป์ 𠮷野家 ①㎏ ｶﾞﾗｽ",
    "invisible": "\u200b\u202e\ufeff\x00露\u200d营",
    "half a pair": "半个\ud83d表情",
    "link": "https://example.com/" + "x" * 5_000,
    "chain": "转发微博" + "//@某人:别人的话" * 500,
    "hashtags": "#露营" * 2_000,
    "brackets": "[" * 5_000 + "]" * 5_000,
    "quotes": "\"\\'; DROP TABLE posts; --",
}


def write(
    home: Home, texts: Sequence[str], account: Callable[[int], str], at: Callable[[int], datetime]
) -> set[str]:
    """Put posts into a home; the reasons for which some were refused."""
    rows = RawRows()
    for number, text in enumerate(texts):
        rows.posts.append(
            {
                "native_id": f"odd-{number}",
                "author_native_id": account(number),
                "author_handle": f"user{account(number)}",
                "created_at": at(number),
                "text": text,
                "author_indexable": True,
            }
        )
    collect(home, RawRows(), "run-0")  # writes the policy
    clean = Gate(home, load_policies(home).for_source("test-forum"), "run-odd").admit(rows)
    Lake(home).append(clean.tables)
    return set(clean.refused)


def hourly(number: int) -> datetime:
    return START + timedelta(hours=number % 700)


@pytest.mark.timeout(240)
def test_every_odd_post_gets_a_sane_row_and_disturbs_no_other(small_home: Home) -> None:
    mine(small_home, as_of=AS_OF)
    before = Lake(small_home).read("annotations").sort("post_id")
    refused = write(small_home, list(ODD.values()), lambda number: f"odd{number}", hourly)
    report = mine(small_home, as_of=AS_OF)
    annotations = Lake(small_home).read("annotations")
    odd = annotations.join(before, on="post_id", how="anti")
    assert odd.height == report.annotated >= len(ODD) - 2
    assert all(refused)  # each with its reason
    assert odd["weight"].is_between(0, 1).all()
    assert odd["spam"].is_between(0, 1).all()
    assert odd["lang"].is_in(["zh", "en", "mixed", "other"]).all()
    kept = annotations.join(before, on="post_id", how="semi").sort("post_id").select(before.columns)
    assert kept.equals(before)
    profiles = Lake(small_home).read("profiles")
    assert profiles.filter(pl.col("words").str.len_chars() > 20_000).is_empty()
    assert build(small_home).persons == profiles["person_id"].n_unique()


def test_posts_without_a_word_mine_to_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write(home, ["😀", "。。。", "👍" * 50, "12345"] * 30, lambda number: str(number % 40), hourly)
    report = mine(home, as_of=AS_OF)
    assert report.annotated > 0
    assert report.rows["topics"] == 0
    profiles = Lake(home).read("profiles")
    assert profiles.height == 40
    assert profiles["tags"].list.len().sum() == 0
    assert suggestions(home, 20) == []


def test_one_loud_account_does_not_speak_for_all(small_home: Home) -> None:
    count = Lake(small_home).read("posts").height
    slogan = "霸屏王牌酸菜面第{}碗开抢"
    write(small_home, [slogan.format(number) for number in range(count)], lambda number: "loud", hourly)
    mine(small_home, as_of=AS_OF, refit=True)
    lake = Lake(small_home)
    annotations = lake.read("annotations")
    loud = annotations.filter(pl.col("words").str.contains("霸屏"))
    assert loud.height == count  # half of everything
    assert loud["weight"].sum() < 0.02 * count
    # What one account says, however often, is no term, no topic and no word for the dictionary.
    trends = lake.read("trends")
    assert not trends.filter(pl.col("kind") == "term")["item"].is_in(["霸屏", "酸菜面", "开抢"]).any()
    assert not lake.read("topics").explode("words")["words"].is_in(["霸屏", "开抢"]).any()
    assert not any("酸菜" in word.word for word in suggestions(small_home, 20))
    tagged = lake.read("profiles").explode("tags").drop_nulls("tags").unnest("tags")
    assert tagged.filter(pl.col("tag") == "露营").height >= 27


def test_a_single_day_is_mined(tmp_path: Path) -> None:
    home = Home(tmp_path)
    rows = raw_rows(range(60), 6, seed=9)
    for number, post in enumerate(rows.posts):
        post["created_at"] = START + timedelta(minutes=number % 1_440)
    collect(home, rows, "run-1")
    report = mine(home, as_of=START + timedelta(days=1))
    assert report.annotated == 360
    trends = Lake(home).read("trends")
    assert trends.filter(pl.col("grain") == "day")["at"].n_unique() <= 2  # a day of UTC is two in China
    assert Lake(home).read("profiles").filter(pl.col("tags").list.len() > 0).height > 30


def test_a_single_post_is_mined(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write(home, ["今天去露营"], lambda number: "1", hourly)
    assert mine(home, as_of=AS_OF).annotated == 1
    assert Lake(home).read("profiles").height == 1


FOREIGN = [
    "今日はキャンプに行ってテントを張りました",
    "Сегодня мы ходили в поход и ставили палатку",
    "오늘은 캠핑을 가서 텐트를 쳤어요",
]


def test_posts_in_other_languages_are_kept_and_teach_nothing(small_home: Home, tmp_path: Path) -> None:
    mine(small_home, as_of=AS_OF)
    topics = Lake(small_home).read("topics").sort("topic").select("topic", "name", "words")
    mixed = Home(tmp_path / "mixed")
    shutil.copytree(small_home.root, mixed.root)
    write(mixed, FOREIGN * 400, lambda number: f"abroad{number % 60}", hourly)
    mine(mixed, as_of=AS_OF, refit=True)
    found = Lake(mixed).read("annotations")
    assert found.filter(pl.col("lang") == "other").height == 1_200
    words = set(Lake(mixed).read("topics").explode("words")["words"])
    assert not any(script in word for word in words for script in ("ャ", "ж", "о", "캠", "ま"))
    assert Lake(mixed).read("topics").height == topics.height


def test_a_lake_of_nothing_but_templates_in_another_language_has_no_topics(tmp_path: Path) -> None:
    home = Home(tmp_path)
    collect(home, raw_rows(range(3), 0, seed=1), "r1")
    write(home, FOREIGN * 40, lambda number: f"abroad{number % 30}", hourly)
    mine(home, as_of=AS_OF)
    assert Lake(home).read("annotations").height == 120
    assert Lake(home).read("annotations")["topic"].drop_nulls().is_empty()
