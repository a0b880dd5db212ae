"""The embedded engine: Tantivy. It is handed only queries that the model has capped, and never text to parse.

Tantivy can end the process on deep nesting, huge limits or its own query syntax, so every number and depth is bounded
before it gets here, and words arrive cut into terms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from tantivy import FieldType, Occur, Query

from audience.engines.base import (
    FACET_FIELDS,
    MAX_LIMIT,
    MAX_OFFSET,
    TERM_FIELD,
    Hit,
    Order,
    PersonDoc,
    Scope,
)
from audience.query.model import (
    MAX_LEVEL,
    Active,
    AudienceQuery,
    Condition,
    Followers,
    Influence,
    Interest,
    Words,
)

# Words are joined by this character and split at it again: the engine's words are exactly the segmenter's.
JOIN = "\u200b"
_WORDS_TOKENIZER = "joined"
_HEAP = 64 << 20
_MAX_BUCKETS = 20_000
# Between the words of two accounts of a person: a word that no segmenter gives, so that no phrase crosses it.
_BREAK = "\ue000"


def schema() -> tantivy.Schema:
    """The index's fields: exact terms for all conditions, fast columns for facets and order."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("uid", indexed=True, fast=True)
    builder.add_bytes_field("row", stored=True)
    for name in ("account", "level", "parent_level", "listable"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in (*FACET_FIELDS, TERM_FIELD):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("influence", "followers", "last_active"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    builder.add_text_field("words", tokenizer_name=_WORDS_TOKENIZER)
    return builder.build()


def write_index(folder: Path, people: Iterable[PersonDoc]) -> int:
    """Write a new index into an empty folder; returns the number of persons. Positions in ``people`` become uids.

    One writer thread and one commit: either all of it is there, or the folder is of no use.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fields = schema()
    index = tantivy.Index(fields, path=str(folder), reuse=False)
    _register(index)
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    written = 0
    try:
        for person in people:
            writer.add_document(tantivy.Document.from_dict(_document(person, written), fields))
            written += 1
        writer.commit()
    except BaseException:
        writer.rollback()
        raise
    finally:
        # The writer's threads hold the folder: they must have ended before anybody removes it.
        writer.wait_merging_threads()
    return written


def _document(person: PersonDoc, uid: int) -> dict[str, Any]:
    document: dict[str, Any] = {
        "uid": uid,
        "row": json.dumps(person.shown(), ensure_ascii=False).encode(),
        "account": person.accounts,
        "listable": ["yes" if person.listable else "no"],
        "level": _level_terms(person.levels),
        "parent_level": _level_terms(person.parent_levels),
        "influence": person.influence,
        "words": [JOIN.join(f" {_BREAK} ".join(person.words).split())],
        **{name: person.values[name] for name in (*FACET_FIELDS, TERM_FIELD)},
    }
    if person.followers is not None:
        document["followers"] = max(0, person.followers)
    if person.last_active is not None:
        document["last_active"] = max(0, person.last_active)
    return document


def _level_terms(levels: dict[str, int]) -> list[str]:
    return [f"{name}>={level}" for name, top in levels.items() for level in range(1, top + 1)]


def _register(index: tantivy.Index) -> None:
    joined = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(f"[^{JOIN}]+")).build()
    index.register_tokenizer(_WORDS_TOKENIZER, joined)


class TantivyEngine:
    """A reader of one written index; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        _register(self._index)
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    @property
    def persons(self) -> int:
        """Everybody in the index."""
        return int(self._searcher.num_docs)

    def count(self, query: AudienceQuery, scope: Scope) -> int:
        """How many persons the query finds."""
        found = self._searcher.search(self._compile(query, scope), limit=1, count=True)
        return int(found.count)  # type: ignore[attr-defined]

    def search(
        self,
        query: AudienceQuery,
        scope: Scope,
        limit: int,
        offset: int = 0,
        order: Order = Order.RELEVANCE,
        listable_only: bool = False,
    ) -> list[Hit]:
        """The found persons from ``offset`` on, at most ``limit`` of them. ValueError beyond bounds.

        One above MAX_LIMIT is let through: it tells whether there is a next page.
        """
        if not (0 < limit <= MAX_LIMIT + 1 and 0 <= offset <= MAX_OFFSET):
            raise ValueError(f"limit is 1 to {MAX_LIMIT:,}, offset at most {MAX_OFFSET:,}")
        compiled = self._compile(query, scope)
        if listable_only:
            compiled = _all([compiled, self._term("listable", "yes")])
        wanted = interests(query) if order is Order.RELEVANCE else []
        if wanted:
            ranked = self._by_levels(compiled, wanted, offset + limit)[offset : offset + limit]
        else:
            found = self._searcher.search(
                compiled,
                limit=limit,
                offset=offset,
                count=False,
                order_by_field="uid",
                order=tantivy.Order.Asc,
            )
            ranked = [(uid, 0, address) for uid, address in found.hits]
        return [Hit(uid, score, self._row(address)) for uid, score, address in ranked]

    def facets(
        self, query: AudienceQuery, scope: Scope, fields: Iterable[str], size: int
    ) -> dict[str, dict[str, int]]:
        """Persons by value, for each field the ``size`` most frequent values."""
        size = min(size, _MAX_BUCKETS)
        asked = {
            name: {"terms": {"field": name, "size": size, "segment_size": _MAX_BUCKETS}} for name in fields
        }
        answer = self._searcher.aggregate(self._compile(query, scope), asked)
        return {
            name: {bucket["key"]: int(bucket["doc_count"]) for bucket in answer[name]["buckets"]}
            for name in asked
        }

    def among(self, query: AudienceQuery, scope: Scope, uids: Sequence[int]) -> list[int]:
        """Which of these persons the query finds."""
        if not uids:
            return []
        these = Query.term_set_query(self._schema, "uid", list(uids))
        both = _all([self._compile(query, scope), these])
        found = self._searcher.search(both, limit=len(uids), count=False, order_by_field="uid")
        return [uid for uid, _ in found.hits]

    def everyone(self, query: AudienceQuery, scope: Scope) -> Iterable[Hit]:
        """Every found person that may be listed, in order of standing, in batches behind the scenes."""
        compiled = _all([self._compile(query, scope), self._term("listable", "yes")])
        total = max(1, self._searcher.num_docs)
        found = self._searcher.search(
            compiled, limit=total, count=False, order_by_field="uid", order=tantivy.Order.Asc
        )
        for uid, address in found.hits:
            yield Hit(uid, 0, self._row(address))

    def _by_levels(self, compiled: Query, wanted: list[Interest], need: int) -> list[tuple[int, int, Any]]:
        """(uid, level sum, address) of the best ``need``. Ties are fetched whole, then put in order of standing."""
        scored = [(Occur.Must, Query.const_score_query(compiled, 0.0))]
        for interest in wanted:
            field = "level" if interest.field == "tag" else "parent_level"
            for level in range(1, MAX_LEVEL + 1):
                term = self._term(field, f"{interest.value}>={level}")
                scored.append((Occur.Should, Query.const_score_query(term, 1.0)))
        query = Query.boolean_query(scored)
        fetch = need + 64
        while True:
            hits = self._searcher.search(query, limit=fetch, count=False).hits
            if len(hits) < fetch or round(hits[-1][0]) < round(hits[need - 1][0]):
                break
            fetch *= 4
        addresses = [address for _, address in hits]
        uids = np.asarray(self._searcher.fast_field_values("uid", addresses), dtype=np.int64).reshape(-1)
        scores = np.asarray([round(score) for score, _ in hits], dtype=np.int64)
        best = np.lexsort((uids, -scores))[:need]
        return [(int(uids[i]), int(scores[i]), addresses[i]) for i in best]

    def _row(self, address: Any) -> dict[str, Any]:
        stored: Any = self._searcher.doc(address).get_first("row")
        row: dict[str, Any] = json.loads(bytes(stored))
        return row

    def _compile(self, query: AudienceQuery, scope: Scope) -> Query:
        compiled = self._group(query, scope)
        if not scope.blocked:
            return compiled
        gone = Query.term_set_query(self._schema, "account", sorted(scope.blocked))
        return Query.boolean_query([(Occur.Must, compiled), (Occur.MustNot, gone)])

    def _group(self, query: AudienceQuery, scope: Scope) -> Query:
        # A boolean query of exclusions alone finds nothing, so everybody is always its first part.
        parts = [(Occur.Must, Query.const_score_query(Query.all_query(), 0.0))]
        parts += [(Occur.Must, self._node(node, scope)) for node in query.all]
        parts += [(Occur.MustNot, self._node(node, scope)) for node in query.none]
        if query.any:
            parts.append((Occur.Must, _any([self._node(node, scope) for node in query.any])))
        return Query.boolean_query(parts)

    def _node(self, node: Condition | AudienceQuery, scope: Scope) -> Query:
        match node:
            case AudienceQuery():
                return self._group(node, scope)
            case Interest():
                return self._interest(node)
            case Words():
                return self._words(scope.cut(node.value), node.phrase)
            case Active():
                since = int((scope.as_of - timedelta(days=node.days)).timestamp())
                return self._range("last_active", max(0, since), None)
            case Influence():
                return self._range("influence", node.min, node.max)
            case Followers():
                return self._range("followers", node.min, node.max)
            case _:
                return self._term(node.field, node.value)

    def _interest(self, node: Interest) -> Query:
        field = "level" if node.field == "tag" else "parent_level"
        at_least = self._term(field, f"{node.value}>={node.min}")
        if node.max >= MAX_LEVEL:
            return at_least
        above = self._term(field, f"{node.value}>={node.max + 1}")
        return Query.boolean_query([(Occur.Must, at_least), (Occur.MustNot, above)])

    def _words(self, words: Sequence[str], phrase: bool) -> Query:
        if not words:
            return Query.empty_query()
        if phrase and len(words) > 1:
            return Query.phrase_query(self._schema, "words", list(words))
        return _all([Query.term_query(self._schema, "words", word) for word in words])

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value, index_option="basic")

    def _range(self, field: str, low: int, high: int | None) -> Query:
        return Query.range_query(self._schema, field, FieldType.Unsigned, low, high)


def interests(query: AudienceQuery) -> list[Interest]:
    """The interests that the query asks for, each once with its whole range; those that it refuses left out."""
    found: dict[tuple[str, str], Interest] = {}

    def walk(group: AudienceQuery, positive: bool) -> None:
        for nodes, sign in ((group.all, positive), (group.any, positive), (group.none, not positive)):
            for node in nodes:
                if isinstance(node, AudienceQuery):
                    walk(node, sign)
                elif isinstance(node, Interest) and sign:
                    found.setdefault((node.field, node.value), node)

    walk(query, True)
    return list(found.values())


def _all(queries: list[Query]) -> Query:
    return (
        queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])
    )


def _any(queries: list[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries], minimum_number_should_match=1)
