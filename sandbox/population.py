"""Who lives in the sandbox: accounts, their interests, communities, regions and settings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lexicon import interest_index, load_interests, read_data
from .rhythm import Array

MICROBLOG, FORUM = 0, 1
SOURCES = ("mastodon", "discourse")
ROLES = ("person", "brand", "media", "influencer", "spam")
PERSON, BRAND, MEDIA, INFLUENCER, SPAM = range(5)
MOST_INTERESTS = 4
LEAST_POSTS = 4  # on-topic posts that a planted interest has at least


@dataclass(frozen=True, slots=True)
class Tracked:
    """A brand or medium: account ``0 .. len(tracked) - 1``, in this order."""

    name: str
    handle: str
    role: str  # ours | competitor | media
    market: int  # -1 for media


@dataclass(frozen=True, slots=True)
class Population:
    """Columns over accounts: tracked accounts first, then people on the microblog, then people on the forum."""

    source: Array
    community: Array  # microblog 0..C-1, forum C..2C-1: the two networks are not linked
    region: Array
    region_shown: Array
    interests: Array  # (n, 4), strongest first, -1 where there is none
    role: Array
    posts: Array  # planned posts, bursts apart
    dormant: Array
    new: Array
    noindex: Array  # on the forum: profile hidden
    undiscoverable: Array
    unindexable: Array
    hides_follows: Array
    traditional: Array
    tracked: tuple[Tracked, ...]

    def __len__(self) -> int:
        return len(self.source)

    @property
    def micro(self) -> int:
        """How many accounts are on the microblog; they come first."""
        return int(np.count_nonzero(self.source == MICROBLOG))


def load_tracked() -> tuple[Tracked, ...]:
    """Brands by market, then media."""
    people = read_data("people")
    brands = [
        Tracked(name, handle, role, market)
        for market, entry in enumerate(people["markets"])
        for name, role, handle in entry["brands"]
    ]
    return (*brands, *(Tracked(entry["name"], entry["handle"], "media", -1) for entry in people["media"]))


def popularity() -> Array:
    """Zipf weights of the interests: the heads in their order, the others shuffled by a fixed seed."""
    index = interest_index()
    heads = [index[name] for name in read_data("people")["heads"]]
    rest = [i for i in range(len(index)) if i not in set(heads)]
    np.random.default_rng(20).shuffle(rest)
    weights = np.empty(len(index))
    weights[heads + rest] = 1.0 / (np.arange(len(index)) + 3.3) ** 1.42
    weights[heads[0]] *= 1.3
    shares: Array = weights / weights.sum()
    return shares


def community_interests() -> Array:
    """(communities, interests): True where an interest lies at the heart of a community."""
    groups = read_data("people")["communities"]
    return np.array([[interest.top in group for interest in load_interests()] for group in groups])


def draw_interests(rng: np.random.Generator, community: Array) -> Array:
    """Four different interests a person, likelier those of their community (Gumbel top-k), strongest first."""
    weight = np.log(popularity()) + np.where(community_interests(), np.log(7.0), 0.0)
    drawn = np.empty((len(community), MOST_INTERESTS), dtype=np.int16)
    for low in range(0, len(community), 20_000):
        block = community[low : low + 20_000]
        score = weight[block] + rng.gumbel(size=(len(block), weight.shape[1]))
        top = np.argpartition(-score, MOST_INTERESTS, axis=1)[:, :MOST_INTERESTS]
        order = np.argsort(-np.take_along_axis(score, top, axis=1), axis=1)
        drawn[low : low + 20_000] = np.take_along_axis(top, order, axis=1)
    return drawn


def draw_counts(rng: np.random.Generator, size: int, days: int) -> Array:
    """Posts an account: a floor that everyone reaches plus a Pareto tail that grows with the window."""
    tail = rng.pareto(2.2, size) * 1.2 * 7.0 * days / 90
    return (14 + np.minimum(tail, 4.5 * days)).astype(np.int32)


def populate(rng: np.random.Generator, users: int, days: int) -> Population:
    """Draw the accounts of ``users`` people over a window of ``days``."""
    tracked = load_tracked()
    groups = len(read_data("people")["communities"])
    size = np.array([1.9, 1.4, 1.3, 1.3, 1.2] + [1.0] * (groups - 5))
    community = rng.choice(groups, users, p=size / size.sum())
    interests = draw_interests(rng, community)
    regions = len(read_data("people")["regions"])
    zipf = 1.0 / (np.arange(regions) + 1.0) ** 1.2
    region = rng.choice(regions, users, p=zipf / zipf.sum())
    where = rng.random(users)  # microblog only 65 %, both 10 %, forum only 25 %
    micro, forum = np.flatnonzero(where < 0.75), np.flatnonzero(where >= 0.65)
    person = np.concatenate([micro, forum])
    base, n = len(tracked), len(tracked) + len(person)
    source = np.zeros(n, dtype=np.int8)
    source[base + len(micro) :] = FORUM

    def spread(values: Array, fill: int) -> Array:
        """Person values on accounts, with a fill for the tracked ones."""
        head = np.full((base, *values.shape[1:]), fill, dtype=values.dtype)
        return np.concatenate([head, values[person]])

    def flag(share: float, where: Array | None = None) -> Array:
        """An independent setting of people's accounts."""
        drawn = rng.random(n) < share
        drawn[:base] = False
        return drawn if where is None else drawn & where

    role = np.zeros(n, dtype=np.int8)
    role[:base] = [MEDIA if entry.market < 0 else BRAND for entry in tracked]
    role[flag(0.02)] = SPAM
    new = flag(0.05, role == PERSON)
    dormant = flag(0.08, (role == PERSON) & ~new)
    counts = draw_counts(rng, n, days)
    counts[new] = 6 + rng.integers(0, 8, int(new.sum()))
    counts[:base] = 40 + rng.integers(0, 20, base)
    home = spread(community.astype(np.int16), 0)
    owned = spread(interests, -1)
    _place_tracked(tracked, home, owned)
    _name_influencers(rng, role, home, counts, (source == MICROBLOG) & ~new & ~dormant)
    owned = _keep_spoken(rng, owned, counts, role)
    return Population(
        source=source,
        community=np.where(source == FORUM, home + groups, home).astype(np.int16),
        region=spread(region.astype(np.int16), 0),
        region_shown=flag(0.75),
        interests=owned,
        role=role,
        posts=counts,
        dormant=dormant,
        new=new,
        noindex=flag(0.02, source == MICROBLOG) | flag(0.03, source == FORUM),
        undiscoverable=flag(0.04, source == MICROBLOG),
        unindexable=flag(0.06, source == MICROBLOG),
        hides_follows=flag(0.10, source == MICROBLOG),
        traditional=flag(0.06),
        tracked=tracked,
    )


