"""Members of an audience as they are shown: what is known of each, which conditions each meets, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from audience.engines.base import Hit, Order, Scope
from audience.engines.vectors import cosine
from audience.index.opened import OpenIndex
from audience.query.asked import positive
from audience.query.by_name import by_name
from audience.query.conditions import condition_text
from audience.query.model import AudienceQuery
from audience.query.text import to_text
from audience.search.evidence import Evidenced, evidence_of
from audience.search.facts import facts_of

# A member row explains at most so many of the query's conditions: each costs one look into the index.
_WHY = 40
_TAGS = 10


def members_of(
    index: OpenIndex, query: AudienceQuery, scope: Scope, hits: list[Hit], order: Order
) -> list[dict[str, Any]]:
    """Found persons as ``answers.Member`` has them; ``query`` is the resolved one that found them, in this order."""
    if not hits:
        return []
    reasons = _why(index, query, scope, hits)
    evidence = evidence_of(index, query, scope, [hit.row for hit in hits])
    return [
        _member(hit.row, reasons[hit.uid], evidence, cosine(hit.key) if order is Order.LOOKALIKE else None)
        for hit in hits
    ]


def _member(
    row: Mapping[str, Any], why: list[str], evidence: Evidenced, similarity: float | None
) -> dict[str, Any]:
    last_active = row["last_active"]
    return {
        "person_id": row["person_id"],
        "account_id": row["accounts"][0],
        "accounts": row["accounts"],
        "name": row["name"],
        "sources": row["sources"],
        "regions": row["regions"],
        "activity": row["activity"],
        "customer": row["customer"],
        "facts": facts_of(row),
        "influence": row["influence"],
        "followers": row["followers"],
        "last_active_at": None if last_active is None else datetime.fromtimestamp(last_active, UTC),
        "tags": [{"tag": tag, "level": level} for tag, level in islice(row["levels"].items(), _TAGS)],
        "similarity": None if similarity is None else round(similarity, 2),
        "why": why,
        "evidence": evidence.get(row["person_id"], []),
    }


def _why(index: OpenIndex, query: AudienceQuery, scope: Scope, hits: list[Hit]) -> dict[int, list[str]]:
    """For each hit the conditions that it meets, as text; of those refused, that it does not have them."""
    found: dict[int, list[str]] = {hit.uid: [] for hit in hits}
    everybody = list(found)
    for condition in positive(query)[:_WHY]:
        text = condition_text(by_name(condition, index.names))
        meet = everybody
        if condition not in query.all:  # what all must meet need not be looked up
            meet = index.engine.among(AudienceQuery(all=(condition,)), scope, everybody)
        for uid in meet:
            found[uid].append(text)
    refused = [
        to_text(AudienceQuery(none=(node,)).map(lambda condition: by_name(condition, index.names)))
        for node in query.none[:_WHY]
    ]
    return {uid: [*met, *refused] for uid, met in found.items()}
