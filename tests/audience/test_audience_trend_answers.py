"""Trends of a small mined world: rhythm, shares, one row an event, who drove it, search beside talk, new sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from audience.trends.answers import RisingItem, TrendAnswer
from audience.trends.demand import Demand
from audience.trends.groups import beside, pairs
from audience.trends.items import trends
from audience.trends.series import leads
from audience.trends.social import Social
from lake.schemas import ANNOTATIONS, COMMUNITIES, KEYWORDS, POSTS, PROFILES, RUNS
from lake.store import Lake
from mining import series
from mining.coverage import coverage
from privacy.errors import BadInputError
from privacy.home import Home
from tests.audience.audience_world import account_id, post_id

START = datetime(2026, 5, 3, 16, tzinfo=UTC)  # Monday, midnight in Shanghai
DAYS = 24
RISE = 24 * 20 + 12
JOINED = 24 * 18
CAMPERS, OTHERS = range(0, 60), range(60, 200)
BRAND, MEDIA = 0, 1
_ORIGIN = {"run_id": "r", "policy_id": "p", "collected_at": START}


def _table(rows: list[dict[str, Any]], table: Any) -> pa.Table:
    blank = dict.fromkeys(table.schema.names)
    return pa.Table.from_pylist([blank | row for row in rows], schema=table.schema)


class _World:
    """Posts of two sources; campers carry a rise of 露营节 with 帐篷; the second source joins late and says 咖啡."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.random = np.random.default_rng(3)

    def say(self, hour: int, account: int, words: str, source: str = "m", tag: str = "") -> None:
        at = START + timedelta(hours=hour, minutes=int(self.random.integers(60)))
        self.posts.append(
            {
                "post_id": post_id(len(self.posts)),
                "account_id": account_id(account),
                "source": source,
                "created_at": at,
                "month": f"{at:%Y-%m}",
                "words": words,
                "hashtags": [],
                "tags": [tag] if tag else [],
                "tag_probs": [0.9] if tag else [],
                "spam": 0.0,
                "weight": 1.0,
                "searchable": True,
            }
        )

    def fill(self) -> None:
        evening = 1 + np.sin((np.arange(24) - 14) / 24 * 2 * np.pi)
        for hour in range(DAYS * 24):
            for _ in range(self.random.poisson(4 * evening[hour % 24] + 1)):
                account = int(self.random.choice(OTHERS))
                self.say(
                    hour, account, self.random.choice(["今天 天气", "加班 晚安", "天气 帐篷", "咖啡 早上"])
                )
            if hour >= JOINED:
                for _ in range(6):
                    self.say(hour, int(self.random.integers(300, 380)), "咖啡 拉花", source="n")
        for number in range(90):
            account = int(self.random.choice(CAMPERS)) if number % 6 else int(self.random.choice(OTHERS))
            late = RISE + min(int(self.random.exponential(3)), 10)
            self.say(late, account, "露营节 帐篷 营地", tag="露营")
        for hour in (RISE, RISE + 1, RISE + 2):
            self.say(hour, BRAND, "露营节 帐篷")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("trends"))
    made = _World()
    made.fill()
    lake = Lake(home)
    annotations = pl.DataFrame(_table(made.posts, ANNOTATIONS))
    lake.replace("annotations", annotations.to_arrow())
    texts = [
        {**_ORIGIN, "id": row["post_id"], "source": row["source"], "created_at": row["created_at"]}
        | {
            "month": row["month"],
            "account_id": row["account_id"],
            "text": f"说说{row['words'].replace(' ', '')}吧",
        }
        for row in made.posts
    ]
    lake.append({"posts": _table(texts, POSTS)})
    said = series.items(annotations).collect()
    collected = coverage(annotations, lake.read("runs"))
    hourly = series.counts(said, "hour")
    lake.replace("coverage", collected.to_arrow())
    lake.replace("trends", series.trends(said, hourly, collected).to_arrow())
    lake.replace("bursts", series.bursts(said, hourly, collected).to_arrow())
    profiles: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    for account in (*CAMPERS, *OTHERS):
        camper = account in CAMPERS
        group, name = ("c1", "露营 · 徒步") if camper else ("c2", "抑郁症互助")
        level: dict[str, Any] = {
            "tag": "露营" if camper else "咖啡",
            "level": 6,
            "weight": 1.0,
            "posts": 3,
            "evidence": [],
        }
        who = {BRAND: "山野集", MEDIA: "户外周刊"}.get(account)
        profiles.append(
            {
                "account_id": account_id(account),
                "public": who is not None,
                "name": who,
                "listable": True,
                "community": group,
                "tags": [level],
            }
        )
        groups.append({"account_id": account_id(account), "community": group, "name": name})
    lake.replace("profiles", _table(profiles, PROFILES))
    lake.replace("communities", _table(groups, COMMUNITIES))
    _search(lake, made)
    return home


