"""Members of an audience as they are shown: what is known of each, which conditions each meets, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from audience.engines.base import Hit, Scope
from audience.index.opened import OpenIndex
from audience.query.asked import positive
from audience.query.model import AudienceQuery
from audience.query.text import to_text
from audience.search.answers import Member, MemberTag
from audience.search.evidence import Evidenced, evidence_of
from audience.search.facts import facts_of

# A member row explains at most so many of the query's conditions: each costs one look into the index.
_WHY = 40


def members_of(index: OpenIndex, query: AudienceQuery, scope: Scope, hits: list[Hit]) -> list[Member]:
    """Member rows of found persons; ``query`` is the resolved one that found them."""
    reasons = _why(index, query, scope, hits)
    evidence = evidence_of(index, query, scope, [hit.row for hit in hits])
    return [_member(hit.row, reasons[hit.uid], evidence) for hit in hits]


def _member(row: Mapping[str, Any], why: list[str], evidence: Evidenced) -> Member:
    last_active = row["last_active"]
    return Member(
        person_id=row["person_id"],
        account_id=row["accounts"][0],
        accounts=row["accounts"],
        name=row["name"],
        sources=row["sources"],
        regions=row["regions"],
        activity=row["activity"],
        customer=row["customer"],
        facts=facts_of(row),
        influence=row["influence"],
        followers=row["followers"],
        last_active_at=None if last_active is None else datetime.fromtimestamp(last_active, UTC),
        tags=[MemberTag(tag=tag, level=level) for tag, level in list(row["levels"].items())[:10]],
        why=why,
        evidence=evidence.get(row["person_id"], []),
    )


def _why(index: OpenIndex, query: AudienceQuery, scope: Scope, hits: list[Hit]) -> dict[int, list[str]]:
    """For each hit the conditions that it meets, as text; of those refused, that it does not have them."""
    found: dict[int, list[str]] = {hit.uid: [] for hit in hits}
    if not hits:
        return found
    for condition in positive(query)[:_WHY]:
        text = to_text(AudienceQuery(all=(condition,)))
        for uid in index.engine.among(AudienceQuery(all=(condition,)), scope, list(found)):
            found[uid].append(text)
    refused = [to_text(AudienceQuery(none=(node,))) for node in query.none[:_WHY]]
    return {uid: [*met, *refused] for uid, met in found.items()}
