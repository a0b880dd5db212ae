"""NetworkX's own test suite runs on the backend: all green with fallback, and exactly known gaps without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.graph.networkx_suite import run_suite

# One line a test: its name, a tab, why it cannot pass without NetworkX's own functions.
GAPS = Path(__file__).with_name("networkx_gaps.tsv")

# Tests that must pass on our functions alone, so that a list of gaps that grows is seen.
PASSES = 185


def test_all_is_green_where_networkx_may_help(tmp_path: Path) -> None:
    passed, expected, failures = run_suite(tmp_path, fallback=True)
    assert not failures, failures[-5000:]
    assert len(passed) >= 410
    assert len(expected) <= 5


def test_the_gaps_without_networkx_are_exactly_the_listed_ones(tmp_path: Path) -> None:
    passed, gaps, failures = run_suite(tmp_path, fallback=False)
    assert not failures, failures[-5000:]
    assert len(passed) >= PASSES
    listed = dict(line.split("\t") for line in GAPS.read_text("utf-8").splitlines())
    assert gaps == listed


@pytest.mark.soak
def test_every_algorithm_is_green_with_fallback(tmp_path: Path) -> None:
    passed, _, failures = run_suite(tmp_path, fallback=True, modules=("algorithms",))
    assert not failures, failures[-5000:]
    assert len(passed) > 3900
