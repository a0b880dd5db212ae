"""Bursts planted in simulated talk with a rhythm must be found, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from nlp.bursts import find_bursts

START = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 90 * 24
Ints = npt.NDArray[np.int64]


@dataclass
class Talk:
    """Simulated talk: one row per item of a post, and the planted start hours."""

    rows: pl.DataFrame  # kind, item, hour, post, account
    starts: list[int]
    missing: list[int]  # hours without collection

    @property
    def covered(self) -> pl.Series:
        hours = sorted(set(range(HOURS)) - set(self.missing))
        return pl.Series("at", [START + timedelta(hours=h) for h in hours])

    @cached_property
    def postings(self) -> pl.DataFrame:
        seen = self.rows.filter(~pl.col("hour").is_in(self.missing))
        return seen.select(
            "kind", "item", (pl.lit(START) + pl.duration(hours=pl.col("hour"))).alias("at"), "post", "account"
        )

    @cached_property
    def counts(self) -> pl.DataFrame:
        return self.postings.group_by("kind", "item", "at").agg(
            posts=pl.col("post").n_unique(), accounts=pl.col("account").n_unique()
        )

    def find(self, grouped: bool = True) -> pl.DataFrame:
        end = START + timedelta(hours=HOURS)
        totals = self.postings.group_by("at").agg(posts=pl.col("post").n_unique())
        return find_bursts(
            self.counts, self.covered, START, end, totals=totals, postings=self.postings if grouped else None
        )


class Simulator:
    """Accounts with interests, a daily and weekly rhythm, chatter, reply storms, spam, and planted bursts."""

    def __init__(self, seed: int, users: int, posts: int) -> None:
        self.random = np.random.default_rng(seed)
        self.users = users
        self.interest = self.random.integers(0, 27, users)
        activity = self.random.pareto(1.3, users) + 0.3
        self.activity = activity / activity.sum()
        self.posts = posts
        day = np.exp(1.2 * np.sin((np.arange(24) - 13) / 24 * 2 * np.pi))
        week = np.array([1.0, 0.95, 0.9, 1.0, 1.15, 1.4, 1.35])
        hours = np.arange(HOURS)
        self.rhythm = day[hours % 24] * week[(hours // 24) % 7]
        self.rhythm /= self.rhythm.sum()
        self.rows: list[tuple[str, str, int, int, int]] = []
        self.post = 0

    def say(self, hour: int, account: int, items: set[tuple[str, str]]) -> None:
        self.rows += [(kind, item, int(hour), self.post, int(account)) for kind, item in items]
        self.post += 1

    def usual(self, interest: int) -> set[tuple[str, str]]:
        chatter = self.random.zipf(1.25, 6)
        items = {("term", f"w{n}") for n in chatter.tolist() if n < 3000}
        if self.random.random() < 0.55:
            topic = int(min(self.random.geometric(0.35), 6))
            items |= {
                ("term", f"i{interest}.{n}") for n in np.minimum(self.random.geometric(0.12, 3), 40).tolist()
            }
            items |= {("tag", f"T{interest}.{topic}")}
            if self.random.random() < 0.3:
                items |= {("hashtag", f"#{interest}.{topic}")}
        return items

    def background(self) -> None:
        hours = self.random.choice(HOURS, self.posts, p=self.rhythm)
        accounts = self.random.choice(self.users, self.posts, p=self.activity)
        for hour, account in zip(hours.tolist(), accounts.tolist(), strict=True):
            items = self.usual(int(self.interest[account]))
            self.say(hour, account, items)
            if self.random.random() < 0.02:  # a thread: replies of several people with some of the same words
                kept = {item for item in items if self.random.random() < 0.5}
                for _ in range(int(self.random.integers(2, 6))):
                    later = hour + int(self.random.integers(0, 8))
                    if later < HOURS:
                        self.say(later, int(self.random.integers(self.users)), kept)

    def spam(self) -> None:
        for template in range(4):
            crew = self.random.integers(0, self.users, 3)
            words = {("term", f"spam{template}.{n}") for n in range(5)}
            for hour in self.random.choice(HOURS, 80).tolist():
                self.say(hour, int(self.random.choice(crew)), words)
        for hour in self.random.choice(HOURS - 2, 5).tolist():  # one account repeating itself for an hour
            account = int(self.random.integers(self.users))
            for _ in range(25):
                self.say(hour, account, {("term", f"flood{hour}"), ("hashtag", f"#flood{hour}")})

    def bursts(self, count: int, least: int, most: int) -> list[int]:
        starts: list[int] = []
        while len(starts) < count:
            start = int(self.random.integers(72, HOURS - 72))
            if all(abs(start - other) > 40 for other in starts):
                starts.append(start)
        for number, start in enumerate(starts):
            interest = int(self.random.integers(27))
            fans = np.flatnonzero(self.interest == interest)
            length = self.random.uniform(8, 30)
            late = np.minimum(
                self.random.exponential(length / 3, int(self.random.integers(least, most))), length
            )
            for hour in (start + late.astype(int)).tolist():
                own = self.random.random() < 0.7 and len(fans) > 0
                account = int(self.random.choice(fans if own else self.users))
                items = self.usual(interest)
                items |= {("term", f"b{number}.{n}") for n in self.random.integers(0, 4, 2).tolist()}
                if self.random.random() < 0.6:
                    items |= {("hashtag", f"#b{number}")}
                self.say(min(hour, HOURS - 1), account, items | {("tag", f"T{interest}.1")})
        return starts


@cache
def simulate(seed: int, users: int = 2000, posts: int = 48_000, least: int = 60, most: int = 250) -> Talk:
    simulator = Simulator(seed, users, posts)
    simulator.background()
    simulator.spam()
    starts = simulator.bursts(12, least, most)
    gap = int(simulator.random.integers(200, HOURS - 200))
    missing = [hour for hour in range(gap, gap + 30) if all(abs(hour - start) > 40 for start in starts)]
    names = {"kind": pl.String, "item": pl.String, "hour": pl.Int64, "post": pl.Int64, "account": pl.Int64}
    return Talk(pl.DataFrame(simulator.rows, schema=names, orient="row"), starts, missing)


def score(found: pl.DataFrame, starts: list[int]) -> tuple[float, float]:
    """Recall and precision; a start within three hours matches, each planted one once."""
    left = list(starts)
    hits = 0
    for at in found["start"].to_list():
        hour = (at - START) / timedelta(hours=1)
        near = [start for start in left if abs(start - hour) <= 3]
        if near:
            left.remove(min(near, key=lambda start: abs(start - hour)))
            hits += 1
    return hits / len(starts), hits / max(len(found), 1)


@pytest.fixture(scope="module")
def town() -> Talk:
    return simulate(1)


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("grouped", [True, False], ids=["posts known", "posts unknown"])
def test_planted_bursts_are_found_in_a_large_network(seed: int, grouped: bool) -> None:
    talk = simulate(seed)
    recall, precision = score(talk.find(grouped), talk.starts)
    assert recall >= 0.9
    assert precision >= (0.8 if grouped else 0.65)


@pytest.mark.parametrize("seed", range(3))
def test_planted_bursts_are_found_in_a_small_network(seed: int) -> None:
    talk = simulate(seed, users=300, posts=7000, least=25, most=60)
    recall, precision = score(talk.find(), talk.starts)
    assert recall >= 0.9
    assert precision >= 0.8


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20, 40))
def test_planted_bursts_are_found_whatever_the_seed(seed: int) -> None:
    talk = simulate(seed)
    recall, precision = score(talk.find(), talk.starts)
    assert recall >= 0.9
    assert precision >= 0.8


def test_spam_floods_rhythm_and_gaps_are_no_bursts() -> None:
    simulator = Simulator(5, users=2000, posts=48_000)
    simulator.background()
    simulator.spam()
    names = {"kind": pl.String, "item": pl.String, "hour": pl.Int64, "post": pl.Int64, "account": pl.Int64}
    rows = pl.DataFrame(simulator.rows, schema=names, orient="row")
    quiet = Talk(rows, [], [*range(300, 340), *range(1200, 1260), *range(8, HOURS, 24)])
    found = quiet.find()
    assert found.height <= 2
    assert not [item for item in found["item"] if "spam" in item or "flood" in item]


def test_an_event_is_one_row_named_by_its_strongest_item(town: Talk) -> None:
    found = town.find()
    assert found["burst"].is_unique().all()
    assert found["surprise"].is_sorted(descending=True)
    for row in found.filter(pl.col("item").str.contains("b[0-9]")).iter_rows(named=True):
        number = row["item"].lstrip("#").split(".")[0]
        assert any(name.lstrip("#").startswith(number) for name in row["related"])
        assert row["item"] not in row["related"]
        assert row["start"] <= row["peak"] < row["end"]
        assert row["posts"] > 3 * row["expected"]


def test_rows_have_the_shape_of_the_table(town: Talk) -> None:
    from lake.schemas import BURSTS

    assert town.find().to_arrow().schema.names == BURSTS.schema.names
    assert town.find().to_arrow().cast(BURSTS.schema).num_rows == town.find().height


def test_the_order_of_rows_does_not_matter(town: Talk) -> None:
    end = START + timedelta(hours=HOURS)
    turned = find_bursts(
        town.counts.sample(fraction=1.0, shuffle=True, seed=4), town.covered.reverse(), START, end
    )
    assert turned.equals(find_bursts(town.counts.sort("kind", "item", "at"), town.covered, START, end))


def test_silence_before_collection_is_no_rise() -> None:
    """A steady item seen only from the middle of the time on: the missing half says nothing."""
    hours = range(HOURS // 2, HOURS)
    steady = [("term", "steady", START + timedelta(hours=h), 3, 3) for h in hours]
    counts = pl.DataFrame(steady, schema=["kind", "item", "at", "posts", "accounts"], orient="row")
    end = START + timedelta(hours=HOURS)
    covered = pl.Series("at", [START + timedelta(hours=h) for h in hours])
    assert find_bursts(counts, covered, START, end).is_empty()


def test_one_account_is_no_crowd() -> None:
    hours = range(HOURS)
    noise = [("term", "noise", START + timedelta(hours=h), 2, 2) for h in hours]
    loud = [("term", "loud", START + timedelta(hours=1000), 90, 1)]
    many = [("term", "many", START + timedelta(hours=1500), 90, 60)]
    counts = pl.DataFrame(
        noise + loud + many, schema=["kind", "item", "at", "posts", "accounts"], orient="row"
    )
    covered = pl.Series("at", [START + timedelta(hours=h) for h in hours])
    found = find_bursts(counts, covered)
    assert found.select("item", "start", "posts").rows() == [("many", START + timedelta(hours=1500), 90)]


def test_nothing_gives_nothing() -> None:
    empty = pl.DataFrame(
        schema={
            "kind": pl.String,
            "item": pl.String,
            "at": pl.Datetime("us", "UTC"),
            "posts": pl.Int64,
            "accounts": pl.Int64,
        }
    )
    covered = pl.Series("at", [START], dtype=pl.Datetime("us", "UTC"))
    assert find_bursts(empty, covered, START, START + timedelta(hours=5)).is_empty()
    assert find_bursts(empty, covered.clear()).is_empty()
    with pytest.raises(ValueError, match="after"):
        find_bursts(empty, covered, START, START)
