"""Keyword research over a planted lake: what is offered, measured, marked, hidden, and never said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audience.keywords.answers import Keyword
from audience.keywords.expand import expand
from audience.keywords.numbers import factor_of
from lake.schemas import ANNOTATIONS, KEYWORDS, PROFILES, Table
from lake.store import Lake
from privacy.brands import Brand, BrandRole, write_brands
from privacy.errors import BadInputError
from privacy.home import Home
from tests.audience.audience_world import account_id, post_id

END = datetime(2026, 3, 1, tzinfo=UTC)


def _table(rows: list[dict[str, Any]], table: Table) -> pa.Table:
    blank = dict.fromkeys(table.schema.names)
    return pa.Table.from_pylist([blank | row for row in rows], schema=table.schema)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """300 people of two towns over twelve weeks: tarps rise with camping, coffee goes beside it, weekends with all."""
    home = Home(tmp_path_factory.mktemp("keywords"))
    rng = np.random.default_rng(5)
    posts: list[dict[str, Any]] = []

    def say(person: int, days: float, words: str, intent: str | None = None, spam: float = 0.0) -> None:
        at = END - timedelta(days=days)
        posts.append(
            {
                "post_id": post_id(len(posts)),
                "account_id": account_id(person),
                "source": "s",
                "created_at": at,
                "month": f"{at:%Y-%m}",
                "words": words,
                "intent": intent,
                "spam": spam,
            }
        )

    for person in range(300):
        for days in rng.uniform(0, 84, 4):
            say(person, days, "周末 出门")
            say(person, days, "咖啡 手冲")
    for person in range(200):
        say(person, float(rng.uniform(28, 84)), "周末 露营 帐篷", "asks" if person % 4 == 0 else None)
    for person in range(120):
        say(person, float(rng.uniform(0, 28)), "露营 天幕", "asks" if person % 2 == 0 else None)
    for person in range(30):
        say(person, float(rng.uniform(28, 56)), "露营 天幕")
    for person in range(40):
        say(person, 3.0, "上海 露营 装备")
    for person in range(50):
        say(person, 9.0, "露营 抑郁症")
    for person in range(10):
        say(person, 9.0, "露营 秘密")
    for person in range(100):
        say(person, 9.0, "露营 推广", spam=0.9)
    people = [
        {
            "account_id": account_id(n),
            "person_id": account_id(n),
            "source": "s",
            "region": "上海" if n < 200 else "小镇" if n < 210 else "成都",
        }
        for n in range(300)
    ]
    keywords = [
        {
            "term": "露营",
            "at": END - timedelta(days=2),
            "grain": "day",
            "related": ["露营装备", "露营地", "抑郁症露营"],
        },
        {
            "term": "露营装备",
            "at": END - timedelta(days=2),
            "grain": "day",
            "related": ["露营装备租赁平台价格"],
        },
    ]
    for day in range(28):
        at = END - timedelta(days=28 - day)
        keywords.append({"term": "露营地", "at": at, "grain": "day", "volume": 100 * 1.05**day})
        earlier = {"source": "given up", "term": "露营地", "at": at - timedelta(days=40)}
        keywords.append(earlier | {"grain": "day", "volume": 5.0})
    origin = {"source": "search", "run_id": "r", "policy_id": "p", "collected_at": END}
    rows = [origin | row | {"month": f"{row['at']:%Y-%m}"} for row in keywords]
    Lake(home).append({"keywords": _table(rows, KEYWORDS)})
    Lake(home).replace("annotations", _table(posts, ANNOTATIONS))
    Lake(home).replace("profiles", _table(people, PROFILES))
    write_brands(home, [Brand("山野集", BrandRole.OURS, ("s:x",))])
    return home


@pytest.fixture(scope="module")
def words(home: Home) -> dict[str, Keyword]:
    return {one.term: one for one in expand(home, ["露营"], depth=2, limit=100).keywords}


def test_words_come_from_suggestions_posts_and_places(words: dict[str, Keyword]) -> None:
    assert (words["露营装备"].origin, words["露营装备"].depth) == ("suggested", 1)
    deep = words["露营装备租赁平台价格"]
    assert (deep.depth, deep.parent) == (2, "露营装备")
    assert words["天幕"].origin == "said together"
    assert words["上海 露营"].origin == "place"
    assert "成都 露营" not in words, "nobody says it"
    assert "小镇 露营" not in words, "too few live there"
    assert "山野集 露营" not in words, "nobody says it"


def test_heat_trend_specificity_and_intent_have_their_evidence(words: dict[str, Keyword]) -> None:
    core = words["露营"]
    assert (core.origin, core.depth, core.specificity, core.people) == ("core", 0, None, 200)
    tarp = words["天幕"]
    assert (tarp.people, tarp.posts) == (120, 150)
    assert (tarp.said.direction, tarp.mark) == ("rising", None)
    assert tarp.said.low is not None
    assert 1 < tarp.said.low < (tarp.said.factor or 0) < (tarp.said.high or 0)
    assert tarp.specificity is not None
    assert tarp.specificity.value == 1.0
    assert tarp.intent is not None
    assert tarp.intent.low < 60 / 150 < tarp.intent.high
    ground = words["露营地"]
    assert ground.searched.direction == "rising", "of the source that is collected still"
    assert ground.searched.factor == pytest.approx(1.05**7, rel=0.05)


def test_broad_and_narrow_words_are_marked_with_the_reason(home: Home) -> None:
    answer = expand(home, ["露营"], depth=2, limit=100)
    words = {one.term: one for one in answer.keywords}
    deep = words["露营装备租赁平台价格"]
    assert deep.mark == "over-qualified"
    assert "fewer than 20 people wrote all of its" in deep.why
    weekend = words.get("周末")
    if weekend is not None:
        assert weekend.mark == "over-broad"
    marked = [one.mark is not None for one in answer.keywords]
    assert marked == sorted(marked), "marked ones come last"


def test_a_suggestion_about_everything_is_over_broad(home: Home, tmp_path: Path) -> None:
    """A suggested word that people mostly write about other matters."""
    row = {"term": "手冲", "at": END, "grain": "day", "month": "2026-03", "related": ["周末"]}
    origin = {"source": "search", "run_id": "r", "policy_id": "p", "collected_at": END}
    Lake(home).append({"keywords": _table([origin | row], KEYWORDS)})
    (weekend,) = [one for one in expand(home, ["手冲"]).keywords if one.term == "周末"]
    assert (weekend.mark, weekend.why) == ("over-broad", "only 0% of the posts with it are about 手冲")


def test_sensitive_matters_spam_and_few_people_are_never_offered(
    home: Home, words: dict[str, Keyword]
) -> None:
    answer = expand(home, ["露营"], depth=2, limit=100)
    assert answer.sensitive == 2
    told = answer.model_dump_json()
    for word in ("抑郁症", "秘密", "推广"):
        assert word not in told
    with pytest.raises(BadInputError, match="101 characters"):
        expand(home, ["长" * 101])
    with pytest.raises(BadInputError, match="sensitive matter"):
        expand(home, ["抑郁症"])


def test_counts_of_people_under_k_are_hidden_and_others_rounded(home: Home) -> None:
    for one in expand(home, ["露营"], depth=2, limit=100).keywords:
        assert one.people is None or (one.people >= 20 and one.people % 5 == 0)
        assert one.posts is None or one.posts % 5 == 0
        if one.people is None:
            assert one.specificity is one.intent is None
            assert one.said.direction == "unknown"


@pytest.mark.parametrize(
    ("cores", "more"),
    [
        ([], {}),
        ([" "], {}),
        (["x"] * 3 + list("abcdefghijk"), {}),
        (["露营"], {"depth": 4}),
        (["露营"], {"limit": 0}),
    ],
)
def test_bounds(home: Home, cores: list[str], more: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        expand(home, cores, **more)


def test_without_anything_and_without_mining(tmp_path: Path, home: Home) -> None:
    empty = expand(Home(tmp_path / "empty"), ["露营"])
    assert ([one.term for one in empty.keywords], len(empty.warnings)) == (["露营"], 1)
    bare = Home(tmp_path / "bare")
    Lake(bare).append(
        {
            "keywords": Lake(home)
            .read("keywords")
            .select(KEYWORDS.schema.names)
            .to_arrow()
            .cast(KEYWORDS.schema)
        }
    )
    answer = expand(bare, ["露营"])
    assert {one.term for one in answer.keywords} == {"露营", "露营装备", "露营地"}
    assert "renqun mine" in answer.warnings[0]


def test_rates_that_stay_the_same_are_rarely_called_changes() -> None:
    """At 95 % one in twenty is; of 400, between 1 and 9 %. Rates that double are nearly always seen."""
    rng = np.random.default_rng(2)
    same = [
        factor_of(int(rng.binomial(900, 0.1)), int(rng.binomial(900, 0.1)), 900, 900).direction
        for _ in range(400)
    ]
    assert 4 <= 400 - same.count("steady") <= 36
    doubled = [
        factor_of(int(rng.binomial(900, 0.2)), int(rng.binomial(600, 0.1)), 900, 600).direction
        for _ in range(100)
    ]
    assert doubled.count("rising") >= 95
