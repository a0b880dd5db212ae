"""Parity: both engines against a slow plain-Python reading of 240 generated queries, and against each other in relevance.

Below the disclosure layer: totals, facets, members and order are exact.
"""

from __future__ import annotations

import json
import operator
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from audience.engines.base import CELLS, COUNTED_FIELDS, FACET_FIELDS, After, Engine, Order, Scope, read_row
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.engines.elasticsearch_store import ElasticsearchStore
from audience.engines.stores import TantivyStore
from audience.engines.vectors import UNLIKE, Vector
from audience.index.people import COLUMNS, person_batches
from audience.query.asked import interests
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery, Condition
from audience.query.text import parse
from bench.elasticsearch_server import ElasticsearchServer
from lake.schemas import PROFILES
from privacy.home import Home
from tests.audience.audience_world import AS_OF, SEGMENTS, WORDS, Reference, profiles
from tests.audience.elastic_server import ON_ONE_WORKER
from tests.audience.query_generator import generated

ACCOUNTS, PEOPLE, QUERIES = 5_560, 5_004, 240
SCOPE = Scope(AS_OF, str.split)
LIKE: Vector = np.random.default_rng(23).integers(-40, 41, 16).astype(np.int8)
_FACTS = ("gender", "age_band", "education", "occupation", "customer")
_RARE = [f"词{number}" for number in range(3_000)]
_LISTS = {
    "region": "region", "source": "source", "community": "community", "kind": "kind", "follows": "follows",
    "engaged": "engaged", "topic": "topics", "intent": "intents", "benefit": "benefits", "style": "styles",
    "term": "terms",
}  # fmt: skip
_ORDERS = (Order.LEVELS, Order.INFLUENCE, Order.LAST_ACTIVE, Order.FOLLOWERS)
_SINGLE = ("activity", "customer", "value", "gender", "age", "education", "occupation")

pytestmark = ON_ONE_WORKER


@cache
def _rows() -> list[dict[str, Any]]:
    """Profiles with longer and rarer words than the small world's, many without followers, some in frozen segments."""
    rng, rows = random.Random(11), profiles(ACCOUNTS, seed=17)
    for row in rows:
        often = rng.choices(WORDS, k=rng.randint(0, 30))
        seldom = [_RARE[min(2_999, int(rng.paretovariate(0.6)))] for _ in range(rng.randint(0, 120))]
        text = often + seldom
        rng.shuffle(text)
        row["words"] = " ".join(text)
        row["followers"] = rng.choice((row["followers"], row["followers"], 0))
        said = {column: rng.choice(("declared", "touchpoints", None)) for column in _FACTS}
        known = {column: where for column, where in said.items() if where}
        row["origins"] = rng.choice((json.dumps(known), json.dumps(known), None))
        row["segments"] = rng.sample(SEGMENTS, rng.choice((0, 0, 1, 2)))
    return rows


@cache
def _vector(person: str) -> tuple[int, ...] | None:
    """Small numbers of few values, so that many people are equally alike; one of eleven is like nobody."""
    rng = random.Random(person)
    return None if rng.random() < 1 / 11 else (rng.choice((-9, 9)), *rng.choices((-7, 0, 7), k=15))


def _vectors(persons: pl.Series) -> pl.Series:
    return pl.Series([_vector(person) for person in persons], dtype=pl.Array(pl.Int8, 16))


