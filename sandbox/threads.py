"""How posts hang together: replies, reposts, mentions and boosts on the microblog, topics on the forum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .follows import Follows, Neighbours
from .lexicon import interest_index, read_data
from .population import SPAM, Population
from .posts import CHATTER, PASSING, PUBLIC, TOPIC, Posts
from .rhythm import Array

WITHIN = 0.88
BOARD_WITHIN = 0.95


@dataclass(frozen=True, slots=True)
class Boosts:
    """Reposts without a word: they show on the account's page, never in a public timeline."""

    author: Array
    target: Array
    at_ms: Array


@dataclass(frozen=True, slots=True)
class Topics:
    """Forum topics: the posts of topic ``t`` are ``posts[starts[t]:starts[t + 1]]``, oldest first."""

    starts: Array
    posts: Array
    board: Array  # community of the board, 0..C-1
    topic_of: Array  # per post
    number: Array  # per post, 1 for the first of its topic


def link_posts(
    rng: np.random.Generator, population: Population, posts: Posts, people: Neighbours, follows: Follows
) -> Boosts:
    """Give microblog posts what they answer, repost and mention; mostly inside the author's community."""
    community = population.community[posts.author].astype(np.int64)
    free = population.role[posts.author] != SPAM
    replies = np.flatnonzero(free & (rng.random(len(posts)) < 0.22) & (posts.event < 0))
    posts.reply_to[replies] = _earlier(rng, population, posts, replies, community, 400)
    idle = np.flatnonzero(
        free & (posts.kind == CHATTER) & (posts.reply_to < 0) & (rng.random(len(posts)) < 0.22)
    )
    for _ in range(3):
        idle = idle[posts.repost_of[idle] < 0]
        found = _earlier(rng, population, posts, idle, community, 900)
        found = np.where(_repostable(population, posts, idle, found), found, -1)
        posts.repost_of[idle] = found
    reposts = np.flatnonzero(posts.repost_of >= 0)
    origin = posts.repost_of[reposts]
    posts.kind[reposts] = posts.kind[origin]
    posts.interest[reposts] = posts.interest[origin]
    posts.tag[reposts] = -1
    naming = np.flatnonzero(
        free & (rng.random(len(posts)) < 0.09) & (posts.repost_of < 0) & (posts.reply_to < 0)
    )
    named = people.draw(rng, community[naming], WITHIN + 0.04)
    posts.mention[naming] = np.where(named != posts.author[naming], named, -1)
    _name_brands(rng, population, posts, follows)
    return _boosts(rng, population, posts, community)


def _name_brands(rng: np.random.Generator, population: Population, posts: Posts, follows: Follows) -> None:
    """Now and then someone who follows a brand names it in a post about its market."""
    index, markets = interest_index(), read_data("people")["markets"]
    free = (posts.reply_to < 0) & (posts.repost_of < 0) & (posts.mention < 0) & (posts.kind == TOPIC)
    for brand, entry in enumerate(population.tracked):
        if entry.market >= 0:
            about = free & (posts.interest == index[markets[entry.market]["interest"]])
            about &= np.isin(posts.author, follows.followers(brand)) & (rng.random(len(posts)) < 0.06)
            posts.mention[about] = brand


def _earlier(
    rng: np.random.Generator, population: Population, posts: Posts, rows: Array, community: Array, reach: int
) -> Array:
    """A public post shortly before each of ``rows`` by someone else, or -1."""
    groups = int(population.community.max()) + 1
    order = np.argsort(community, kind="stable")
    starts = np.searchsorted(community[order], np.arange(groups + 1))
    goal = np.where(rng.random(len(rows)) < WITHIN, community[rows], rng.permutation(community)[rows])
    key = community[order] * np.int64(len(posts)) + order
    place = np.searchsorted(key, goal * np.int64(len(posts)) + rows) - 1
    place = place - (rng.random(len(rows)) ** 2 * reach).astype(int)
    ok = place >= starts[goal]
    found = np.where(ok, order[np.maximum(place, 0)], 0)
    ok &= (posts.author[found] != posts.author[rows]) & (posts.visibility[found] == PUBLIC)
    ok &= population.role[posts.author[found]] != SPAM
    result: Array = np.where(ok, found, -1).astype(np.int32)
    return result


def _repostable(population: Population, posts: Posts, rows: Array, found: Array) -> Array:
    """Chatter is reposted by anyone, on-topic posts by people of the interest, reposts and passing ones by nobody."""
    owned = population.interests[posts.author[rows]] == posts.interest[found][:, None]
    match = (posts.kind[found] == TOPIC) & owned.any(axis=1)
    plain = (posts.kind[found] == CHATTER) | match
    result: Array = (found >= 0) & plain & (posts.repost_of[found] < 0) & (posts.kind[found] != PASSING)
    return result


def _boosts(rng: np.random.Generator, population: Population, posts: Posts, community: Array) -> Boosts:
    """About one boost for every thirty posts, a while after the post, by someone of its community."""
    rows = np.flatnonzero(rng.random(len(posts)) < 0.03)
    target = _earlier(rng, population, posts, rows, community, 300)
    keep = target >= 0
    return Boosts(posts.author[rows[keep]], target[keep], posts.at_ms[rows[keep]] + 61_001)


def thread_topics(rng: np.random.Generator, population: Population, posts: Posts) -> Topics:
    """Group forum posts into topics of one board and one subject; later posts answer earlier ones of their topic."""
    n = len(posts)
    groups = max(1, (int(population.community.max()) + 1) // 2)
    home = population.community[posts.author].astype(np.int64) - groups
    board = np.where(rng.random(n) < BOARD_WITHIN, home, rng.integers(0, groups, n))
    subject = np.where(posts.kind == TOPIC, posts.interest.astype(np.int64) + 1, 0)
    order = np.lexsort((np.arange(n), subject, board))
    group = (board * 1000 + subject)[order]
    fresh = np.ones(n, dtype=bool)
    fresh[1:] = (group[1:] != group[:-1]) | (
        rng.random(n - 1) < np.where(rng.random(n - 1) < 0.5, 0.06, 0.22)
    )
    starts = np.append(np.flatnonzero(fresh), n)
    sizes = np.diff(starts)
    topic = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(n) - starts[topic] if n else np.zeros(0, dtype=np.int64)
    # Answer the first post or one of the last few; sometimes nobody in particular.
    back = np.where(rng.random(n) < 0.35, 0, np.maximum(0, place - 1 - (rng.random(n) ** 2 * 6).astype(int)))
    answered = order[starts[topic] + back] if n else order
    ok = (place > 0) & (rng.random(n) < 0.88) & (posts.author[answered] != posts.author[order])
    posts.reply_to[order] = np.where(ok, answered, -1)
    # Topics are numbered by when they begin.
    rank = np.empty(len(sizes), dtype=np.int64)
    by_time = np.argsort(order[starts[:-1]], kind="stable")
    rank[by_time] = np.arange(len(sizes))
    topic_of, number = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    topic_of[order], number[order] = rank[topic], place + 1
    final = np.lexsort((number, topic_of))
    return Topics(
        np.concatenate([[0], np.cumsum(sizes[by_time])]),
        final,
        board[final[np.concatenate([[0], np.cumsum(sizes[by_time])])[:-1]]] if n else board,
        topic_of,
        number,
    )
