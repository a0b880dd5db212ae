"""The Tantivy engine against a slow reading of the same queries: totals, members, order, facets."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from audience.engines.base import Order, Scope
from audience.engines.tantivy import interests
from audience.opened import open_index
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery
from nlp.taxonomy import load_taxonomy
from tests.audience.audience_world import AS_OF, BRANDS, REGIONS, TOPICS_BY_ID, WORDS, Reference, tags, world

SCOPE = Scope(AS_OF, str.split)


def _condition(rng: random.Random) -> dict[str, Any]:
    levels = sorted(rng.choices(range(1, 11), k=2))
    percentiles = sorted(rng.choices(range(101), k=2))
    makers: list[Callable[[], dict[str, Any]]] = [
        lambda: {"field": "tag", "value": rng.choice(tags()), "min": rng.randint(1, 5)},
        lambda: {"field": "tag", "value": rng.choice(tags()), "min": levels[0], "max": levels[1]},
        lambda: {
            "field": "parent",
            "value": rng.choice(load_taxonomy().parents[:8]),
            "min": rng.randint(1, 4),
        },
        lambda: {"field": "words", "value": " ".join(rng.choices(WORDS, k=rng.randint(1, 3)))},
        lambda: {"field": "words", "value": " ".join(rng.choices(WORDS, k=2)), "phrase": True},
        lambda: {"field": "follows", "value": rng.choice(BRANDS)},
        lambda: {"field": "engaged", "value": rng.choice(BRANDS)},
        lambda: {"field": "topic", "value": rng.choice(list(TOPICS_BY_ID)[:2])},
        lambda: {"field": "region", "value": rng.choice(REGIONS)},
        lambda: {"field": "source", "value": rng.choice(("forum", "microblog"))},
        lambda: {"field": "community", "value": rng.choice(("c1", "c2"))},
        lambda: {"field": "activity", "value": rng.choice(("new", "active", "quiet", "gone"))},
        lambda: {"field": "active", "days": rng.choice((7, 30, 90))},
        lambda: {"field": "intent", "value": rng.choice(("asks", "owns"))},
        lambda: {"field": "kind", "value": rng.choice(("person", "bot"))},
        lambda: {"field": "influence", "min": percentiles[0], "max": percentiles[1]},
        lambda: {"field": "followers", "min": rng.randint(0, 1500), "max": rng.choice((None, 2500))},
    ]
    return rng.choice(makers)()


def _group(rng: random.Random, depth: int) -> dict[str, Any]:
    def node() -> dict[str, Any]:
        return _group(rng, depth - 1) if depth and rng.random() < 0.3 else _condition(rng)

    return {
        "all": [node() for _ in range(rng.randint(0, 2))],
        "any": [node() for _ in range(rng.choice((0, 0, 2, 3)))],
        "none": [node() for _ in range(rng.choice((0, 1, 1, 2)))],
    }


def _generated(seed: int) -> AudienceQuery:
    return AudienceQuery.model_validate(_group(random.Random(seed), 3))


@cache
def _reference() -> Reference:
    return Reference(world()[1])


@pytest.mark.parametrize("seed", range(80))
def test_engine_agrees_with_the_slow_reading(seed: int) -> None:
    home, _ = world()
    engine, reference = open_index(home).engine, _reference()
    query = _generated(seed)
    expected = reference.matches(query)

    assert engine.count(query, SCOPE) == len(expected)
    assert engine.count(canonical(query), SCOPE) == len(expected)

    standing = engine.search(query, SCOPE, limit=1000, order=Order.STANDING)
    assert [hit.row["person_id"] for hit in standing] == sorted(expected, key=reference.standing)

    wanted = interests(query)

    def relevance(person: str) -> tuple[Any, ...]:
        total = sum(reference.level(reference.people[person], i.field, i.value) for i in wanted)
        return (-total, *reference.standing(person))

    listed = sorted((person for person in expected if reference.listable(person)), key=relevance)
    pages = [
        hit.row["person_id"]
        for offset in range(0, 60, 20)
        for hit in engine.search(query, SCOPE, 20, offset, listable_only=True)
    ]
    assert pages == listed[:60]

    facets = engine.facets(query, SCOPE, ("region", "activity", "tag", "hour"), 1000)
    people = [reference.people[person] for person in expected]
    assert facets["region"] == Counter(v for p in people for v in {r["region"] for r in p if r["region"]})
    assert facets["activity"] == Counter(v for p in people if (v := reference.activity(p)))
    assert facets["tag"] == Counter(v for p in people for v in {e["tag"] for r in p for e in r["tags"]})
    assert facets["hour"] == Counter(v for p in people for v in {f"{h:02d}" for r in p for h in r["hours"]})


def test_generated_queries_find_something_of_every_size() -> None:
    reference = _reference()
    sizes = [len(reference.matches(_generated(seed))) for seed in range(80)]
    assert sum(0 < size < len(reference.people) for size in sizes) >= 45


def test_blocked_accounts_are_left_out_at_once() -> None:
    home, rows = world()
    engine = open_index(home).engine
    gone = [rows[0]["account_id"], rows[9]["account_id"]]
    blocked = Scope(AS_OF, str.split, frozenset(gone))
    assert engine.count(AudienceQuery(), blocked) == engine.count(AudienceQuery(), SCOPE) - 2
    found = {hit.row["person_id"] for hit in engine.search(AudienceQuery(), blocked, 1000)}
    assert not found & {rows[0]["person_id"], rows[9]["person_id"]}


@pytest.mark.parametrize(("limit", "offset"), [(10**12, 0), (10, 10**12), (0, 0), (-1, 0), (5, -1)])
def test_bounds_that_would_end_the_process_are_refused(limit: int, offset: int) -> None:
    home, _ = world()
    with pytest.raises(ValueError, match="limit"):
        open_index(home).engine.search(AudienceQuery(), SCOPE, limit, offset)
