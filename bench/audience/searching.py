"""Milliseconds from a query to its count, its first 20 people and 8 facets, by how many it finds, beside three peers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from time import perf_counter
from typing import TypeAlias

from audience.engines.base import Engine, Order
from audience.engines.tantivy import TantivyEngine
from audience.query.model import AudienceQuery
from bench.audience.bands import BANDS, SCOPE, pool, queries
from bench.audience.duck import DuckDb
from bench.audience.elastic import Elasticsearch
from bench.audience.indexing import batches, indexed, scratch
from bench.audience.peers import BUCKETS, FACETS, TOP, Answer, Peer
from bench.audience.profiles import PEOPLE, QUICK_PEOPLE, profiles
from bench.audience.sqlite import Sqlite
from bench.elasticsearch_server import AbsentError
from bench.figures import Figure, Say

TASK = "search"
GOALS_MS = dict(zip(BANDS, (1.5, 4.0, 35.0, 150.0), strict=True))
# At least so many times as fast; "ahead" of the others.
GOALS_ELASTICSEARCH = dict(zip(BANDS, (5.0, 5.0, 1.5, 1.5), strict=True))
GOAL_AHEAD = 1.0
QUERIES, PEERS_QUERIES = 40, 10
_WARM_SECONDS = 3.0

Started: TypeAlias = Sqlite | DuckDb | Elasticsearch
PEERS: tuple[type[Started], ...] = (Sqlite, DuckDb, Elasticsearch)


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Medians by band; peers answer the first queries of each band, and must answer the same."""
    yield from figures(QUICK_PEOPLE if quick else PEOPLE, PEERS, say)


def figures(people: int, peers: Iterable[type[Started]], say: Say) -> Iterator[Figure]:
    """The figures of an index of so many people, beside these peers."""
    engine = TantivyEngine(indexed(people, say).folder)
    say(f"{TASK}: drawing queries")
    conditions = pool(engine)
    asked = {band: queries(engine, conditions, band, QUERIES) for band in BANDS}
    for band in BANDS:
        yield Figure(
            task=TASK,
            metric=f"p50, {band:.1%} of {people:,}",
            value=round(_p50([_timed(lambda q: tantivy(engine, q), query) for query in asked[band]]), 2),
            unit="ms",
            goal=GOALS_MS[band] if people == PEOPLE else None,
            lower_is_better=True,
        )
    for band in BANDS:
        took = [_timed(lambda q: tantivy(engine, q, Order.LEVELS), query) for query in asked[band]]
        yield Figure(
            task=TASK,
            metric=f"p50, {band:.1%}, strongest interests first",
            value=round(_p50(took), 2),
            unit="ms",
        )
    for start in peers:
        yield from _beside(start, people, engine, asked, say)


def tantivy(engine: Engine, query: AudienceQuery, order: Order = Order.INFLUENCE) -> Answer:
    """What the product does for one answer, before disclosure; peers know the order of standing alone."""
    total = engine.count(query, SCOPE)
    hits = engine.search(query, SCOPE, TOP, order=order)
    return Answer(total, [hit.uid for hit in hits], engine.facets(query, SCOPE, FACETS, BUCKETS))


def opened(start: type[Started], people: int) -> Peer:
    """The peer with these people in it. Raises AbsentError where it cannot be run."""
    table, folder = profiles(people), scratch()
    if issubclass(start, Elasticsearch):
        return start(folder, lambda: batches(table))
    return start(folder, batches(table))


def _beside(
    start: type[Started],
    people: int,
    engine: Engine,
    asked: dict[float, list[AudienceQuery]],
    say: Say,
) -> Iterator[Figure]:
    began = perf_counter()
    say(f"{TASK}: filling {start.name}")
    try:
        peer = opened(start, people)
    except AbsentError as absent:
        say(f"{TASK}: {absent}: {start.name} is left out")
        return
    say(f"{TASK}: {start.name} took {perf_counter() - began:.0f} s to fill")
    try:
        for band, found in asked.items():
            _warm(peer, found[PEERS_QUERIES:])
            yield _compared(peer, engine, band, found[:PEERS_QUERIES])
    finally:
        peer.close()


def _warm(peer: Peer, others: Sequence[AudienceQuery]) -> None:
    """Queries that are not measured: a server on Java gets faster by them."""
    began = perf_counter()
    for query in others:
        peer.answer(query)
        if perf_counter() - began > _WARM_SECONDS:
            break


def _compared(peer: Peer, engine: Engine, band: float, found: Sequence[AudienceQuery]) -> Figure:
    """Both by turns. Raises AssertionError where they differ."""
    for query in found[:2]:
        _check(peer.answer(query), tantivy(engine, query), peer.name)
    ours, theirs, took = [], [], []
    for query in found:
        ours.append(_timed(lambda q: tantivy(engine, q), query))
        theirs.append(_timed(peer.answer, query))
        took.append(getattr(peer, "took", 0))
    itself = f" (itself {median(took):.0f} ms)" if any(took) else ""
    return Figure(
        task=TASK,
        metric=f"p50, {band:.1%}, the first {len(found)} queries",
        value=round(_p50(ours), 2),
        unit="ms",
        peer=peer.name + itself,
        peer_value=round(_p50(theirs), 2),
        ratio=round(_p50(theirs) / _p50(ours), 2),
        goal=GOALS_ELASTICSEARCH[band] if isinstance(peer, Elasticsearch) else GOAL_AHEAD,
    )


def _check(theirs: Answer, ours: Answer, name: str) -> None:
    if theirs != ours:
        raise AssertionError(
            f"{name} finds {theirs.total:,} people or facets that differ; tantivy {ours.total:,}"
        )


def _timed(work: Callable[[AudienceQuery], Answer], query: AudienceQuery) -> float:
    began = perf_counter()
    work(query)
    return perf_counter() - began


def _p50(seconds: Sequence[float]) -> float:
    return median(seconds) * 1000
