"""The engine of those who outgrow one machine: Elasticsearch 9, exact like the embedded one.

Everything is asked of one named index, so that counts, facets and members of an answer agree; where a newer build has
removed it meanwhile, the alias takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from elasticsearch import ApiError, NotFoundError
from numpy.typing import NDArray

from audience.engines.base import CELLS, MAX_LIMIT, MAX_OFFSET, After, Hit, Order, Scope, owned, read_row
from audience.engines.elasticsearch_likeness import Likeness
from audience.engines.elasticsearch_link import Link
from audience.engines.elasticsearch_query import Clause, both, compiled, steps, terms
from audience.engines.elasticsearch_query import words as fitting
from audience.engines.vectors import Vector, Vectors
from audience.query.asked import interests, words
from audience.query.model import AudienceQuery

_LISTABLE: Clause = {"term": {"listable": True}}
_BY_UID: Mapping[str, Any] = {"uid": "asc"}
_BY_SCORE: Mapping[str, Any] = {"_score": "desc"}
_BY_NUMBER = {
    order: ({order.value: {"order": "desc", "missing": -1}},)
    for order in (Order.LAST_ACTIVE, Order.FOLLOWERS)
}
_MAX_BUCKETS = 20_000
_PAGE = 5_000
_KEEP_ALIVE = "2m"
_T = TypeVar("_T")


class ElasticsearchEngine:
    """A reader of one index; safe to share between threads."""

    def __init__(self, link: Link, index: str, alias: str, vectors: Vectors) -> None:
        self._link = link
        self._index = index
        self._alias = alias
        self.vectors = vectors
        self._likeness = Likeness(link, index, vectors)
        self._persons = self._count({"match_all": {}})

    @property
    def persons(self) -> int:
        """Everybody in the index."""
        return self._persons

    def count(self, query: AudienceQuery, scope: Scope) -> int:
        """How many persons the query finds."""
        return self._count(compiled(query, scope))

    def search(
        self,
        query: AudienceQuery,
        scope: Scope,
        limit: int,
        after: After | None = None,
        order: Order = Order.RELEVANCE,
        listable_only: bool = False,
        like: Vector | None = None,
    ) -> list[Hit]:
        """The found persons that follow ``after``, at most ``limit`` of them. ValueError beyond bounds.

        One above MAX_LIMIT is let through: it tells whether there is a next page.
        """
        if not 0 < limit <= MAX_LIMIT + 1:
            raise ValueError(f"limit is 1 to {MAX_LIMIT:,}")
        found = compiled(query, scope)
        if listable_only:
            found = both(found, _LISTABLE)
        if like is not None:
            return self._likeness.search(found, like, limit, after)
        asked = words(query) if order is Order.RELEVANCE else []
        scored = [fitting(node, scope) for node in asked]
        if not scored and order in (Order.RELEVANCE, Order.LEVELS):
            scored = steps(interests(query))
        sort = [_BY_SCORE, _BY_UID] if scored else [*_BY_NUMBER.get(order, ()), _BY_UID]
        answer = self._ask(
            lambda client, index: client.search(
                index=index,
                query={"bool": {"filter": [found], "should": scored, "minimum_should_match": 0}},
                sort=sort,
                size=limit,
                track_total_hits=False,
                **_from(after, len(sort), bool(asked)),
            )
        )
        return [_hit(hit, order) for hit in answer["hits"]["hits"]]

    def facets(
        self, query: AudienceQuery, scope: Scope, fields: Iterable[str], size: int
    ) -> dict[str, dict[str, int]]:
        """Persons by value, for each field the ``size`` most frequent values."""
        size = min(size, _MAX_BUCKETS)
        clause, names = compiled(query, scope), list(fields)
        try:
            return self._facets(clause, names, size)
        except _TooManyBucketsError:
            # The server caps the buckets of one answer: a field at a time has fewer than that.
            return {name: self._facets(clause, [name], size)[name] for name in names}

    def signature(self, query: AudienceQuery, scope: Scope, cells: int = CELLS) -> NDArray[np.int64]:
        """The sum of the found persons' ``mark`` in each cell, or in ``cells`` neighbourhoods of cells."""
        clause = compiled(query, scope)
        marks = {"terms": {"field": "cell", "size": CELLS}, "aggs": {"sum": {"sum": {"field": "mark"}}}}
        answer = self._ask(
            lambda client, index: client.search(
                index=index, query=clause, size=0, aggs={"cells": marks}, track_total_hits=False
            )
        )
        sums = np.zeros(CELLS, dtype=np.int64)
        for bucket in answer["aggregations"]["cells"]["buckets"]:
            sums[bucket["key"]] = int(bucket["sum"]["value"])
        return np.add.reduceat(sums, np.arange(0, CELLS, CELLS // cells))

    def among(self, query: AudienceQuery, scope: Scope, uids: Sequence[int]) -> list[int]:
        """Which of these persons the query finds."""
        if not uids:
            return []
        clause = both(compiled(query, scope), *terms("uid", uids))
        answer = self._ask(
            lambda client, index: client.search(
                index=index,
                query=both(clause),
                sort=[_BY_UID],
                size=len(uids),
                source=False,
                track_total_hits=False,
            )
        )
        return [hit["sort"][0] for hit in answer["hits"]["hits"]]

    def uids(self, query: AudienceQuery, scope: Scope, listable_only: bool = True) -> NDArray[np.int64]:
        """Every found person (that may be listed), in order of standing."""
        hits = self._everyone(query, scope, listable_only, source=False)
        return np.fromiter((hit["sort"][0] for hit in hits), np.int64)

    def owners(self, accounts: Sequence[str]) -> dict[str, int]:
        """The uid of the person to whom each of these accounts belongs, of those that are in the index."""
        found: dict[str, int] = {}
        for start in range(0, len(accounts), _PAGE):
            batch = accounts[start : start + _PAGE]
            found |= owned(batch, map(_hit, self._held(batch)))
        return found

    def places(self, person_ids: Sequence[str]) -> dict[str, int]:
        """The uid of each of these persons that is in the index."""
        found: dict[str, int] = {}
        for start in range(0, len(person_ids), _PAGE):
            batch = person_ids[start : start + _PAGE]
            hits = map(_hit, self._held(batch))
            found |= {hit.row["person_id"]: hit.uid for hit in hits if hit.row["person_id"] in batch}
        return found

    def _held(self, accounts: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """The persons of at most a page of accounts."""
        answer = self._ask(
            lambda client, index: client.search(
                index=index,
                query=both(*terms("account", accounts)),
                sort=[_BY_UID],
                size=_PAGE,
                track_total_hits=False,
            )
        )
        hits: Sequence[Mapping[str, Any]] = answer["hits"]["hits"]
        return hits

    def everyone(self, query: AudienceQuery, scope: Scope, listable_only: bool = True) -> Iterator[Hit]:
        """Every found person (that may be listed), in order of standing."""
        return map(_hit, self._everyone(query, scope, listable_only))

    def texts(self, query: AudienceQuery, scope: Scope) -> Iterator[bytes]:
        """The stored rows of every found person that may be listed, in order of standing, as the JSON that they are."""
        return (hit["_source"]["row"].encode() for hit in self._everyone(query, scope, True))

    def _everyone(
        self, query: AudienceQuery, scope: Scope, listable_only: bool, source: bool | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The hits as they come: one point in time, page after page."""
        clause = both(compiled(query, scope), *([_LISTABLE] if listable_only else []))
        opened = self._ask(
            lambda client, index: client.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)
        )
        client, point = self._link.client, opened["id"]

        def page(after: list[Any] | None) -> Coroutine[Any, Any, Any]:
            return client.search(
                pit={"id": point, "keep_alive": _KEEP_ALIVE},
                query=clause,
                sort=[_BY_UID],
                size=_PAGE,
                search_after=after,
                source=source,
                track_total_hits=False,
            )

        begun = self._link.ask(page(None))
        try:
            while hits := self._link.wait(begun)["hits"]["hits"]:
                begun = self._link.ask(page(hits[-1]["sort"]))
                yield from hits
        finally:
            begun.cancel()
            self._link.leave(client.close_point_in_time(id=point))

    def _facets(self, clause: Clause, names: list[str], size: int) -> dict[str, dict[str, int]]:
        asked = {name: {"terms": {"field": name, "size": size}} for name in names}
        answer = self._ask(
            lambda client, index: client.search(
                index=index, query=clause, size=0, aggs=asked, track_total_hits=False, request_cache=False
            )
        )
        return {
            name: self._walked(clause, name, size)
            if found["doc_count_error_upper_bound"]
            else {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
            for name, found in answer["aggregations"].items()
        }

    def _walked(self, clause: Clause, name: str, size: int) -> dict[str, int]:
        """A field's values counted exactly although shards left some out: all of them, page after page."""
        counts: dict[str, int] = {}
        after: dict[str, Any] = {}
        while True:
            pages = {"size": _MAX_BUCKETS, "sources": [{name: {"terms": {"field": name}}}], **after}
            answer = self._ask(
                lambda client, index, pages=pages: client.search(
                    index=index,
                    query=clause,
                    size=0,
                    aggs={name: {"composite": pages}},
                    track_total_hits=False,
                )
            )["aggregations"][name]
            counts.update((bucket["key"][name], bucket["doc_count"]) for bucket in answer["buckets"])
            if "after_key" not in answer:
                break
            after = {"after": answer["after_key"]}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:size])

    def _count(self, clause: Clause) -> int:
        return int(self._ask(lambda client, index: client.count(index=index, query=clause))["count"])

    def _ask(self, request: Callable[..., Coroutine[Any, Any, Any]]) -> Any:
        async def asked() -> Any:
            client = self._link.client
            try:
                return await request(client, self._index)
            except NotFoundError:
                return await request(client, self._alias)
            except ApiError as error:
                if "too_many_buckets" in str(error.body):
                    raise _TooManyBucketsError from error
                raise

        return self._link.call(asked())


class _TooManyBucketsError(Exception):
    """More buckets in one answer than ``search.max_buckets``."""


def _from(after: After | None, keys: int, by_words: bool) -> dict[str, Any]:
    """Where a page begins: after its keys, but for relevance to words, which is paged by offset."""
    if after is None:
        return {}
    if not by_words:
        return {"search_after": [after.key, after.uid][-keys:]}
    if after.seen > MAX_OFFSET:
        raise ValueError(f"relevance is paged up to {MAX_OFFSET:,}")
    return {"from_": after.seen}


def _hit(hit: Mapping[str, Any], order: Order = Order.INFLUENCE) -> Hit:
    row, keys = read_row(hit["_source"]["row"]), hit["sort"]
    standing = -1 if row["influence"] is None else row["influence"]
    key = standing if order is Order.INFLUENCE else keys[0] if len(keys) > 1 else 0.0
    return Hit(uid=keys[-1], key=key, row=row)
