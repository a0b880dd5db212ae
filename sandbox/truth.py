"""The planted truth as JSON lines, one fact a line, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from .lexicon import load_interests, read_data
from .population import ROLES, SOURCES
from .posts import INTENTS, PUBLIC
from .world import Network, World

Fact = dict[str, Any]


def facts(world: World) -> Iterator[Fact]:
    """Every planted fact: meta, accounts, posts, boosts, bursts, brands, overlaps, search leads."""
    yield {
        "kind": "meta",
        "users": world.users,
        "days": world.days,
        "seed": world.seed,
        "start": _iso(world.start),
        "end": _iso(world.end),
    }
    yield from _accounts(world)
    yield from _posts(world, world.micro, SOURCES[0])
    yield from _posts(world, world.forum, SOURCES[1])
    yield from _boosts(world)
    yield from _bursts(world)
    yield from _brands(world)


def write_truth(world: World, path: Path) -> int:
    """Write all facts to ``path`` and return how many."""
    count = 0
    with path.open("wb") as file:
        for fact in facts(world):
            file.write(orjson.dumps(fact, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def _accounts(world: World) -> Iterator[Fact]:
    population, names = world.population, [interest.name for interest in load_interests()]
    regions = read_data("people")["regions"]
    for i in range(len(population)):
        yield {
            "kind": "account",
            "source": SOURCES[population.source[i]],
            "native_id": world.native_id(i),
            "handle": world.handle(i),
            "interests": [names[k] for k in population.interests[i] if k >= 0],
            "community": int(population.community[i]),
            "region": regions[int(population.region[i])],
            "region_shown": bool(population.region_shown[i]),
            "visible": not population.noindex[i],
            "role": ROLES[population.role[i]],
            "dormant": bool(population.dormant[i]),
            "new": bool(population.new[i]),
            "hidden_follows": bool(population.hides_follows[i]),
            "discoverable": not population.undiscoverable[i],
            "indexable": not population.unindexable[i],
        }


def _posts(world: World, network: Network, source: str) -> Iterator[Fact]:
    posts, names = network.posts, [interest.name for interest in load_interests()]
    noindex = world.population.noindex
    ids = world.status_id if source == SOURCES[0] else world.post_id
    for i in range(len(posts)):
        author, interest, passing = int(posts.author[i]), int(posts.interest[i]), int(posts.passing[i])
        yield {
            "kind": "post",
            "source": source,
            "native_id": str(ids(i)),
            "author": world.native_id(author),
            "at": _iso_ms(int(posts.at_ms[i])),
            "visible": bool(posts.visibility[i] == PUBLIC and not noindex[author]),
            "interest": names[interest] if interest >= 0 else None,
            "passing": [names[passing]] if passing >= 0 else [],
            "intent": INTENTS[int(posts.form[i])],
        }


def _boosts(world: World) -> Iterator[Fact]:
    boosts, posts = world.boosts, world.micro.posts
    for author, target, at in zip(boosts.author, boosts.target, boosts.at_ms, strict=True):
        yield {
            "kind": "boost",
            "source": SOURCES[0],
            "author": world.native_id(int(author)),
            "of": world.status_id(int(target)),
            "of_author": world.native_id(int(posts.author[target])),
            "at": _iso_ms(int(at)),
        }


def _bursts(world: World) -> Iterator[Fact]:
    posts, names = world.micro.posts, [interest.name for interest in load_interests()]
    for i, event in enumerate(world.events):
        hour = posts.at_ms[posts.event == i] // 3_600_000
        hours, counts = np.unique(hour, return_counts=True)
        start = _iso(world.start + timedelta(hours=event.start))
        yield {
            "kind": "burst",
            "terms": [event.name, event.second],
            "hashtags": [event.hashtag],
            "interest": names[event.interest],
            "start": start,
            "peak": _iso_ms(int(hours[np.argmax(counts)]) * 3_600_000),
            "end": _iso_ms((int(hours[-1]) + 1) * 3_600_000),
            "posts": len(hour),
        }
        if event.lead_hours:
            yield {"kind": "search_lead", "term": event.name, "burst": start, "lead_hours": event.lead_hours}


def _brands(world: World) -> Iterator[Fact]:
    tracked = world.population.tracked
    fans = [world.follows.followers(i) for i in range(len(tracked))]
    for entry, followers in zip(tracked, fans, strict=True):
        yield {
            "kind": "brand",
            "name": entry.name,
            "handle": entry.handle,
            "source": SOURCES[0],
            "role": entry.role,
            "followers": len(followers),
        }
    for a, b in combinations(range(len(tracked)), 2):
        both = len(np.intersect1d(fans[a], fans[b], assume_unique=True))
        either = len(fans[a]) + len(fans[b]) - both
        yield {
            "kind": "overlap",
            "a": tracked[a].name,
            "b": tracked[b].name,
            "size_a": len(fans[a]),
            "size_b": len(fans[b]),
            "both": both,
            "jaccard": both / either if either else 0.0,
        }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _iso_ms(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
