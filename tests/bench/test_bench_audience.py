"""The audience benchmark, small: profiles are what they claim, peers give the same answers, figures come out."""

from __future__ import annotations

import pytest

from audience.engines.tantivy import TantivyEngine
from bench.audience.bands import SCOPE, pool, queries
from bench.audience.indexing import batches, figures, indexed
from bench.audience.profiles import WORDS, profiles

pytest.importorskip("duckdb")

from bench.audience import exporting, http, searching
from bench.audience.duck import DuckDb

PEOPLE, SERVED = 2_000, 12_000


def silent(_: str) -> None:
    """Says nothing."""


@pytest.fixture(scope="module")
def engine() -> TantivyEngine:
    return TantivyEngine(indexed(PEOPLE, silent).folder)


def test_profiles_have_their_number_of_terms_and_come_out_the_same() -> None:
    table = profiles(500)
    assert table.equals(profiles(500))
    for batch in batches(table):
        assert set(batch["level"].list.len()) == {30}
        single = (
            *("region", "source", "community", "kind", "activity", "customer", "value", "gender", "age"),
            *("education", "occupation", "topic", "intent", "follows", "engaged", "benefit", "style"),
            *("brand", "hour", "term"),
        )
        assert {
            sum(lengths) for lengths in zip(*(batch[name].list.len() for name in single), strict=True)
        } == {30}
        assert set(batch["words"].list.get(0).str.count_matches(" ")) == {WORDS - 1}


def test_queries_are_distinct_and_find_their_share(engine: TantivyEngine) -> None:
    conditions = pool(engine)
    for band in (0.01, 0.1, 0.5):
        found = queries(engine, conditions, band, 8)
        assert len({query.model_dump_json() for query in found}) == 8
        shares = [engine.count(query, SCOPE) / PEOPLE for query in found]
        assert all(0.7 * band <= share <= 1.4 * band for share in shares)
        assert found == queries(engine, conditions, band, 8)


@pytest.mark.parametrize("name", ["Sqlite", "DuckDb"])
def test_peers_answer_the_same(engine: TantivyEngine, name: str) -> None:
    peer = searching.opened(getattr(searching, name), PEOPLE)
    conditions = pool(engine)
    for band in (0.01, 0.1, 0.5):
        for query in queries(engine, conditions, band, 6):
            assert peer.answer(query) == searching.tantivy(engine, query)
    peer.close()


def test_figures_come_out() -> None:
    speed, _, size = list(figures(PEOPLE, silent))
    assert speed.goal is None
    assert speed.value > 0
    assert 200 < size.value < 5_000


def test_searching_tells_ratios() -> None:
    told = list(searching.figures(PEOPLE, [DuckDb], silent))
    assert len(told) == 12
    assert all(figure.ratio for figure in told[8:])


def test_the_api_answers_the_load_and_audiences_are_exported() -> None:
    told = list(http.figures(SERVED, 6, silent))
    assert [figure.unit for figure in told] == ["requests/s", "ms", "requests/s", "ms", "ms"]
    assert all(figure.value > 0 for figure in told[:4])
    csv, parquet = exporting.figures(SERVED, silent)
    assert csv.value > 0
    assert f"measured on {SERVED:,}" in parquet.metric