class _Known(Reference):
    """The slow reading, each condition's people remembered."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__(rows)
        self._found: dict[Condition, frozenset[str]] = {}
        self.order = {person: place for place, person in enumerate(sorted(self.people, key=self.standing))}
        self.values = {person: self._values(rows) for person, rows in self.people.items()}

    def people_of(self, node: Any) -> frozenset[str]:
        """Who meets a condition or a query."""
        if not isinstance(node, AudienceQuery):
            if node not in self._found:
                met = (person for person, rows in self.people.items() if self.meets(rows, node))
                self._found[node] = frozenset(met)
            return self._found[node]
        found = frozenset(self.people)
        for child in node.all:
            found &= self.people_of(child)
        if node.any:
            found &= frozenset().union(*map(self.people_of, node.any))
        return found.difference(*map(self.people_of, node.none))

    def key(self, person: str, order: Order, query: AudienceQuery) -> float:
        """The explicit key of an order."""
        rows = self.people[person]
        if order is Order.LAST_ACTIVE:
            return max(
                (int(r["last_active_at"].timestamp()) for r in rows if r["last_active_at"]), default=-1
            )
        if order is Order.FOLLOWERS:
            return max((r["followers"] for r in rows if r["followers"] is not None), default=-1)
        if order is Order.LOOKALIKE:
            vector = _vector(person)
            return UNLIKE if vector is None else sum(map(operator.mul, vector, LIKE.tolist()))
        if order is Order.INFLUENCE:
            return float(max(r["influence"] for r in rows))
        return sum(self.level(rows, field, value) for field, value in interests(query))

    def _values(self, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
        tags = {entry["tag"] for row in rows for entry in row["tags"]}
        held = {("tag", tag) for tag in tags} | {("parent", self.parent_of[tag]) for tag in tags}
        held |= {("brand", brand) for brand in self.moods(rows)}
        held |= {("hour", f"{hour:02d}") for row in rows for hour in row["hours"]}
        for field, column in _LISTS.items():
            found = [row[column] for row in rows if row[column]]
            held |= {(field, v) for f in found for v in (f if isinstance(f, list) else [f])}
        held |= {
            ("told", f"{field}:{self.single(rows, field)}")
            for field in ("gender", "age", "education", "occupation", "customer", "value")
            if self.origin(rows, field) == "touchpoints"
        }
        return sorted(held | {(field, v) for field in _SINGLE if (v := self.single(rows, field))})


@cache
def _reference() -> _Known:
    return _Known(_rows())


def _batches() -> Iterator[pl.DataFrame]:
    table = pa.Table.from_pylist(_rows(), schema=PROFILES.schema).select(list(COLUMNS))
    held = {(row["person_id"], segment) for row in _rows() for segment in row["segments"]}
    segments = pl.DataFrame(sorted(held), schema=["person_id", "segment"], orient="row")
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return person_batches(frame, lambda value: False, segments, size=2_000, vectors=_vectors)


@cache
def _marks() -> NDArray[np.int64]:
    """Persons, in order of standing, by cells: the mark of each in its cell."""
    people = pl.concat(batch.select("cell", "mark") for batch in _batches())
    marks = np.zeros((people.height, CELLS), dtype=np.int64)
    marks[np.arange(people.height), people["cell"].to_numpy()] = people["mark"].to_numpy()
    return marks


@pytest.fixture(scope="module")
def tantivy_engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        assert TantivyStore().write(Path(folder), _batches) == PEOPLE
        yield TantivyStore().open(Path(folder))


@pytest.fixture(scope="module")
def elastic_engine(elastic_server: ElasticsearchServer) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        settings = ElasticsearchSettings(elastic_server.url, prefix="parity")
        store = ElasticsearchStore(Home.find(folder), settings)
        assert store.write(Path(folder), _batches) == PEOPLE
        yield store.open(Path(folder))


@pytest.mark.parametrize("seed", range(QUERIES))
def test_parity_of_tantivy_with_the_reference(
    seed: int, tantivy_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Few people are counted and put in order otherwise than many: the ways take turns.
    monkeypatch.setattr("audience.engines.tantivy._NUMBERS_A_BITMAP", (0, 10, 10**9)[seed % 3])
    monkeypatch.setattr("audience.engines.word_search._FEW", (0, 200, 2_000)[seed % 3])
    _agrees(tantivy_engine, generated(seed), seed)


@pytest.mark.parametrize("seed", range(QUERIES))
def test_parity_of_elasticsearch_with_the_reference(
    seed: int, elastic_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of few people all are fetched, of many the most alike are looked up: the two ways take turns.
    monkeypatch.setattr("audience.engines.elasticsearch_likeness._FEW", (0, 300, 10_000)[seed % 3])
    _agrees(elastic_engine, generated(seed), seed)


def _agrees(engine: Engine, query: AudienceQuery, seed: int) -> None:
    known = _reference()
    expected = sorted(known.people_of(query), key=known.order.__getitem__)
    assert engine.persons == PEOPLE
    assert engine.count(query, SCOPE) == len(expected)
    assert engine.count(canonical(query), SCOPE) == len(expected)

    counted: dict[str, Counter[str]] = {field: Counter() for field in COUNTED_FIELDS}
    for person in expected:
        for field, value in known.values[person]:
            counted[field][value] += 1
    assert engine.facets(query, SCOPE, COUNTED_FIELDS, 20_000) == counted

    signature = engine.signature(query, SCOPE)
    assert signature.tolist() == _marks()[sorted(map(known.order.__getitem__, expected))].sum(axis=0).tolist()

    assert engine.signature(query, SCOPE, 64).tolist() == signature.reshape(64, -1).sum(axis=1).tolist()

    listed = [person for person in expected if known.listable(person)]
    everyone = list(engine.everyone(query, SCOPE))
    assert [hit.row["person_id"] for hit in everyone] == listed
    assert [hit.uid for hit in everyone] == [known.order[person] for person in listed]

    assert [read_row(text)["person_id"] for text in engine.texts(query, SCOPE)] == listed

    unlisted = engine.everyone(query, SCOPE, listable_only=False)
    assert [hit.row["person_id"] for hit in unlisted] == expected
    assert engine.places([*expected[:50], "nobody"]) == {
        person: known.order[person] for person in expected[:50]
    }

    some = range(0, PEOPLE, 53)
    met = {known.order[person] for person in expected}.intersection(some)
    assert sorted(engine.among(query, SCOPE, some)) == sorted(met)

    assert engine.uids(query, SCOPE).tolist() == [known.order[person] for person in listed]
    assert len(engine.uids(query, SCOPE, listable_only=False)) == len(expected)

    _in_order(engine, query, _ORDERS[seed % len(_ORDERS)], listed)
    _in_order(engine, query, Order.LOOKALIKE, listed)


def _in_order(engine: Engine, query: AudienceQuery, order: Order, listed: list[str]) -> None:
    known = _reference()
    keys = {person: known.key(person, order, query) for person in listed}
    wanted = sorted(listed, key=lambda person: (-keys[person], known.order[person]))[:200]
    pages = list(islice(_paged(engine, query, order, 67), len(wanted)))
    assert pages == [(person, keys[person]) for person in wanted]


def _paged(engine: Engine, query: AudienceQuery, order: Order, size: int) -> Iterator[tuple[str, float]]:
    after: After | None = None
    like = LIKE if order is Order.LOOKALIKE else None
    while hits := engine.search(query, SCOPE, size, after, order, listable_only=True, like=like):
        yield from ((hit.row["person_id"], hit.key) for hit in hits)
        after = After(hits[-1].key, hits[-1].uid, (after.seen if after else 0) + len(hits))


def test_parity_of_owners_and_of_what_some_people_are_like_together(
    tantivy_engine: Engine, elastic_engine: Engine
) -> None:
    known = _reference()
    rows = _rows()[:400]
    accounts = [row["account_id"] for row in rows]
    owners = {row["account_id"]: known.order[row["person_id"]] for row in rows}
    uids = np.array(sorted(set(owners.values())))
    people = {row["person_id"] for row in rows}
    vectors = [vector for person in people if (vector := _vector(person)) is not None]
    total = [sum(column) for column in zip(*vectors, strict=True)]
    length = sum(number * number for number in total) ** 0.5
    for engine in (tantivy_engine, elastic_engine):
        assert engine.owners([*accounts, "nobody"]) == owners
        assert int(engine.vectors.known(uids).sum()) == len(vectors) < len(people)
        assert engine.vectors.mean(uids).tolist() == [round(127 * number / length) for number in total]


def test_parity_queries_are_of_every_kind_and_size() -> None:
    known = _reference()
    queries = [generated(seed) for seed in range(QUERIES)]
    assert len(set(queries)) > 200
    sizes = [len(known.people_of(query)) for query in queries]
    assert sum(0 < size < PEOPLE for size in sizes) >= 130
    asked = {condition.field for query in queries for condition in query.conditions()}
    assert asked >= {*FACET_FIELDS, "words", "posts", "segment", "active", "influence", "followers"} - {
        "hour"
    }


def _texts() -> list[str]:
    rng = random.Random(3)
    makers: list[Callable[[], str]] = [
        lambda: " ".join(rng.choices(WORDS, k=rng.randint(1, 3))),
        lambda: " OR ".join([*rng.sample(WORDS, 2), rng.choice(_RARE[:60])]),
        lambda: f'"{" ".join(rng.sample(WORDS, 2))}"',
        lambda: " OR ".join(rng.sample(_RARE[:200], 3)),
        lambda: f"{rng.choice(WORDS)} {rng.choice(_RARE[:20])} -region:上海",
    ]
    return [makers[number % len(makers)]() for number in range(60)]


@pytest.mark.parametrize("text", _texts())
def test_parity_of_relevance_in_the_top_20(text: str, tantivy_engine: Engine, elastic_engine: Engine) -> None:
    query = parse(text)
    first, second = (
        {hit.uid for hit in engine.search(query, SCOPE, 20, listable_only=True)}
        for engine in (tantivy_engine, elastic_engine)
    )
    assert len(first) == len(second)
    assert len(first & second) >= 0.9 * len(first)


def test_parity_of_relevance_pages(tantivy_engine: Engine, elastic_engine: Engine) -> None:
    query = parse(" OR ".join(WORDS[:3]))
    known = _reference()
    listed = {known.order[person] for person in known.people_of(query) if known.listable(person)}
    for engine in (tantivy_engine, elastic_engine):
        pages = list(_paged(engine, query, Order.RELEVANCE, 700))
        assert {known.order[person] for person, _ in pages} == listed
        assert len(pages) == len(listed)
        scores = [score for _, score in pages]
        assert scores == sorted(scores, reverse=True)
