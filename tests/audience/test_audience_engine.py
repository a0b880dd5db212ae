"""The Tantivy engine against a slow reading of the same queries: totals, members, order, facets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from audience.engines.base import After, Engine, Order, Scope
from audience.index.opened import open_index
from audience.query.asked import interests, words
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery
from audience.query.text import parse
from tests.audience.audience_world import (
    AS_OF,
    Reference,
    world,
)
from tests.audience.query_generator import generated

SCOPE = Scope(AS_OF, str.split)


@cache
def _reference() -> Reference:
    return Reference(world()[1])


@pytest.mark.parametrize("seed", range(80))
def test_engine_agrees_with_the_slow_reading(seed: int) -> None:
    home, _ = world()
    engine, reference = open_index(home).engine, _reference()
    query = generated(seed)
    expected = reference.matches(query)

    assert engine.count(query, SCOPE) == len(expected)
    assert engine.count(canonical(query), SCOPE) == len(expected)

    standing = engine.search(query, SCOPE, limit=1000, order=Order.INFLUENCE)
    assert [hit.row["person_id"] for hit in standing] == sorted(expected, key=reference.standing)

    facets = engine.facets(query, SCOPE, FIELDS, 1000)
    people = [reference.people[person] for person in expected]
    assert facets["region"] == Counter(v for p in people for v in {r["region"] for r in p if r["region"]})
    for field in ("activity", "customer", "age"):
        assert facets[field] == Counter(v for p in people if (v := reference.single(p, field)))
    assert facets["tag"] == Counter(v for p in people for v in {e["tag"] for r in p for e in r["tags"]})
    assert facets["brand"] == Counter(v for p in people for v in reference.moods(p))
    assert facets["hour"] == Counter(v for p in people for v in {f"{h:02d}" for r in p for h in r["hours"]})


FIELDS = ("region", "activity", "customer", "age", "tag", "brand", "hour")


def _keys(order: Order, query: AudienceQuery) -> Callable[[str], float]:
    reference = _reference()

    def key(person: str) -> float:
        rows = reference.people[person]
        if order is Order.LAST_ACTIVE:
            return max(
                (int(r["last_active_at"].timestamp()) for r in rows if r["last_active_at"]), default=-1
            )
        if order is Order.FOLLOWERS:
            return max((r["followers"] for r in rows if r["followers"] is not None), default=-1)
        return sum(reference.level(rows, field, value) for field, value in interests(query))

    return key


@pytest.mark.parametrize("order", [Order.LEVELS, Order.LAST_ACTIVE, Order.FOLLOWERS])
@pytest.mark.parametrize("seed", range(40))
def test_pages_follow_the_order_without_gap_or_repeat(seed: int, order: Order) -> None:
    home, _ = world()
    engine, reference = open_index(home).engine, _reference()
    query = generated(seed)
    key = _keys(order, query)
    listed = [person for person in reference.matches(query) if reference.listable(person)]
    wanted = sorted(listed, key=lambda person: (-key(person), *reference.standing(person)))
    pages = _pages(engine, query, order, 37)
    assert [person for person, _ in pages] == wanted
    if order is not Order.LEVELS or interests(query):
        assert [found for _, found in pages] == [key(person) for person in wanted]


def _pages(engine: Engine, query: AudienceQuery, order: Order, size: int) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    after: After | None = None
    while True:
        hits = engine.search(query, SCOPE, size, after, order, listable_only=True)
        found += [(hit.row["person_id"], hit.key) for hit in hits]
        if len(hits) < size:
            return found
        after = After(hits[-1].key, hits[-1].uid, len(found))


def test_relevance_pages_fall_in_score_and_hold_everybody_once() -> None:
    home, _ = world()
    engine, reference = open_index(home).engine, _reference()
    query = parse("露营 OR 帐篷 OR 咖啡")
    assert words(query)
    pages = _pages(engine, query, Order.RELEVANCE, 50)
    scores = [score for _, score in pages]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
    listed = {person for person in reference.matches(query) if reference.listable(person)}
    assert len(pages) == len(listed)
    assert {person for person, _ in pages} == listed


@pytest.mark.parametrize(
    "text", ["tag:露营 (露营 OR 帐篷)", "露营 OR tag:咖啡 OR 咖啡", '"露营 帐篷" OR 手机', "活 OR 露营"]
)
def test_few_and_many_people_are_put_in_the_same_order_of_relevance(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are told to the engine of words; of many the best of everybody are looked through."""
    home, _ = world()
    engine, query = open_index(home).engine, parse(text)
    pages = []
    for few in (0, 10**9):
        monkeypatch.setattr("audience.engines.word_search._FEW", few)
        monkeypatch.setattr("audience.engines.word_search._MORE", 1)
        pages.append(_pages(engine, query, Order.RELEVANCE, 7))
    assert pages[0] == pages[1]
    assert len(pages[0]) > 7


def test_generated_queries_find_something_of_every_size() -> None:
    reference = _reference()
    sizes = [len(reference.matches(generated(seed))) for seed in range(80)]
    assert sum(0 < size < len(reference.people) for size in sizes) >= 45


def test_blocked_accounts_are_left_out_at_once() -> None:
    home, rows = world()
    engine = open_index(home).engine
    gone = [rows[0]["account_id"], rows[9]["account_id"]]
    blocked = Scope(AS_OF, str.split, frozenset(gone))
    assert engine.count(AudienceQuery(), blocked) == engine.count(AudienceQuery(), SCOPE) - 2
    found = {hit.row["person_id"] for hit in engine.search(AudienceQuery(), blocked, 1000)}
    assert not found & {rows[0]["person_id"], rows[9]["person_id"]}


@pytest.mark.parametrize(
    ("limit", "after"), [(10**12, None), (0, None), (-1, None), (10, After(1.0, 1, 10**12))]
)
def test_bounds_that_would_end_the_process_are_refused(limit: int, after: After | None) -> None:
    home, _ = world()
    with pytest.raises(ValueError, match=r"limit|paged"):
        open_index(home).engine.search(parse("露营"), SCOPE, limit, after)
