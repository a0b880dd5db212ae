"""What the generator plants: sizes, mix, homophily, bursts, overlaps; and that the same arguments give the same world."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from sandbox.lexicon import interest_index
from sandbox.population import INFLUENCER, PERSON, SPAM
from sandbox.posts import ADVERT, BURST, CHATTER, PASSING, PUBLIC, TOPIC, Posts
from sandbox.world import World

END = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return World.generate(2000, 90, 7, END)


def both(world: World) -> tuple[Posts, Posts]:
    return world.micro.posts, world.forum.posts


def people(world: World) -> Any:
    return np.isin(world.population.role, [PERSON, INFLUENCER])


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_size_at_the_default(seed: int) -> None:
    world = World.generate(2000, 90, seed, END)
    population = world.population
    visible = sum(int(((p.visibility == PUBLIC) & ~population.noindex[p.author]).sum()) for p in both(world))
    assert 40_000 <= visible <= 50_000
    assert 30_000 <= len(world.follows.out) <= 45_000
    assert len(world.events) == 12
    for brand, entry in enumerate(population.tracked):
        assert 120 <= len(world.follows.followers(brand)) <= 650, entry.name


def test_mix_of_posts(world: World) -> None:
    kinds = np.concatenate([posts.kind for posts in both(world)])
    share = {kind: float((kinds == kind).mean()) for kind in (CHATTER, TOPIC, PASSING, ADVERT, BURST)}
    assert share[CHATTER] >= 0.40
    assert share[PASSING] >= 0.10
    assert 0.33 <= share[TOPIC] <= 0.48
    assert 0.005 <= share[ADVERT] <= 0.04


def test_planted_interests_are_spoken_of(world: World) -> None:
    spoken: Counter[tuple[int, int]] = Counter()
    for posts in both(world):
        rows = (posts.kind == TOPIC) & (posts.visibility == PUBLIC)
        spoken.update(zip(posts.author[rows].tolist(), posts.interest[rows].tolist(), strict=True))
    least = min(
        spoken[account, interest]
        for account in np.flatnonzero(people(world)).tolist()
        for interest in world.population.interests[account].tolist()
        if interest >= 0
    )
    assert least >= 3


def test_interests_follow_zipf_with_known_heads(world: World) -> None:
    owned = world.population.interests[people(world)]
    index = interest_index()
    share = {name: float((owned == index[name]).any(axis=1).mean()) for name in ("露营", "咖啡", "排球")}
    assert 0.19 <= share["露营"] <= 0.30
    assert share["露营"] > share["咖啡"] > share["排球"]
    have = (owned >= 0).sum(axis=1)
    assert have.min() == 1
    assert have.max() == 4


def test_passing_posts_rarely_repeat_a_foreign_interest(world: World) -> None:
    seen: Counter[tuple[int, int]] = Counter()
    for posts in both(world):
        rows = posts.kind == PASSING
        seen.update(zip(posts.author[rows].tolist(), posts.passing[rows].tolist(), strict=True))
    assert sum(count >= 3 for count in seen.values()) <= 0.002 * len(world.population)


def test_activity_floors_and_phases(world: World) -> None:
    population = world.population
    counts = np.zeros(len(population), dtype=int)
    for posts in both(world):
        np.add.at(counts, posts.author, 1)
    assert counts[~population.new].min() >= 8
    assert counts[population.new].min() >= 6
    assert np.sort(counts)[-len(counts) // 10 :].sum() > 0.2 * counts.sum()
    start, hours = world.start.timestamp() * 1000, world.days * 24
    for posts in both(world):
        at = (posts.at_ms - start) / 3_600_000
        assert at.min() >= 0
        assert at.max() < hours
        assert at[population.dormant[posts.author] & (posts.event < 0)].max() <= hours / 3 + 0.01
        assert at[population.new[posts.author]].min() >= hours - 14 * 24
        assert np.all(np.diff(posts.at_ms) > 0)


def test_days_have_a_rhythm(world: World) -> None:
    at = np.concatenate([posts.at_ms[posts.event < 0] for posts in both(world)])
    by_hour = np.bincount((at // 3_600_000 + 8) % 24, minlength=24)
    assert by_hour[20:23].mean() > 6 * by_hour[3:5].mean()


def test_ties_stay_within_communities(world: World) -> None:
    community = world.population.community
    follower = np.repeat(np.arange(world.population.micro), np.diff(world.follows.out_starts))
    assert np.mean(community[follower] == community[world.follows.out]) >= 0.75
    for posts in both(world):
        for link in (posts.reply_to, posts.repost_of):
            rows = np.flatnonzero(link >= 0)
            if len(rows):
                assert np.mean(community[posts.author[rows]] == community[posts.author[link[rows]]]) >= 0.75
                assert np.all(link[rows] < rows)
                assert np.all(posts.author[link[rows]] != posts.author[rows])
                assert np.all(posts.visibility[link[rows]] == PUBLIC)
    posts = world.micro.posts
    rows = np.flatnonzero(posts.mention >= 0)
    assert np.mean(community[posts.author[rows]] == community[posts.mention[rows]]) >= 0.75


def test_communities_can_be_recovered() -> None:
    world = World.generate(900, 60, 11, END)
    graph: nx.Graph[int] = nx.Graph()
    follower = np.repeat(np.arange(world.population.micro), np.diff(world.follows.out_starts))
    graph.add_edges_from(zip(follower.tolist(), world.follows.out.tolist(), strict=True))
    for posts in both(world):
        rows = np.flatnonzero(posts.reply_to >= 0)
        pairs = zip(posts.author[rows].tolist(), posts.author[posts.reply_to[rows]].tolist(), strict=True)
        graph.add_edges_from(pairs)
    found = {}
    for label, members in enumerate(nx.community.louvain_communities(graph, seed=1)):
        found.update(dict.fromkeys(members, label))
    accounts = sorted(found)
    planted = world.population.community[accounts]
    assert normalized_mutual_info_score(planted, [found[a] for a in accounts]) >= 0.8


def test_bursts_start_sharply_and_fade(world: World) -> None:
    posts, start = world.micro.posts, world.start.timestamp() * 1000
    for number, event in enumerate(world.events):
        lag = (posts.at_ms[posts.event == number] - start) / 3_600_000 - event.start
        assert len(lag) == event.size >= 25
        assert 0 <= lag.min() < 0.1
        assert lag.max() <= 30.1
        assert np.mean(lag <= event.rise + 8) > 0.5
        fans = (world.population.interests[posts.author[posts.event == number]] == event.interest).any(axis=1)
        assert fans.mean() > 0.65
    assert len({event.name for event in world.events}) == len(world.events)
    assert len({event.interest for event in world.events}) == len(world.events)


def test_search_leads_half_of_the_bursts(world: World) -> None:
    leading = [event for event in world.events if event.lead_hours]
    assert len(leading) == 6
    for event in leading:
        series = world.search.series(event.name)
        assert series is not None
        assert 24 <= event.lead_hours <= 48
        assert abs(int(np.argmax(series)) - (event.start - event.lead_hours) // 24) <= 1
    assert world.search.series("没有这个词") is None


def test_brand_overlaps_are_spread(world: World) -> None:
    fans = [set(world.follows.followers(i).tolist()) for i in range(len(world.population.tracked))]
    jaccard = [len(a & b) / len(a | b) for a, b in combinations(fans, 2)]
    assert min(jaccard) <= 0.08
    assert 0.35 <= max(jaccard) <= 0.6


def test_demo_audience_is_large_enough(world: World) -> None:
    population = world.population
    campers = set(np.flatnonzero((population.interests == interest_index()["露营"]).any(axis=1)).tolist())
    names = [entry.name for entry in population.tracked]
    ours, theirs = (set(world.follows.followers(names.index(n)).tolist()) for n in ("山野集", "远帐"))
    kept = np.flatnonzero(population.noindex | population.hides_follows | population.undiscoverable)
    assert len((campers & theirs) - ours - set(kept.tolist())) >= 100


def test_spam_has_no_interest_and_no_followers_to_speak_of(world: World) -> None:
    spam = np.flatnonzero(world.population.role == SPAM)
    assert len(spam) >= 20
    assert np.all(world.population.interests[spam] == -1)


def test_same_arguments_same_world() -> None:
    one, two, other = (World.generate(300, 20, seed, END) for seed in (3, 3, 4))
    for a, b in zip(both(one), both(two), strict=True):
        for name in Posts.__slots__:
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
    drafts = [[w.micro.writer.draft(i) for i in range(0, 500)] for w in (one, two, other)]
    assert drafts[0] == drafts[1] != drafts[2]
    assert np.array_equal(one.follows.out, two.follows.out)


@pytest.mark.parametrize(("users", "days"), [(49, 90), (2000, 1)])
def test_too_small_a_world_is_refused(users: int, days: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        World.generate(users, days, 7, END)


@pytest.mark.parametrize(("users", "days"), [(50, 2), (300, 7), (300, 30), (80, 365)])
def test_other_sizes(users: int, days: int) -> None:
    world = World.generate(users, days, 5, END)
    assert len(world.events) == (round(days / 7.5) if days >= 7 else 0)
    assert len(world.micro.posts) > 0
    assert all(world.micro.writer.draft(i).text for i in range(50))
