"""Who follows whom on the microblog: homophily, hubs, and brands whose audiences overlap as planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lexicon import interest_index, read_data
from .population import INFLUENCER, SPAM, Population
from .rhythm import Array

WITHIN = 0.91  # share of personal follows that stay in the community


@dataclass(frozen=True, slots=True)
class Follows:
    """The follow graph in both directions as compressed rows over microblog accounts."""

    out_starts: Array
    out: Array  # followed accounts, by follower
    in_starts: Array
    into: Array  # followers, by followed account

    def following(self, account: int) -> Array:
        """The accounts that ``account`` follows."""
        return self.out[self.out_starts[account] : self.out_starts[account + 1]]

    def followers(self, account: int) -> Array:
        """The accounts that follow ``account``."""
        return self.into[self.in_starts[account] : self.in_starts[account + 1]]


class Neighbours:
    """Draws accounts of a community, the popular more often."""

    def __init__(self, rng: np.random.Generator, population: Population, accounts: Array) -> None:
        weight = np.minimum(rng.pareto(1.8, len(accounts)) + 0.35, 20.0)
        weight[population.role[accounts] == INFLUENCER] = 25.0
        weight[population.role[accounts] == SPAM] = 0.02
        community = population.community[accounts]
        order = np.argsort(community, kind="stable")
        self.accounts = accounts[order]
        self.cumulative = np.concatenate([[0.0], np.cumsum(weight[order])])
        groups = int(population.community.max()) + 1
        self.starts = np.searchsorted(community[order], np.arange(groups + 1))
        self.present = np.unique(community)

    def draw(self, rng: np.random.Generator, community: Array, within: float) -> Array:
        """One account a row, from the row's community with probability ``within``, else from any."""
        stay = rng.random(len(community)) < within
        low = np.where(stay, self.starts[community], 0)
        high = np.where(stay, self.starts[community + 1], len(self.accounts))
        first, last = self.cumulative[low], self.cumulative[high]
        place = (
            np.searchsorted(self.cumulative, first + rng.random(len(low)) * (last - first), side="right") - 1
        )
        found: Array = self.accounts[np.clip(place, 0, len(self.accounts) - 1)]
        return found


def draw_follows(rng: np.random.Generator, population: Population, neighbours: Neighbours) -> Follows:
    """Personal follows by community and popularity, then the audiences of the tracked accounts."""
    n, base = population.micro, len(population.tracked)
    degree = np.clip(rng.lognormal(3.62, 0.6, n), 5, 200).astype(int)
    degree[:base] = 12
    src = np.repeat(np.arange(n), degree)
    dst = neighbours.draw(rng, population.community[src].astype(int), WITHIN)
    fans, brands = _audiences(rng, population)
    pair = np.concatenate([src * n + dst, fans * n + brands])
    pair = np.unique(pair[(pair // n) != (pair % n)])
    src, dst = (pair // n).astype(np.int32), (pair % n).astype(np.int32)
    back = np.lexsort((src, dst))
    edges = np.arange(n + 1)
    return Follows(np.searchsorted(src, edges), dst, np.searchsorted(dst[back], edges), src[back])


def _audiences(rng: np.random.Generator, population: Population) -> tuple[Array, Array]:
    """(followers, tracked accounts): each market's joint shares decide who follows which of its brands."""
    base, n = len(population.tracked), population.micro
    people = np.arange(base, n)
    owned = population.interests[people]
    src: list[Array] = []
    dst: list[Array] = []
    index = interest_index()
    at = 0
    for market in read_data("people")["markets"]:
        core = (owned == index[market["interest"]]).any(axis=1)
        near = np.isin(owned, [index[name] for name in market["near"]]).any(axis=1)
        joint = np.array(market["joint"])
        scale = np.where(core, 1.0, np.where(near, 0.42, market["spill"]))
        scale[population.role[people] == SPAM] = 0.03
        edges = np.cumsum(joint)
        pick = np.searchsorted(edges, rng.random(len(people)) / scale, side="right")
        for brand, which in enumerate(((0, 3, 4, 6), (1, 3, 5, 6), (2, 4, 5, 6))):
            fans = people[np.isin(pick, which)]
            src.append(fans)
            dst.append(np.full(len(fans), at + brand))
        at += 3
    for media in read_data("people")["media"]:
        fans = people[rng.random(len(people)) < media["share"]]
        src.append(fans)
        dst.append(np.full(len(fans), at))
        at += 1
    return np.concatenate(src), np.concatenate(dst)
