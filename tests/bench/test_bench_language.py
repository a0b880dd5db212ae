"""The language benchmark: tasks run alone, absent data leaves one out, intervals hold what they should."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from bench import data, registry
from bench.bootstrap import interval, mean_interval, ratio_interval
from bench.language import TASKS, interests
from nlp.taxonomy import load_taxonomy
from privacy.errors import BadInputError
from tests.api.renqun_process import renqun

SENTENCES = Path(__file__).parents[3] / "shared/data/ud_gsdsimp"


def test_a_task_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(BadInputError) as refused:
        registry.run("language", True, print, ["poetry"])
    assert "segmentation" in str(refused.value.hint)
    with pytest.raises(BadInputError):
        registry.run("imports", True, print, ["segmentation"])


def test_absent_data_leaves_a_task_out_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(data, "SHARED", tmp_path)
    said: list[str] = []
    assert registry.run("language", True, said.append, ["segmentation"]) == []
    assert any("left out" in line for line in said)


def test_every_task_has_a_module() -> None:
    root = Path(__file__).parents[2]
    assert all((root / f"{module.replace('.', '/')}.py").exists() for module in TASKS.values())


def test_classes_of_titles_are_told_by_interests_that_there_are() -> None:
    taxonomy = load_taxonomy()
    classes = tomllib.loads(interests.CLASSES.read_text("utf-8"))
    named = [name for names in classes.values() for name in names.split()]
    assert set(named) <= {*taxonomy.tags, *taxonomy.parents}
    told = [tag for name in named for tag in taxonomy.children_of(name) or (name,)]
    assert len(told) == len(set(told)), "a tag is about one class"


def test_probabilities_are_held_against_shares() -> None:
    chance = np.array([0.9] * 10 + [0.2] * 10, dtype=np.float32)
    right = np.array([True] * 9 + [False] + [True] * 2 + [False] * 8)
    assert interests.gap(chance, right) == pytest.approx(0.0, abs=1e-6)
    assert interests.gap(chance, ~right) == pytest.approx(0.7, abs=1e-6)


def test_intervals_hold_the_truth_and_narrow_with_more() -> None:
    random = np.random.default_rng(1)
    few, many = random.random(100) < 0.7, random.random(10_000) < 0.7
    (low, high), (lower, higher) = mean_interval(few), mean_interval(many)
    assert low < 0.7 < high
    assert lower < 0.7 < higher
    assert higher - lower < (high - low) / 5
    assert mean_interval(few) == (low, high)  # repeatable
    assert ratio_interval([1, 1, 1], [2, 2, 2]) == (0.5, 0.5)
    middle = interval(lambda drawn: float(np.median(many[drawn])), len(many), rounds=50)
    assert middle == (1.0, 1.0)


@pytest.mark.skipif(not SENTENCES.exists(), reason="the shared data folder is absent: nothing to measure on")
def test_segmentation_reaches_its_quality() -> None:
    done = renqun("bench", "language", "--only", "segmentation", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    quality, speed = json.loads(done.stdout)
    assert quality["metric"] == "F1"
    assert quality["value"] >= 0.795
    assert quality["ratio"] >= 1.0
    assert quality["low"] < quality["value"] < quality["high"]
    assert speed["ratio"] > 3  # the goal is 12, on a machine that does nothing else
