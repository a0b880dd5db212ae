"""The lookalike benchmark: peers get the same seeds and features, figures come out, and the speed run works small."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from bench.lookalike.judge import RENQUN, draw, figures, judge
from bench.lookalike.peers import ALS, BM25, items
from bench.lookalike.speed import population
from bench.lookalike.stacked import friends, stacked

pytest.importorskip("implicit")


def kind(people: int = 600) -> tuple[sparse.csr_matrix, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    rng = np.random.default_rng(2)
    members = rng.random(people) < 0.3
    chance = np.where(members[:, None] & (np.arange(40) < 10), 0.4, 0.1)
    return sparse.csr_matrix((rng.random((people, 40)) < chance).astype(np.float32)), members


def test_everybody_ranks_the_same_people_and_finds_an_easy_audience() -> None:
    features, members = kind()
    one = judge("easy", features, members, seed=1)
    assert one.seeds == round(0.2 * members.sum())
    assert set(one.auc) == {RENQUN, "cosine", ALS, BM25}
    assert all(auc > 0.7 for auc in one.auc.values())
    assert one.low <= one.predicted <= one.high
    told = figures(
        "easy", [one, judge("again", features, members, seed=2)], 1.0, auc_goal=0.5, precision_goal=0.1
    )
    assert [figure.metric for figure in told if figure.goal is not None] == [
        "AUC",
        "P@|positives|",
        "true AUC within the hold-out's interval",
    ]
    assert all(figure.ok for figure in told if figure.goal in (0.5, 0.1))


def test_the_shortened_peer_gives_what_the_whole_one_does() -> None:
    from implicit.nearest_neighbours import BM25Recommender

    features, members = kind()
    seeds = draw(members, 1)
    together = sparse.hstack([features, sparse.csr_matrix(seeds.astype(np.float32)[:, None])], format="csr")
    whole = BM25Recommender(K=together.shape[1], num_threads=1)
    whole.fit(together, show_progress=False)
    towards = np.asarray(whole.similarity[:, [-1]].todense()).ravel()
    assert np.allclose(items(features, seeds), features @ towards[:-1], rtol=1e-4)


def test_seeds_are_a_fifth_of_the_members_and_repeatable() -> None:
    members = np.arange(100) < 50
    assert draw(members, 3).sum() == 10
    assert not (draw(members, 3) & ~members).any()
    assert np.array_equal(draw(members, 3), draw(members, 3))


def test_blocks_are_of_equal_weight_and_friendship_is_mutual() -> None:
    joined = friends(np.array([[0, 1], [1, 2], [0, 1]]), 4)
    assert joined.toarray().tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    ones = sparse.csr_matrix(np.ones((4, 3), dtype=np.float32))
    both = stacked(ones, sparse.csr_matrix(np.ones((4, 5), dtype=np.float32)))
    assert np.allclose(np.asarray(both.multiply(both).sum(axis=1)).ravel(), 2.0)


def test_the_population_has_groups_that_share_features() -> None:
    matrix, group = population(2_000)
    assert matrix.shape == (2_000, 20_000)
    own = matrix[np.flatnonzero(group == 2)]
    assert own[:, 100:150].sum() > 0.9 * 10 * (group == 2).sum() * 0.9
