"""Posts to classes with 10,000 labelled titles, beside the character SVM that such work starts with."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from bench.bootstrap import mean_interval
from bench.figures import Figure, Say
from bench.language.titles import Titles, centred, judge, parts, vectors
from nlp.kernels import KernelClassifier
from nlp.vectors import Floats

TASK = "titles with labels"
GOAL = 0.895
_CLASSES = 10


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Accuracy on the test titles; what was chosen was chosen by cross-validation on the development titles."""
    started = perf_counter()
    development, test = parts(quick)
    say(f"{TASK}: word vectors")
    words = vectors(quick)
    say(f"{TASK}: kernels over {len(development.texts):,} titles")
    share = np.eye(_CLASSES, dtype=np.float32)[development.labels]
    kernel = KernelClassifier().fit(development.texts, words.posts(development.docs), share)
    by_kernel = kernel.scores(test.texts, words.posts(test.docs))
    say(f"{TASK}: linear models")
    plain, others = _linear(development, test)
    hits = judge(sum((centred(part) for part in others), centred(by_kernel)), test)
    low, high = mean_interval(hits)
    peer = float(judge(plain, test).mean())
    yield Figure(
        task=TASK,
        metric="accuracy",
        value=float(hits.mean()),
        peer="character SVM",
        peer_value=peer,
        goal=GOAL,
        low=low,
        high=high,
        seconds=perf_counter() - started,
    )
    yield Figure(
        task=TASK, metric="accuracy of the kernels alone", value=float(judge(by_kernel, test).mean())
    )


def _linear(development: Titles, test: Titles) -> tuple[Floats, list[Floats]]:
    """Scores of the plain character SVM; and of an SVM and a naive-Bayes SVM over characters and words.

    S. Wang, C. Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification", ACL 2012.
    """
    usual: Any = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    plain = LinearSVC().fit(usual.fit_transform(development.texts), development.labels)
    by_plain = plain.decision_function(usual.transform(test.texts))
    characters: Any = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 4), sublinear_tf=True, dtype=np.float32
    )
    words: Any = TfidfVectorizer(analyzer=list, sublinear_tf=True, dtype=np.float32)
    known, asked = characters.fit_transform(development.texts), characters.transform(test.texts)
    known = sparse.hstack([known, words.fit_transform(development.docs)]).tocsr()
    asked = sparse.hstack([asked, words.transform(test.docs)]).tocsr()
    both = LinearSVC(C=0.3).fit(known, development.labels).decision_function(asked)
    return by_plain, [both, _naive_bayes_svm(known, development.labels, asked)]


def _naive_bayes_svm(known: Any, labels: NDArray[np.int64], asked: Any) -> Floats:
    known, asked = known.copy(), asked.copy()
    known.data[:], asked.data[:] = 1.0, 1.0
    columns = []
    for label in range(_CLASSES):
        mine = labels == label
        inside, outside = (np.asarray(known[rows].sum(axis=0)).ravel() for rows in (mine, ~mine))
        inside, outside = inside + 1.0 / _CLASSES, outside + 1.0
        ratio = np.log((inside / inside.sum()) / (outside / outside.sum())).astype(np.float32)
        model = LinearSVC(C=0.01).fit(known.multiply(ratio).tocsr(), mine)
        columns.append(model.decision_function(asked.multiply(ratio).tocsr()))
    return np.column_stack(columns).astype(np.float32)