def _search(lake: Lake, made: _World) -> None:
    """Heat of 帐篷 three hours after what is posted, with a list's hours lost."""
    counts = np.zeros(DAYS * 24 + 4)
    for row in made.posts:
        if "帐篷" in row["words"]:
            counts[int((row["created_at"] - START) / timedelta(hours=1)) + 3] += 1
    keywords, runs = [], []
    for hour in range(DAYS * 24):
        if 200 <= hour < 206:
            continue
        at = START + timedelta(hours=hour)
        common = {**_ORIGIN, "source": "index", "at": at}
        runs.append({**common, "run_id": f"s{hour}", "kind": "snapshot", "status": "ok"})
        for term, volume in (("帐篷", 100.0 * counts[hour]), ("别的", 500.0)):
            keywords.append(
                {**common, "grain": "hour", "month": f"{at:%Y-%m}", "term": term, "volume": volume}
            )
    lake.append({"keywords": _table(keywords, KEYWORDS), "runs": _table(runs, RUNS)})


@pytest.fixture(scope="module")
def rises(world: Home) -> TrendAnswer:
    return trends(world, rising=True, since="10d", limit=10)


def test_one_event_is_one_row(rises: TrendAnswer) -> None:
    social = [row for row in rises.rising if row.kind != "keyword"]
    first = social[0]
    told = {first.label, *first.related}
    assert {"露营节", "营地", "露营"} <= told
    assert sum(row.label in told for row in social) == 1
    assert abs(first.start - (START + timedelta(hours=RISE))) <= timedelta(hours=1)
    assert first.state == "new"


def test_what_is_searched_and_posted_under_one_name_is_one_row(rises: TrendAnswer) -> None:
    event = next(row for row in rises.rising if row.searched)
    searched = event.searched[0]
    assert (searched.kind, searched.label, searched.source) == ("keyword", "帐篷", "index")
    assert "帐篷" in {event.label, *event.related}
    assert event.score >= searched.score
    assert "帐篷" not in {row.label for row in rises.rising if row is not event}
    assert [row.score for row in rises.rising] == sorted((row.score for row in rises.rising), reverse=True)


def test_a_search_on_another_day_is_a_row_of_its_own() -> None:
    posted, searched = rise("term", "#露营节", 0), rise("keyword", "露营节", 30)
    assert len(beside([posted], [searched])) == 2
    assert len(beside([posted], [rise("keyword", "露营节", 20)])) == 1
    assert len(beside([posted], [rise("keyword", "露营", 0)])) == 2, "another name is another event"


def rise(kind: str, label: str, hours: int) -> RisingItem:
    at = START + timedelta(hours=hours)
    return RisingItem(kind=kind, item=label, label=label, start=at, peak=at, value=9, score=3, unit="posts")


def test_who_drove_it_is_groups_and_public_accounts_never_a_person(rises: TrendAnswer) -> None:
    first = next(row for row in rises.rising if row.kind != "keyword")
    by_kind = {driver.kind: driver for driver in first.drivers}
    assert by_kind["community"].name == "露营 · 徒步"
    assert by_kind["interest"].name == "露营"
    assert (by_kind["community"].tgi or 0) > 150
    assert all(
        driver.people is None or (driver.people >= 20 and driver.people % 5 == 0) for driver in first.drivers
    )
    publics = [driver.name for driver in first.drivers if driver.kind == "public"]
    assert publics[0] == "山野集"
    assert set(publics) <= {"山野集", "户外周刊"}
    said = rises.model_dump_json()
    assert "抑郁症" not in said, "a community with a sensitive name is never told"
    assert not any(account_id(n) in said for n in (*CAMPERS, *OTHERS))
    assert any(burst.drivers for burst in rises.bursts)


def test_a_new_source_is_said_and_is_no_rise(rises: TrendAnswer) -> None:
    assert any(warning.startswith("n was first collected at") for warning in rises.warnings)
    assert not {"咖啡", "拉花"} & {row.label for row in (*rises.rising, *rises.bursts)}


