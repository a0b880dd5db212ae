"""Keyword research on planted texts, held against a count by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.keywords import Corpus, monotone, suggested

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MIDDLE, SPAN = NOW - timedelta(weeks=4), timedelta(weeks=4)


def corpus(texts: list[tuple[str, int, str, bool]]) -> Corpus:
    """Of (person, days ago, words, shows an intent)."""
    return Corpus(
        pl.DataFrame(
            {
                "person": [person for person, *_ in texts],
                "at": [NOW - timedelta(days=days) for _, days, *_ in texts],
                "words": [words for _, _, words, _ in texts],
                "intent": ["asks" if intends else None for *_, intends in texts],
            },
            schema_overrides={"at": pl.Datetime("us", "UTC")}
            | dict.fromkeys(("person", "words", "intent"), pl.String),
        )
    )


TEXTS = [
    ("a", 1, "露营 天幕 好用", True),
    ("b", 2, "露营 天幕", False),
    ("a", 3, "露营 帐篷 天幕", False),
    ("c", 40, "天幕 露营", True),
    ("c", 41, "天幕", False),
    ("d", 5, "咖啡 好用", False),
    ("e", 6, "咖啡 露营 露营", False),
    ("f", 200, "咖啡", False),
]


def test_a_term_matches_where_all_its_words_stand() -> None:
    found = corpus(TEXTS).matches(
        {"天幕": ["天幕"], "露营 帐篷": ["露营", "帐篷"], "无": [], "没有": ["没有"]}
    )
    assert set(found.iter_rows()) == {("天幕", n) for n in (0, 1, 2, 3, 4)} | {("露营 帐篷", 2)}


def test_measures_count_persons_halves_core_and_intent() -> None:
    texts = corpus(TEXTS)
    matches = texts.matches({"天幕": ["天幕"]})
    core = texts.matches({"露营": ["露营"]}).with_columns(term=pl.lit("天幕"))
    (row,) = texts.measure(matches, core, MIDDLE, SPAN).to_dicts()
    assert row == {
        "term": "天幕",
        "posts": 5,
        "people": 3,
        "recent": 2,
        "before": 1,
        "intending": 2,
        "about": 4,
    }
    assert texts.people(MIDDLE, SPAN) == (4, 1)


def test_words_said_together_need_persons_and_more_than_chance() -> None:
    texts = corpus(TEXTS)
    posts = texts.matches({"露营": ["露营"]})["post"]
    words = [word for word, _ in texts.together(posts, 3, 10)]
    assert "天幕" in words
    assert "帐篷" not in words, "one person says it"
    assert "咖啡" not in words, "it is said elsewhere more often"
    assert texts.together(pl.Series("post", [], pl.UInt32), 1, 10) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sets(st.sampled_from("甲乙丙丁"))), max_size=30))
def test_matches_equal_a_count_by_hand(texts: list[tuple[str, set[str]]]) -> None:
    made = corpus([(person, 1, " ".join(sorted(words)), False) for person, words in texts])
    terms = {"甲": ["甲"], "甲乙": ["甲", "乙"], "乙丙丁": ["乙", "丙", "丁", "丁"]}
    found = set(made.matches(terms).iter_rows())
    assert found == {
        (term, place)
        for place, (_, words) in enumerate(texts)
        for term, needed in terms.items()
        if set(needed) <= words
    }


def test_suggestions_go_as_deep_as_asked_and_in_no_circle() -> None:
    related = {
        "露营": ["露营装备", "露营地"],
        "露营装备": ["露营", "露营装备清单"],
        "露营装备清单": ["露营地"],
    }
    assert suggested(related, "露营", 1) == {"露营装备": (1, "露营"), "露营地": (1, "露营")}
    assert suggested(related, "露营", 3) == {
        "露营装备": (1, "露营"),
        "露营地": (1, "露营"),
        "露营装备清单": (2, "露营装备"),
    }


def test_a_trend_is_seen_through_noise_and_spikes() -> None:
    rng = np.random.default_rng(3)
    days = np.arange(28)
    z, factor = monotone(100 * 1.05**days * rng.uniform(0.9, 1.1, 28))
    assert z > 4
    assert factor == pytest.approx(1.05, abs=0.02)
    spiked = np.full(28, 100.0) + rng.uniform(-5, 5, 28)
    spiked[20] = 1e6
    assert abs(monotone(spiked)[0]) < 1.96
    assert monotone(np.full(28, 7.0)) == (0.0, 1.0)
    assert monotone(np.arange(5.0)) == (0.0, 1.0)


def test_flat_series_are_rarely_called_trends() -> None:
    """At 1.96 one flat series in twenty is; 400 of them, so the rate lies within 2 and 9 %."""
    rng = np.random.default_rng(11)
    wrong = sum(abs(monotone(rng.poisson(40, 28).astype(float))[0]) > 1.96 for _ in range(400))
    assert 8 <= wrong <= 36
