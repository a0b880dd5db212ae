"""Topics of a lake: how many are asked for, what stands for them, ids that stay, and a refit where they no longer fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from lake.store import Lake
from mining.models import Models
from mining.run import mine
from mining.state import load_state, save_state
from mining.topics import METHOD, NUMBER, TopicSettings, drifted, fit_share
from privacy.errors import BadInputError
from privacy.home import Home
from tests.mining.small_lake import AS_OF, collect, raw_rows

STRANGE = [
    "量子",
    "比特",
    "误差",
    "超导",
    "线圈",
    "低温",
    "恒温器",
    "拓扑",
    "绝缘体",
    "输运",
    "晶格",
    "冷原子",
    "干涉",
    "激光",
    "光纤",
    "频率",
    "真空",
    "磁场",
    "电极",
    "离子",
    "谐振腔",
    "微波",
    "脉冲",
    "相位",
    "噪声",
    "探测器",
    "光子",
    "纠缠",
    "测量",
    "算法",
    "电路",
    "芯片",
    "材料",
    "薄膜",
    "衬底",
    "退火",
    "电流",
    "电压",
    "波导",
    "偏振",
]


def topics_of(home: Home) -> pl.DataFrame:
    return Lake(home).read("topics").sort("topic")


def test_topics_say_how_good_they_are_and_who_stands_for_them(small_home: Home) -> None:
    report = mine(small_home, as_of=AS_OF, topics="4")
    assert report.topics is not None
    assert report.topics.asked == 4
    assert report.topics.topics == topics_of(small_home).height <= 4
    assert -1 <= report.topics.npmi <= 1
    assert 0 < report.topics.diversity <= 1
    assert report.topics.stability is not None
    rows = topics_of(small_home)
    assert (rows["accounts"] <= rows["posts"]).all()
    posts = Lake(small_home).read("posts").select(pl.col("id").alias("examples"), "account_id", "searchable")
    shown = rows.select("topic", "examples").explode("examples").drop_nulls().join(posts, on="examples")
    assert shown.height > 0
    assert shown["searchable"].all()
    assert not shown.select("topic", "account_id").is_duplicated().any()
    again = mine(small_home, as_of=AS_OF, refit=True)
    assert again.topics is not None
    assert again.topics.asked == 4  # a refit asks for as many as the last one did
    assert topics_of(small_home)["topic"].to_list() == rows["topic"].to_list()
    chosen = mine(small_home, as_of=AS_OF, topics="auto")
    assert chosen.topics is not None
    assert chosen.topics.asked is None
    assert chosen.topics.tried


def test_more_topics_than_texts_and_a_single_day(small_home: Home, tmp_path: object) -> None:
    report = mine(small_home, as_of=AS_OF, topics="500")
    assert report.topics is not None
    assert report.topics.asked == 500
    assert 0 < report.topics.topics < 500
    home = Home.find(f"{tmp_path}/day")
    rows = raw_rows(range(9), 3, seed=5)
    for post in rows.posts:
        post["created_at"] = AS_OF
    rows.posts[0]["text"] = "   "
    rows.posts[1]["text"] = "😀😀"
    collect(home, rows, "run-1")
    small = mine(home, as_of=AS_OF)
    assert small.rows["topics"] == topics_of(home).height
    assert small.annotated > 20


@pytest.mark.parametrize("asked", ["0", "-3", "many", "501"])
def test_no_number_of_topics_is_refused(small_home: Home, asked: str) -> None:
    with pytest.raises(BadInputError, match="number of topics"):
        mine(small_home, as_of=AS_OF, topics=asked)


def test_settings_name_the_number_and_the_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NUMBER, "30")
    monkeypatch.setenv(METHOD, "gensim-lda")
    assert TopicSettings.read() == TopicSettings(30, "gensim-lda")
    assert TopicSettings.read("auto") == TopicSettings(None, "gensim-lda")
    monkeypatch.setenv(METHOD, "lsi")
    with pytest.raises(BadInputError, match="RENQUN_TOPIC_MODEL"):
        TopicSettings.read()


def test_a_gensim_model_can_be_chosen(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(METHOD, "gensim-nmf")
    report = mine(small_home, as_of=AS_OF, topics="3")
    assert report.topics is not None
    assert report.topics.method == "gensim-nmf"
    models = Models.load(small_home)
    assert models is not None
    assert models.topics.method == "gensim-nmf"


def test_topics_are_fitted_anew_where_the_newest_posts_have_none(small_home: Home) -> None:
    first = mine(small_home, as_of=AS_OF, topics="8")
    assert first.refitted
    assert not first.drift
    assert not mine(small_home, as_of=AS_OF, full=True).drift
    before = topics_of(small_home)
    rows = raw_rows(range(90), 25, seed=8, first_post=500)
    random = np.random.default_rng(2)
    for place, post in enumerate(rows.posts):
        half = STRANGE[:20] if place % 2 else STRANGE[20:]
        # Three words: each is in well under a tenth of all texts, beyond which a word tells no topic.
        post["text"] = "".join(random.permutation(half)[:3])
        post["created_at"] = AS_OF
    collect(small_home, rows, "run-2")
    report = mine(small_home, as_of=AS_OF)
    assert report.refitted
    assert "newest posts" in report.drift
    assert report.annotated == 90 * 37
    after = topics_of(small_home)
    assert set(STRANGE) & {word for words in after["words"] for word in words}
    assert set(after["topic"]) & set(before["topic"])  # what is still talked about keeps its id
    assert not mine(small_home, as_of=AS_OF, full=True).drift


def test_a_lake_of_small_talk_is_not_fitted_again_and_again(small_home: Home) -> None:
    mine(small_home, as_of=AS_OF, topics="8")
    state = load_state(small_home)
    assert state is not None
    assert state.topic_share == fit_share(Lake(small_home).read("annotations"))
    save_state(small_home, replace(state, topic_share=0.2))
    assert not mine(small_home, as_of=AS_OF, full=True).drift
    assert drifted(0.8, 0.59)
    assert not drifted(0.8, 0.61)
    assert not drifted(None, 0.1)
    assert not drifted(0.8, None)
