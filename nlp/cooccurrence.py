"""Which words share texts: counts, affinity and coherence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]


class Pairs:
    """How many of `docs` texts hold each word (`single`) and each two words (`both`, symmetric)."""

    def __init__(self, both: sparse.csr_array, single: Floats, docs: int) -> None:
        self.both = both
        self.single = single
        self.docs = docs


def cooccurrences(counts: sparse.csr_array) -> Pairs:
    """Count shared texts of all word pairs, from texts x words."""
    present = sparse.csr_array(
        (np.ones(counts.nnz, np.float32), counts.indices, counts.indptr), shape=counts.shape
    )
    both = sparse.csr_array(present.T @ present)
    both.sort_indices()
    return Pairs(both, np.asarray(present.sum(axis=0), dtype=np.float64).ravel(), counts.shape[0])


def word_affinity(pairs: Pairs, least: int) -> sparse.csr_array:
    """Weigh word pairs that meet more often than by chance: NPMI x log(1 + shared texts), float32.

    Pairs that share fewer than `least` texts are left out.
    """
    coo = pairs.both.tocoo()
    used = (coo.row != coo.col) & (coo.data >= least) & (coo.data < pairs.docs)
    row, col, shared = coo.row[used], coo.col[used], coo.data[used].astype(np.float64)
    npmi = _npmi(shared, pairs.single[row], pairs.single[col], pairs.docs)
    together = npmi > 0
    values = (npmi * np.log1p(shared))[together].astype(np.float32)
    return sparse.csr_array((values, (row[together], col[together])), shape=pairs.both.shape)


def npmi_of(groups: Sequence[npt.NDArray[np.int64]], pairs: Pairs) -> Floats:
    """Coherence of groups of words: mean NPMI over their pairs, -1 for a pair that never meets.

    G. Bouma, "Normalized (Pointwise) Mutual Information in Collocation Extraction", 2009; as a measure of
    topics J. Lau, D. Newman, T. Baldwin, "Machine Reading Tea Leaves", 2014. Counted over whole texts.
    """
    scores = np.zeros(len(groups))
    for number, group in enumerate(groups):
        if len(group) < 2:
            continue
        first, second = np.triu_indices(len(group), 1)
        shared = pairs.both[group][:, group].toarray()[first, second].astype(np.float64)
        values = np.full(len(shared), -1.0)
        met = shared > 0
        a, b = pairs.single[group[first]], pairs.single[group[second]]
        values[met] = _npmi(shared[met], a[met], b[met], pairs.docs)
        scores[number] = values.mean()
    return scores


def _npmi(shared: Floats, a: Floats, b: Floats, docs: int) -> Floats:
    information = -np.log(shared / docs)
    certain = information <= 0
    value = np.log(shared * docs / (a * b)) / np.where(certain, 1.0, information)
    return np.where(certain, 1.0, value)
