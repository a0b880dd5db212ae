"""Word vectors, kernels over short texts, and classes learned from seed words alone."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.kernels import MOST, KernelClassifier
from nlp.self_training import SelfTrained
from nlp.vectors import WordVectors

THEMES = {name: [f"{name}{number:02}" for number in range(60)] for name in ("球", "股")}
SEEDS = {name: words[:6] for name, words in THEMES.items()}


def _posts(count: int, seed: int = 3) -> tuple[list[list[str]], np.ndarray]:
    rng = np.random.default_rng(seed)
    names = list(THEMES)
    labels = rng.integers(0, 2, count)
    idle = ["今天", "真的", "昨晚", "看到", "听说"]
    docs = [
        [*rng.choice(THEMES[names[label]], 4, replace=False), *rng.choice(idle, 2, replace=False)]
        for label in labels
    ]
    return [list(map(str, doc)) for doc in docs], labels


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    docs, _ = _posts(3_000)
    return WordVectors.fit(docs, size=16, epochs=3)


def test_vectors_know_what_goes_together(vectors: WordVectors) -> None:
    ball = vectors.centre(SEEDS["球"])
    posts = vectors.posts([THEMES["球"][20:24], THEMES["股"][20:24], [], ["没有见过"]])
    assert posts[0] @ ball > posts[1] @ ball + 0.3
    assert not posts[2:].any()
    assert not vectors.centre(["没有见过"]).any()
    assert np.allclose(np.linalg.norm(posts[:2], axis=1), 1.0, atol=1e-5)


def test_vectors_repeat() -> None:
    docs, _ = _posts(500)
    first, second = (WordVectors.fit(docs, size=8, epochs=1) for _ in range(2))
    assert np.array_equal(first.vectors, second.vectors)


def test_seed_words_alone_teach_the_rest(vectors: WordVectors) -> None:
    docs, _ = _posts(1_500)
    model = SelfTrained(SEEDS).fit(docs, vectors)
    unseen, labels = _posts(400, seed=9)
    known = {word for words in SEEDS.values() for word in words}
    without = [[word for word in doc if word not in known] for doc in unseen]
    assert (model.predict(without).argmax(axis=1) == labels).mean() > 0.95
    share = model.predict(unseen)
    assert share.shape == (400, 2)
    assert ((share >= 0) & (share <= 1)).all()
    alone = np.vstack([model.predict([doc]) for doc in unseen[:5]])
    assert np.allclose(alone, share[:5], atol=1e-5)
    assert model.predict([]).shape == (0, 2)


def test_kernels_learn_labels_and_refuse_too_much(vectors: WordVectors) -> None:
    docs, labels = _posts(600)
    texts = ["".join(doc) for doc in docs]
    model = KernelClassifier().fit(texts, vectors.posts(docs), np.eye(2)[labels])
    unseen, truth = _posts(200, seed=9)
    scores = model.scores(["".join(doc) for doc in unseen], vectors.posts(unseen))
    assert (scores.argmax(axis=1) == truth).mean() > 0.98
    with pytest.raises(ValueError, match="learns from 1 to"):
        KernelClassifier().fit(
            ["a"] * (MOST + 1), np.zeros((MOST + 1, 2), np.float32), np.zeros((MOST + 1, 2))
        )
    with pytest.raises(ValueError, match="learns from 1 to"):
        KernelClassifier().fit([], np.zeros((0, 2), np.float32), np.zeros((0, 2)))
