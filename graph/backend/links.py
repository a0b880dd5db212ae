"""How alike two nodes are by whom they know: Jaccard, Adamic and Adar, resource allocation, attachment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
from scipy import sparse

from graph.backend.naming import Node, number_of
from graph.csr import CsrGraph
from graph.rows import Floats, Ints, Rows

Pairs = Iterable[tuple[Node, Node]]
Scored = Iterator[tuple[Node, Node, float]]
Score = Callable[[Ints, Ints], npt.NDArray[np.number]]

# Pairs scored at once.
CHUNK = 50_000


def jaccard_coefficient(G: CsrGraph, ebunch: Pairs | None = None) -> Scored:
    """Neighbours in common by neighbours of either; of pairs that are not joined where none are given."""
    whole, others = G.incoming.matrix(), G.neighbours.matrix()

    def score(left: Ints, right: Ints) -> Floats:
        # NetworkX counts the two nodes themselves, where they have loops, among either's neighbours alone.
        union = G.incoming.lengths[left] + G.incoming.lengths[right] - _common(whole, left, right)
        common = _common(others, left, right)
        return np.divide(common, union, out=np.zeros(len(common)), where=union > 0)

    return _scored(G, ebunch, score)


def adamic_adar_index(G: CsrGraph, ebunch: Pairs | None = None) -> Scored:
    """Neighbours in common, one by the logarithm of its own degree each.

    L. Adamic and E. Adar, "Friends and neighbors on the web", Social Networks 25, 2003.
    """
    return _scored(G, ebunch, _weighing(G, lambda degrees: 1.0 / np.log(degrees)))


def resource_allocation_index(G: CsrGraph, ebunch: Pairs | None = None) -> Scored:
    """Neighbours in common, one by its own degree each."""
    return _scored(G, ebunch, _weighing(G, lambda degrees: 1.0 / degrees))


def preferential_attachment(G: CsrGraph, ebunch: Pairs | None = None) -> Scored:
    """The product of the two degrees."""
    degrees = G.degrees()
    return _scored(G, ebunch, lambda left, right: degrees[left] * degrees[right])


def _weighing(G: CsrGraph, weigh: Callable[[Floats], Floats]) -> Score:
    """Score pairs by the sum of what each common neighbour's degree is worth."""
    matrix: sparse.csr_array = G.neighbours.matrix()
    with np.errstate(divide="ignore"):
        worth = weigh(G.degrees().astype(np.float64))

    def score(left: Ints, right: Ints) -> Floats:
        shared = matrix[left].multiply(matrix[right]).tocsr()
        found: Floats = shared @ np.where(np.isfinite(worth), worth, 0.0)
        if np.isinf(worth[shared.indices]).any():
            raise ZeroDivisionError("float division by zero")
        return found

    return score


def _common(matrix: sparse.csr_array, left: Ints, right: Ints) -> Floats:
    return np.asarray(matrix[left].multiply(matrix[right]).sum(axis=1)).ravel()


def _scored(G: CsrGraph, ebunch: Pairs | None, score: Score) -> Scored:
    if ebunch is None:
        return _chunked(G, _apart(G), score)
    pairs = list(ebunch)
    for node in {node for pair in pairs for node in pair}:
        number_of(G, node, "Node {} not in G.")
    return _chunked(G, iter(pairs), score)


def _chunked(G: CsrGraph, pairs: Iterator[tuple[Node, Node]], score: Score) -> Scored:
    while chunk := list(islice(pairs, CHUNK)):
        left, right = (G.numbers(pair[end] for pair in chunk) for end in (0, 1))
        for (u, v), value in zip(chunk, score(left, right).tolist(), strict=True):
            yield u, v, value


def _apart(G: CsrGraph) -> Iterator[tuple[Node, Node]]:
    """Pairs of nodes that are not joined."""
    rows: Rows = G.incoming
    for number, node in enumerate(G.labels):
        joined = set(rows.of(np.array([number])).tolist())
        for other in range(number + 1, len(G)):
            if other not in joined:
                yield node, G.labels[other]
