"""Planted events: what happens, when it starts, how its posts spread over the hours, and who writes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lexicon import load_interests, read_data
from .population import INFLUENCER, MICROBLOG, PERSON, Population, popularity
from .rhythm import Array, Rhythm

EVERY_DAYS = 7.5


@dataclass(frozen=True, slots=True)
class Event:
    """One burst. Hours count from the start of the window."""

    name: str
    hashtag: str
    second: str  # a second event word, used now and then
    interest: int
    start: int
    rise: float
    decay: float
    size: int
    lead_hours: int  # by how much search volume leads; 0: it does not


@dataclass(frozen=True, slots=True)
class BurstPosts:
    """Columns over the posts that events caused."""

    event: Array
    author: Array
    seconds: Array


def plan_events(rng: np.random.Generator, users: int, days: int, rhythm: Rhythm) -> list[Event]:
    """One event about every seven days, each in another interest, by day rather than in the dead of night."""
    count = max(1, round(days / EVERY_DAYS)) if days >= 7 else 0
    words = read_data("people")["events"]
    interests = rng.permutation(np.argsort(-popularity())[: max(24, count)])
    first, last = rng.permutation(len(words["first"])), rng.permutation(len(words["last"]))
    slots = np.linspace(0, days * 24, count + 1)
    events: list[Event] = []
    for i in range(count):
        low, high = slots[i] + (30 if i == 0 else 8), slots[i + 1] - 34
        start = int(rng.integers(int(low), max(int(low) + 1, int(high))))
        while rhythm.local_hour(start) < 8 or rhythm.local_hour(start) > 22:
            start += 1
        lap, at = divmod(i, len(first))
        name = words["first"][first[at]] + words["last"][last[i % len(last)]]
        name += f"{lap + 1}" if lap else ""
        interest = int(interests[i % len(interests)])
        events.append(
            Event(
                name=name,
                hashtag=name if rng.random() < 0.5 else name + load_interests()[interest].name,
                second=words["first"][first[at]] + words["second"][int(rng.integers(len(words["second"])))],
                interest=interest,
                start=start,
                rise=float(rng.uniform(1.0, 3.0)),
                decay=float(rng.uniform(8.0, 30.0)),
                size=int(max(25, rng.uniform(60, 250) * users / 2000)),
                lead_hours=int(rng.integers(24, 49)) if i % 2 == 0 else 0,
            )
        )
    return events


def write_bursts(
    rng: np.random.Generator, events: list[Event], population: Population, hours: int
) -> BurstPosts:
    """Draw the posts of every event: a sharp rise, then an exponential decay; mostly by people of the interest."""
    may = (population.source == MICROBLOG) & np.isin(population.role, [PERSON, INFLUENCER])
    may &= ~population.dormant & ~population.new
    everyone = np.flatnonzero(may)
    parts: list[tuple[Array, Array, Array]] = []
    for number, event in enumerate(events):
        fans = np.flatnonzero(may & (population.interests == event.interest).any(axis=1))
        fans = fans if len(fans) else everyone
        inside = rng.random(event.size) < 0.8
        author = np.where(inside, rng.choice(fans, event.size), rng.choice(everyone, event.size))
        rising = rng.random(event.size) < 0.3
        lag = np.where(
            rising,
            event.rise * np.sqrt(rng.random(event.size)),
            event.rise + rng.exponential(event.decay / 3.2, event.size),
        )
        lag[0] = 0.02
        lag = np.where(
            lag > event.decay, event.rise + (event.decay - event.rise) * rng.random(event.size), lag
        )
        at = np.minimum(event.start + lag, hours - 0.01) * 3600.0
        parts.append((np.full(event.size, number), author, at))
    if not parts:
        return BurstPosts(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
    return BurstPosts(*(np.concatenate(column) for column in zip(*parts, strict=True)))