def _place_tracked(tracked: tuple[Tracked, ...], home: Array, owned: Array) -> None:
    """Brands live in the community of their market; media where the largest is."""
    index, cores = interest_index(), community_interests()
    markets = read_data("people")["markets"]
    for i, entry in enumerate(tracked):
        if entry.market >= 0:
            interest = index[markets[entry.market]["interest"]]
            owned[i, 0] = interest
            home[i] = int(np.flatnonzero(cores[:, interest])[0])


def _name_influencers(rng: np.random.Generator, role: Array, home: Array, counts: Array, may: Array) -> None:
    """Two to four people of each community are widely followed and post more."""
    for group in np.unique(home):
        members = np.flatnonzero(may & (role == PERSON) & (home == group))
        chosen = rng.permutation(members)[: int(rng.integers(2, 5))]
        role[chosen] = INFLUENCER
        counts[chosen] += 30


def _keep_spoken(rng: np.random.Generator, owned: Array, counts: Array, role: Array) -> Array:
    """Keep as many interests as an account posts enough to speak of; spam accounts have none."""
    wanted = rng.choice(MOST_INTERESTS, len(owned), p=[0.18, 0.42, 0.26, 0.14]) + 1
    room = np.maximum(1, (counts * 0.5).astype(int) // LEAST_POSTS)
    keep = np.arange(MOST_INTERESTS) < np.minimum(wanted, room)[:, None]
    keep[role == SPAM] = False
    return np.where(keep, owned, -1).astype(np.int16)
