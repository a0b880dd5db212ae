"""Elasticsearch and likeness: the same pages as the embedded engine gives, and its approximate search as an option."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from audience.engines.base import Engine, Order, Scope
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.engines.elasticsearch_store import ElasticsearchStore
from audience.engines.stores import TantivyStore
from audience.engines.vectors import UNLIKE, VECTORS, Vector, whole
from audience.errors import NotMinedError
from audience.index.build import build
from audience.index.people import COLUMNS, person_batches
from audience.query.text import parse
from audience.search.ask import search
from bench.elasticsearch_server import ElasticsearchServer
from lake.schemas import PROFILES
from privacy.errors import BadInputError, ConflictError
from privacy.home import Home
from tests.audience.audience_world import AS_OF, profiles, tags
from tests.audience.elastic_server import ON_ONE_WORKER
from tests.audience.test_audience_lookalike_wishes import campers

__all__ = ["campers"]
pytestmark = ON_ONE_WORKER
ACCOUNTS, DIMENSIONS, KINDS = 5_000, 64, 12
SCOPE = Scope(AS_OF, str.split)


def _drawn(number: int, rng: np.random.Generator) -> Vector:
    """People of some kinds, each kind around a direction of its own."""
    kinds = np.random.default_rng(2).normal(size=(KINDS, DIMENSIONS))
    return whole(kinds[rng.integers(0, KINDS, number)] + 0.8 * rng.normal(size=(number, DIMENSIONS)))


def _vectors(persons: pl.Series) -> pl.Series:
    drawn = [_drawn(1, np.random.default_rng(int(person[1:], 16)))[0] for person in persons]
    rows = [
        None if int(person[1:], 16) % 50 == 3 else row.tolist()
        for person, row in zip(persons, drawn, strict=True)
    ]
    return pl.Series(rows, dtype=pl.Array(pl.Int8, DIMENSIONS))


def _batches() -> Iterator[pl.DataFrame]:
    table = pa.Table.from_pylist(profiles(ACCOUNTS, seed=3), schema=PROFILES.schema).select(list(COLUMNS))
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return person_batches(frame, lambda value: False, size=1_000, vectors=_vectors)


@pytest.fixture(scope="module")
def store(elastic_server: ElasticsearchServer) -> Iterator[ElasticsearchStore]:
    with tempfile.TemporaryDirectory() as home:
        settings = ElasticsearchSettings(elastic_server.url, prefix="nearest", knn=True)
        yield ElasticsearchStore(Home.find(home), settings)


@pytest.fixture(scope="module")
def folder(store: ElasticsearchStore) -> Path:
    folder = store.home.index / "one"
    folder.mkdir(parents=True)
    store.write(folder, _batches)
    return folder


@pytest.fixture(scope="module")
def exact() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as files:
        TantivyStore().write(Path(files), _batches)
        yield TantivyStore().open(Path(files))


@pytest.mark.parametrize("text", ["", "region:上海", f"tag:{tags()[0]}", "-region:上海 followers:>=100"])
def test_the_approximate_search_finds_95_of_the_first_100(
    text: str, store: ElasticsearchStore, folder: Path, exact: Engine
) -> None:
    engine, query, shares = store.open(folder), parse(text), []
    assert engine.count(query, SCOPE) > 300
    for like in _drawn(20, np.random.default_rng(9)):
        page = engine.search(query, SCOPE, 100, order=Order.LOOKALIKE, listable_only=True, like=like)
        best = exact.search(query, SCOPE, 100, order=Order.LOOKALIKE, listable_only=True, like=like)
        assert len(page) == len(best) == 100
        shares.append(len({hit.uid for hit in page} & {hit.uid for hit in best}) / 100)
        # What it finds is in exact order, with the exact likeness.
        assert [(hit.key, -hit.uid) for hit in page] == sorted(
            ((hit.key, -hit.uid) for hit in page), reverse=True
        )
        of_all = {hit.uid: hit for hit in exact.search(query, SCOPE, 1_000, order=Order.LOOKALIKE, like=like)}
        assert all(hit == of_all[hit.uid] for hit in page if hit.uid in of_all)
        assert all(hit.row["listable"] for hit in page)
    assert np.mean(shares) >= 0.95


def test_it_is_the_approximate_search_that_answers_the_first_page_alone(
    store: ElasticsearchStore, folder: Path, exact: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    like = _drawn(1, np.random.default_rng(5))[0]
    monkeypatch.setattr("audience.engines.elasticsearch_likeness.Likeness._places", None)
    first = store.open(folder).search(parse(""), SCOPE, 20, order=Order.LOOKALIKE, like=like)
    assert len(first) == 20
    with pytest.raises(TypeError):
        replace_knn(store).open(folder).search(parse(""), SCOPE, 20, order=Order.LOOKALIKE, like=like)


def replace_knn(store: ElasticsearchStore) -> ElasticsearchStore:
    """The same without the option."""
    return ElasticsearchStore(store.home, replace(store.settings, knn=False))


def test_later_pages_and_people_without_vectors_are_exact(
    store: ElasticsearchStore, folder: Path, exact: Engine
) -> None:
    like = _drawn(1, np.random.default_rng(6))[0]
    # One in fifty has no vector, which the approximate search does not see: so few people end with them.
    query = parse("region:上海 influence:>=p60")
    engines = (store.open(folder), exact)
    whole_answers = [e.search(query, SCOPE, 1_000, order=Order.LOOKALIKE, like=like) for e in engines]
    assert whole_answers[0] == whole_answers[1]
    assert whole_answers[0][-1].key == UNLIKE
    assert 100 < len(whole_answers[0]) < 1_000


def test_vectors_are_in_the_index_only_where_they_are_asked_for(
    store: ElasticsearchStore, folder: Path
) -> None:
    def fields(index: ElasticsearchStore) -> dict[str, object]:
        answer = httpx.get(f"{index.settings.url}/{index.alias}-*/_mapping").json()
        return {name for state in answer.values() for name in state["mappings"]["properties"]}  # type: ignore[return-value]

    assert "vector" in fields(store)
    plain = replace_knn(store)
    assert plain.layout() != store.layout()
    other = ElasticsearchStore(store.home, replace(plain.settings, prefix="plain"))
    (other.home.index / "two").mkdir()
    other.write(other.home.index / "two", _batches)
    assert "vector" not in fields(other)
    # What is kept as source stays the row alone.
    hit = httpx.get(f"{store.settings.url}/{store.alias}-*/_search?size=1").json()["hits"]["hits"][0]
    assert set(hit["_source"]) == {"row"}


def test_an_index_that_is_gone_or_a_damaged_file_is_told(store: ElasticsearchStore, folder: Path) -> None:
    like = _drawn(1, np.random.default_rng(5))[0]
    gone = store.home.index / "gone"
    gone.mkdir()
    store.write(gone, lambda: iter([next(_batches())]))
    engine = store.open(gone)
    store.publish(folder)
    store.remove_others(folder)
    with pytest.raises(ConflictError, match="built anew"):
        engine.search(parse(""), SCOPE, 5, order=Order.LOOKALIKE, like=like)
    content = (folder / VECTORS).read_bytes()
    (folder / VECTORS).write_bytes(content[:-1])
    with pytest.raises(NotMinedError, match="damaged"):
        store.open(folder)
    (folder / VECTORS).write_bytes(content)


def test_both_engines_give_the_same_pages_and_cursors(
    elastic_server: ElasticsearchServer, campers: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages() -> list[tuple[list[str], list[float | None], str | None]]:
        build(campers, force=True)
        found: list[tuple[list[str], list[float | None], str | None]] = []
        cursor = None
        for _ in range(4):
            page = search(
                campers,
                "region:上海 OR region:北京",
                limit=31,
                order=Order.LOOKALIKE,
                like=f"tag:{tags()[0]}",
                cursor=cursor,
            )
            cursor = page.cursor
            assert cursor is not None
            found.append(
                (
                    [m.person_id for m in page.members],
                    [m.similarity for m in page.members],
                    cursor.partition(".")[2],
                )
            )
        return found

    here = pages()
    monkeypatch.setenv("RENQUN_ENGINE", "elasticsearch")
    monkeypatch.setenv("RENQUN_ES_URL", elastic_server.url)
    monkeypatch.setenv("RENQUN_ES_PREFIX", "campers")
    assert pages() == here


@pytest.mark.parametrize("given", ["yes", "-1", "2"])
def test_the_setting_is_0_or_1(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENQUN_ES_URL", "http://127.0.0.1:9200")
    monkeypatch.setenv("RENQUN_ES_KNN", given)
    with pytest.raises(BadInputError, match="RENQUN_ES_KNN must be a number from 0 to 1"):
        ElasticsearchSettings.from_environment()
    monkeypatch.setenv("RENQUN_ES_KNN", "1")
    assert ElasticsearchSettings.from_environment().knn
