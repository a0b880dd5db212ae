"""Sensitive matters spread over several conditions, and seed lists as people save them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from audience.errors import SensitiveQueryError
from audience.index.build import build
from audience.keywords.expand import expand
from audience.lookalike.find import lookalike
from audience.lookalike.seeds import resolve
from audience.named.lists import read_csv
from audience.network.communities import communities
from audience.network.influence import influencers
from audience.query.model import AudienceQuery, Words
from audience.search.ask import search
from audience.search.export import export
from audience.tags.lexicon import tag_list, tag_sample, tag_words
from audience.tags.own import add
from lake.store import Lake
from mining.run import mine
from privacy.home import Home
from tests.audience.audience_world import world
from tests.mining.small_lake import AS_OF, collect, raw_rows


@pytest.mark.parametrize(
    "text",
    [
        "心理 疾病",
        "words:同性 words:恋",
        '"肺" "癌"',
        "疾病 心理",
        "tag:露营 共产 region:上海 党",
        "tag:露营 -(少数 民族)",
        "露营 OR (少数 民族)",
        "-共产 -党",
    ],
)
def test_a_matter_spread_over_words_is_refused(text: str) -> None:
    home, _ = world()
    with pytest.raises(SensitiveQueryError):
        search(home, text)


def test_also_as_a_model() -> None:
    home, _ = world()
    words = tuple(Words(field="words", value=value) for value in ("抑", "郁症"))
    with pytest.raises(SensitiveQueryError):
        search(home, AudienceQuery(all=(AudienceQuery(all=words),)))


@pytest.mark.parametrize("text", ["露营 帐篷", "民族 OR 少数", "咖啡 -露营"])
def test_plain_words_are_answered(text: str) -> None:
    home, _ = world()
    assert search(home, text).query


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("header", ["来源,账号,备注", "平台,用户名,备注", "source,handle,note"])
def test_lists_saved_by_a_spreadsheet(header: str, encoding: str) -> None:
    content = f"{header}\r\n微博,shanye,老客户\r\n微博,xinglu\r\n".encode(encoding)
    assert list(read_csv(content)) == [
        {"source": "微博", "handle": "shanye"},
        {"source": "微博", "handle": "xinglu"},
    ]


TALK = "抑郁症复诊记录 抑郁症互助群里聊了很久"


@pytest.fixture(scope="module")
def confided(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A mined home in which a third of the people write of a health condition, in words, hashtags and a bio."""
    home = Home(tmp_path_factory.mktemp("confided"))
    rows = raw_rows(range(90), 10, seed=1)
    for number, post in enumerate(rows.posts):
        if int(post["author_native_id"]) % 3 == 0 and number % 2:
            post["text"], post["hashtags"] = f"{TALK} {number}", ["抑郁症", "露营"]
    collect(home, rows, "run-1")
    mine(home, as_of=AS_OF)
    build(home)
    return home


def _doors(home: Home, folder: Path) -> dict[str, str]:
    """What each door of the product says, as text."""
    camping = search(home, "tag:露营", limit=100, facets=True)
    seeds = [{"account_id": member.account_id} for member in camping.members[:25]]
    file = folder / "people.csv"
    export(home, "tag:露营", file)
    return {
        "search": camping.model_dump_json(),
        "everybody": search(home, "", limit=100, facets=True).model_dump_json(),
        "lookalike": lookalike(home, resolve(home, seeds), 30).model_dump_json(),
        "communities": communities(home).model_dump_json(),
        "influence": influencers(home).model_dump_json(),
        "keywords": expand(home, ["露营"]).model_dump_json(),
        "tags": "".join(tag.model_dump_json() for tag in tag_list(home)),
        "words of a tag": tag_words(home, "露营").model_dump_json(),
        "sample of a tag": tag_sample(home, "露营", 50).model_dump_json(),
        "export": file.read_text("utf-8"),
    }


def test_no_door_tells_a_condition_of_people(confided: Home, tmp_path: Path) -> None:
    posts = Lake(confided).read("posts").filter(pl.col("text").str.contains("抑郁症"))
    assert posts["account_id"].n_unique() >= 25  # enough for k: it is the matter that is kept back
    said = _doors(confided, tmp_path)
    assert [door for door, text in said.items() if "抑郁" in text] == []
    assert "露营" in said["search"]


@pytest.mark.parametrize(
    "asked",
    [
        "抑郁症",
        "tag:抑郁症",
        "topic:抑郁症",
        "community:抑郁症",
        'posts("抑郁症")>=3/30d',
        "tag:露营 -抑郁症",
    ],
)
def test_no_door_takes_a_condition_to_ask_by(confided: Home, asked: str) -> None:
    with pytest.raises(SensitiveQueryError):
        search(confided, asked)


def test_no_tag_is_made_of_a_condition(confided: Home) -> None:
    with pytest.raises(SensitiveQueryError):
        add(confided, "抑郁症", ["互助群"])
    with pytest.raises(SensitiveQueryError):
        add(confided, "互助", examples=[TALK] * 5)
