"""Elasticsearch's people in the order of their likeness to a vector.

By default the order is worked out here, exactly, from the vectors beside the index, and the server is asked who of the
most alike are found. As an option its own approximate search (kNN) names the first page.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import numpy as np

from audience.engines.base import After, Hit, read_row
from audience.engines.elasticsearch_link import Link
from audience.engines.elasticsearch_query import MAX_TERMS, Clause, both, terms
from audience.engines.vectors import Places, Vector, Vectors, unpacked
from audience.errors import NotMinedError
from privacy.errors import ConflictError

# Of no more people than these all are fetched; of more, those are looked up who come first.
_FEW = 10_000
# Lookups: so many times as many as hold a page where those found stand evenly, then so many times more.
_AT_FIRST, _MORE = 2, 8
# The more candidates, the fewer of the most alike are missed.
_CANDIDATES, _CANDIDATES_A_HIT = 1_000, 5


class Likeness:
    """Asks one index; another one's people stand elsewhere, so no alias takes over here."""

    def __init__(self, link: Link, index: str, vectors: Vectors) -> None:
        self._link, self._index, self._vectors = link, index, vectors

    def search(self, clause: Clause, like: Vector, limit: int, after: After | None) -> list[Hit]:
        """The most alike of those whom the clause finds, from after a person on. Raises ConflictError if the index is gone."""
        if after is None and self._link.settings.knn:
            nearest = self._nearest(clause, like, limit)
            if len(nearest) == limit:
                return nearest
        places = unpacked(self._places(clause, like, limit, after.uid if after else None))
        these = both(clause, *terms("uid", [uid for uid, _ in places]))
        rows = {uid: hit for hit in self._hits(these, len(places)) for uid in hit["sort"]} if places else {}
        return [_hit(uid, key, rows[uid]) for uid, key in places]

    def _places(self, clause: Clause, like: Vector, limit: int, after: int | None) -> Places:
        client, vectors = self._link.client, self._vectors
        found = self._ask(client.count(index=self._index, query=clause))["count"]
        if found <= _FEW:
            return vectors.first(like, self._found(clause, found), limit, after)
        everybody = vectors.first(like, np.arange(len(vectors)), len(vectors), after)
        chosen, start, step = [np.zeros(0, np.int64)], 0, 1 + _AT_FIRST * limit * len(vectors) // found
        while start < len(everybody) and sum(map(len, chosen)) < limit:
            part = everybody[start : start + min(step, MAX_TERMS)]
            uids = [uid for uid, _ in unpacked(part)]
            met = self._found(both(clause, *terms("uid", uids)), len(part))
            chosen.append(part[np.isin(uids, met)])
            start, step = start + len(part), step * _MORE
        return np.concatenate(chosen)[:limit]

    def _found(self, clause: Clause, most: int) -> Places:
        """Those whom a clause finds, in order of standing."""
        hits = self._hits(clause, most, source=False) if most else ()
        return np.array([hit["sort"][0] for hit in hits], np.int64)

    def _nearest(self, clause: Clause, like: Vector, limit: int) -> list[Hit]:
        """The approximate search's people, in their exact order."""
        knn = {
            "field": "vector",
            "query_vector": like.tolist(),
            "k": limit,
            "num_candidates": max(_CANDIDATES, _CANDIDATES_A_HIT * limit),
            "filter": clause,
        }
        client = self._link.client
        answer = self._ask(client.search(index=self._index, knn=knn, size=limit, track_total_hits=False))
        hits = {int(hit["_id"]): hit for hit in answer["hits"]["hits"]}
        places = self._vectors.first(like, np.array(sorted(hits), np.int64), limit)
        return [_hit(uid, key, hits[uid]) for uid, key in unpacked(places)]

    def _hits(self, clause: Clause, most: int, source: bool | None = None) -> Sequence[Mapping[str, Any]]:
        """What a clause finds, in order of standing, at most so many."""
        answer = self._ask(
            self._link.client.search(
                index=self._index,
                query=clause,
                sort=[{"uid": "asc"}],
                size=most,
                source=source,
                track_total_hits=False,
            )
        )
        hits: Sequence[Mapping[str, Any]] = answer["hits"]["hits"]
        return hits

    def _ask(self, request: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self._link.call(request)
        except NotMinedError as error:
            raise ConflictError("the index was built anew meanwhile", "ask again") from error


def _hit(uid: int, key: float, hit: Mapping[str, Any]) -> Hit:
    return Hit(uid, key, read_row(hit["_source"]["row"]))
