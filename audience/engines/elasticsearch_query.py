"""The query model as Elasticsearch's query DSL: filters on plain terms, nothing scored unless the order asks for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from audience.engines.base import LEVEL_FIELDS, Scope, level_term
from audience.errors import BadQueryError
from audience.query.model import (
    MAX_LEVEL,
    Active,
    AudienceQuery,
    Brand,
    Condition,
    Followers,
    Influence,
    Interest,
    Posted,
    Words,
)
from lake.counted import counted_term

Clause = dict[str, Any]

_NOBODY: Clause = {"match_none": {}}
# ``index.max_terms_count`` of an index that nobody changed.
MAX_TERMS = 65_536
# ``indices.query.bool.max_nested_depth`` is 30 and belongs to the node; what stands around a query takes some.
MAX_DEPTH = 26


def compiled(query: AudienceQuery, scope: Scope) -> Clause:
    """The whole query with those left out who are blocked. Raises BadQueryError where it is nested too deep."""
    clause = _group(query, scope, 1)
    if not scope.blocked:
        return clause
    return {"bool": {"filter": [clause], "must_not": terms("account", scope.blocked)}}


def both(*clauses: Clause) -> Clause:
    """Those who meet every clause."""
    return clauses[0] if len(clauses) == 1 else {"bool": {"filter": list(clauses)}}


def terms(field: str, values: Collection[Any]) -> list[Clause]:
    """Any of these values: as many clauses as the server's limit on one asks for."""
    ordered = sorted(values)
    parts = [ordered[start : start + MAX_TERMS] for start in range(0, len(ordered), MAX_TERMS)]
    return [{"terms": {field: part}} for part in parts]


def steps(interests: Sequence[tuple[str, str]]) -> list[Clause]:
    """A clause a level of each interest, each worth 1: a person's score is the sum of the levels."""
    return [
        {"constant_score": {"filter": _term(LEVEL_FIELDS[field], level_term(value, level)), "boost": 1.0}}
        for field, value in interests
        for level in range(1, MAX_LEVEL + 1)
    ]


def words(node: Words, scope: Scope) -> Clause:
    """People with these words in recent posts; scored, where it is not a filter."""
    found = list(scope.cut(node.value))
    if not found:
        return _NOBODY
    if node.phrase and len(found) > 1:
        return {"match_phrase": {"words": {"query": " ".join(found), "analyzer": "whitespace"}}}
    return {"bool": {"must": [_term("words", word) for word in found]}}


def _group(query: AudienceQuery, scope: Scope, depth: int) -> Clause:
    if depth > MAX_DEPTH:
        raise BadQueryError(
            f"Elasticsearch takes no query nested deeper than {MAX_DEPTH} levels",
            "write it with fewer brackets",
        )
    parts: dict[str, Any] = {}
    if query.all:
        parts["filter"] = [_node(node, scope, depth) for node in query.all]
    if query.none:
        parts["must_not"] = [_node(node, scope, depth) for node in query.none]
    if query.any:
        parts["should"] = [_node(node, scope, depth) for node in query.any]
        parts["minimum_should_match"] = 1
    return {"bool": parts} if parts else {"match_all": {}}


def _node(node: Condition | AudienceQuery, scope: Scope, depth: int) -> Clause:
    match node:
        case AudienceQuery():
            return _group(node, scope, depth + 1)
        case Interest():
            return _interest(node)
        case Words():
            return words(node, scope)
        case Posted():
            return _term("counted", counted_term(node.value, node.days, node.min))
        case Brand(mood=str()):
            return _term("mood", f"{node.value}{node.mood}")
        case Active():
            since = int((scope.as_of - timedelta(days=node.days)).timestamp())
            return _range("last_active", max(0, since), None)
        case Influence() | Followers():
            return _range(node.field, node.min, node.max)
        case _:
            return _term(node.field, node.value)


def _interest(node: Interest) -> Clause:
    field = LEVEL_FIELDS[node.field]
    at_least = _term(field, level_term(node.value, node.min))
    if node.max >= MAX_LEVEL:
        return at_least
    return {"bool": {"filter": [at_least], "must_not": [_term(field, level_term(node.value, node.max + 1))]}}


def _term(field: str, value: Any) -> Clause:
    return {"term": {field: {"value": value}}}


def _range(field: str, low: int, high: int | None) -> Clause:
    return {"range": {field: {"gte": low} if high is None else {"gte": low, "lte": high}}}