def test_counts_shares_and_rhythm_of_a_term(world: Home) -> None:
    one = trends(world, "咖啡", since="8d").series[0]
    assert (one.grain, one.kind) == ("hour", "term")
    told = [point for point in one.points if point.value]
    assert all(point.share is not None and 0 < point.share <= 1 for point in told)
    assert one.rhythm is not None
    late, early = one.rhythm.hours[20], one.rhythm.hours[4]
    assert late is not None
    assert early is not None
    assert late > early
    days = trends(world, "咖啡", since="20d").series[0]
    assert days.grain == "day"
    assert max(point.people or 0 for point in days.points) >= 20


def test_search_is_told_to_follow_the_posts(world: Home) -> None:
    answer = trends(world, "帐篷", since="8d")
    lead = answer.leads[0]
    assert (lead.source, lead.grain, lead.clear) == ("index", "hour", True)
    assert lead.lag == 3
    assert lead.low <= 3 <= lead.high
    burst = next(row for row in answer.bursts if row.kind == "keyword")
    assert abs(burst.start - (START + timedelta(hours=RISE + 3))) <= timedelta(hours=1)


@pytest.mark.parametrize("moved", [0, 8, -8])
def test_days_that_begin_elsewhere_are_compared_as_well(moved: int) -> None:
    random = np.random.default_rng(5)
    days = [datetime(2026, 3, 1, 16, tzinfo=UTC) + timedelta(days=number) for number in range(60)]
    posts = random.poisson(40, len(days)).astype(float)
    rows = pl.DataFrame(
        {
            "kind": "term",
            "item": "帐篷",
            "source": "m",
            "at": days,
            "grain": "day",
            "posts": posts.astype(int),
        }
    ).with_columns(weight=pl.col("posts").cast(pl.Float64), accounts=pl.col("posts"))
    hours = [days[0] + timedelta(hours=number) for number in range(24 * len(days))]
    collected = pl.DataFrame({"source": "m", "at": hours, "posts": 9, "weight": 9.0, "covered": True})
    # What is searched follows by two days; the source's day begins some hours before or after Shanghai's.
    at = [moment + timedelta(hours=moved) for moment in days]
    demand = Demand(
        "index",
        "day",
        pl.DataFrame({"item": "帐篷", "at": at, "value": np.roll(posts, 2) * 100}),
        pl.Series(at),
        listed=False,
    )
    (lead,) = leads([demand], Social(rows, collected), ("term", "帐篷"), days[20], days[-1])
    assert (lead.grain, lead.lag, lead.clear) == ("day", 2, True)


def test_words_that_are_not_followed_are_counted_in_the_posts(world: Home) -> None:
    answer = trends(world, "露营节帐篷", since="5d")
    assert [(one.kind, one.item) for one in answer.series] == [("term", "露营节帐篷")]
    assert sum(point.value or 0 for point in answer.series[0].points) >= 60
    with pytest.raises(BadInputError, match="nothing was collected about"):
        trends(world, "没有人写过这句话", since="5d")


def test_a_hashtag_is_asked_for_by_kind(world: Home) -> None:
    with pytest.raises(BadInputError):
        trends(world, "hashtag:露营节", since="5d")


def test_a_home_with_one_day_says_that_little_can_be_compared(tmp_path: Path) -> None:
    home = Home(tmp_path)
    made = _World()
    for hour in range(20):
        for number in range(6):
            made.say(hour, number * 20 + hour, "今天 天气")
    annotations = pl.DataFrame(_table(made.posts, ANNOTATIONS))
    lake = Lake(home)
    lake.replace("annotations", annotations.to_arrow())
    said = series.items(annotations).collect()
    collected = coverage(annotations, lake.read("runs"))
    hourly = series.counts(said, "hour")
    lake.replace("coverage", collected.to_arrow())
    lake.replace("trends", series.trends(said, hourly, collected).to_arrow())
    lake.replace("bursts", series.bursts(said, hourly, collected).to_arrow())
    answer = trends(home, rising=True, since="1d")
    assert (answer.rising, answer.bursts) == ([], [])
    assert any("only 20 hours were collected" in warning for warning in answer.warnings)
    assert trends(home, "天气", since="1d").series[0].rhythm is None


def test_titles_of_one_event_share_their_pairs() -> None:
    one, other = pairs("某地突发地震"), pairs("某地地震救援")
    assert len(one & other) / min(len(one), len(other)) >= 0.3
    assert pairs("A") == frozenset({"a"})
