"""The embedded engine: Tantivy. It is handed only queries that the model has capped, and never text to parse.

Tantivy can end the process on deep nesting, huge limits or its own query syntax, so every number and depth is bounded
before it gets here, and words arrive cut into terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Query

from audience.engines.base import CELLS, MAX_LIMIT, MAX_OFFSET, After, Hit, Order, Scope, read_row
from audience.engines.tantivy_compile import Compiler, at_least, both, scored, without
from audience.engines.tantivy_index import packed, register, unpacked
from audience.query.asked import interests, words
from audience.query.model import AudienceQuery

_MAX_BUCKETS = 20_000
_PACKED = {Order.LAST_ACTIVE: "by_last_active", Order.FOLLOWERS: "by_followers"}
_ASCENDING = tantivy.Order.Asc

Found = list[tuple[int, float, Any]]


class TantivyEngine:
    """A reader of one written index; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        register(self._index)
        self._compiler = Compiler(self._index.schema)
        self._searcher = self._index.searcher()

    @property
    def persons(self) -> int:
        """Everybody in the index."""
        return int(self._searcher.num_docs)

    def count(self, query: AudienceQuery, scope: Scope) -> int:
        """How many persons the query finds."""
        found = self._searcher.search(self._compiler.query(query, scope), limit=1, count=True)
        return int(found.count)  # type: ignore[attr-defined]

    def search(
        self,
        query: AudienceQuery,
        scope: Scope,
        limit: int,
        after: After | None = None,
        order: Order = Order.RELEVANCE,
        listable_only: bool = False,
    ) -> list[Hit]:
        """The found persons that follow ``after``, at most ``limit`` of them. ValueError beyond bounds.

        One above MAX_LIMIT is let through: it tells whether there is a next page.
        """
        if not 0 < limit <= MAX_LIMIT + 1:
            raise ValueError(f"limit is 1 to {MAX_LIMIT:,}")
        compiled = self._compiler.query(query, scope)
        if listable_only:
            compiled = self._compiler.listable(compiled)
        asked = words(query) if order is Order.RELEVANCE else []
        levels = interests(query) if order in (Order.RELEVANCE, Order.LEVELS) else []
        if asked:
            found = self._by_words(
                scored(compiled, [self._compiler.words(node, scope) for node in asked]), limit, after
            )
        elif levels:
            found = self._by_levels(compiled, self._compiler.steps(levels), limit, after)
        elif order in _PACKED:
            found = self._by_packed(compiled, _PACKED[order], limit, after)
        else:
            found = self._by_standing(compiled, limit, after.uid + 1 if after else 0)
        return [self._hit(order, uid, key, address) for uid, key, address in found]

    def facets(
        self, query: AudienceQuery, scope: Scope, fields: Iterable[str], size: int
    ) -> dict[str, dict[str, int]]:
        """Persons by value, for each field the ``size`` most frequent values."""
        size = min(size, _MAX_BUCKETS)
        asked = {
            name: {"terms": {"field": name, "size": size, "segment_size": _MAX_BUCKETS}} for name in fields
        }
        answer = self._searcher.aggregate(self._compiler.query(query, scope), asked)
        return {
            name: {bucket["key"]: int(bucket["doc_count"]) for bucket in answer[name]["buckets"]}
            for name in asked
        }

    def signature(self, query: AudienceQuery, scope: Scope) -> NDArray[np.int64]:
        """The sum of the found persons' ``mark`` in each of the ``CELLS`` cells."""
        asked = {
            "cells": {"terms": {"field": "cell", "size": CELLS}, "aggs": {"sum": {"sum": {"field": "mark"}}}}
        }
        answer = self._searcher.aggregate(self._compiler.query(query, scope), asked)
        sums = np.zeros(CELLS, dtype=np.int64)
        for bucket in answer["cells"]["buckets"]:
            sums[int(bucket["key"])] = int(bucket["sum"]["value"])
        return sums

    def among(self, query: AudienceQuery, scope: Scope, uids: Sequence[int]) -> list[int]:
        """Which of these persons the query finds."""
        if not uids:
            return []
        these = both(self._compiler.query(query, scope), self._compiler.these(uids))
        found = self._searcher.search(these, limit=len(uids), count=False, order_by_field="uid")
        return [uid for uid, _ in found.hits]

    def everyone(self, query: AudienceQuery, scope: Scope, listable_only: bool = True) -> Iterable[Hit]:
        """Every found person (that may be listed), in order of standing; rows are read one by one."""
        compiled = self._compiler.query(query, scope)
        if listable_only:
            compiled = self._compiler.listable(compiled)
        total = max(1, self._searcher.num_docs)
        for uid, address in self._ascending(compiled, "uid", total):
            yield self._hit(Order.INFLUENCE, uid, 0.0, address)

    def places(self, person_ids: Sequence[str]) -> dict[str, int]:
        """The uid of each of these persons that is in the index."""
        if not person_ids:
            return {}
        found = self._by_standing(self._compiler.accounts(person_ids), len(person_ids), 0)
        hits = [self._hit(Order.INFLUENCE, uid, key, address) for uid, key, address in found]
        wanted = set(person_ids)
        return {hit.row["person_id"]: hit.uid for hit in hits if hit.row["person_id"] in wanted}

    def _by_standing(self, compiled: Query, limit: int, first: int) -> Found:
        if first:
            compiled = both(compiled, self._compiler.number("uid", first))
        return [(uid, 0.0, address) for uid, address in self._ascending(compiled, "uid", limit)]

    def _by_packed(self, compiled: Query, field: str, limit: int, after: After | None) -> Found:
        if after is not None:
            compiled = both(compiled, self._compiler.number(field, packed(int(after.key), after.uid) + 1))
        return [(unpacked(place), 0.0, address) for place, address in self._ascending(compiled, field, limit)]

    def _by_levels(self, compiled: Query, steps: list[Query], limit: int, after: After | None) -> Found:
        """Level sum by level sum, from the highest that anybody has: people of one sum come in order of standing."""
        found: Found = []
        if after is None:
            level, first = self._highest(compiled, steps), 0
        else:
            level, first = int(after.key), after.uid + 1
        while level >= 0 and len(found) < limit:
            same = both(compiled, at_least(level, steps)) if level else compiled
            if level < len(steps):
                same = without(same, at_least(level + 1, steps))
            people = self._by_standing(same, limit - len(found), first)
            found += [(uid, float(level), address) for uid, _, address in people]
            if len(found) < limit:
                lower = without(compiled, at_least(level, steps)) if level else None
                level, first = (self._highest(lower, steps) if lower else -1), 0
        return found

    def _highest(self, compiled: Query, steps: list[Query]) -> int:
        """The highest level sum of anybody found; -1 where nobody is."""
        each = [Query.const_score_query(step, 1.0) for step in steps]
        best = self._searcher.search(scored(compiled, each), limit=1, count=False).hits
        return round(best[0][0]) if best else -1

    def _by_words(self, compiled: Query, limit: int, after: After | None) -> Found:
        """By score. Ties are fetched whole, then put in order of standing."""
        first = after.seen if after else 0
        if first > MAX_OFFSET:
            raise ValueError(f"relevance is paged up to {MAX_OFFSET:,}")
        need = first + limit
        fetch = need + 64
        while True:
            hits = self._searcher.search(compiled, limit=fetch, count=False).hits
            if len(hits) < fetch or hits[-1][0] < hits[need - 1][0]:
                break
            fetch *= 4
        addresses = [address for _, address in hits]
        uids = np.asarray(self._searcher.fast_field_values("uid", addresses), dtype=np.int64).reshape(-1)
        scores = np.asarray([score for score, _ in hits])
        best = np.lexsort((uids, -scores))[first:need]
        return [(int(uids[i]), float(scores[i]), addresses[i]) for i in best]

    def _ascending(self, compiled: Query, field: str, limit: int) -> list[tuple[int, Any]]:
        found = self._searcher.search(
            compiled, limit=limit, count=False, order_by_field=field, order=_ASCENDING
        )
        return list(found.hits)

    def _hit(self, order: Order, uid: int, key: float, address: Any) -> Hit:
        stored: Any = self._searcher.doc(address).get_first("row")
        row = read_row(bytes(stored))
        if order in (Order.INFLUENCE, Order.LAST_ACTIVE, Order.FOLLOWERS):
            key = -1 if row[order.value] is None else row[order.value]
        return Hit(uid, key, row)
