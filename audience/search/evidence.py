"""Why members are in an audience: at most three posts or edges each, as short redacted excerpts with marks.

Only searchable posts are ever shown, and none that names a sensitive matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeAlias

from audience.engines.base import Scope
from audience.index.opened import OpenIndex
from audience.query.asked import positive
from audience.query.by_name import by_name
from audience.query.conditions import condition_text
from audience.query.model import AudienceQuery
from audience.search.excerpts import excerpt
from audience.search.grounds import MOST, Ground, Grounds
from privacy.sensitive import sensitive_matter

# A query may have hundreds of conditions; a member shows three grounds.
_CONDITIONS = 12

# Person id to what ``answers.Evidence`` has.
Evidenced: TypeAlias = dict[str, list[dict[str, Any]]]
_Why: TypeAlias = tuple[str, Ground]


def evidence_of(
    index: OpenIndex, query: AudienceQuery, scope: Scope, rows: Sequence[Mapping[str, Any]]
) -> Evidenced:
    """Person id to evidence: a ground of each condition in turn, up to three; of the strongest interests where the
    query asks for nothing that posts or edges show."""
    grounds = Grounds(index, scope, rows)
    by_condition = [
        (condition_text(by_name(condition, index.names)), grounds.of(condition))
        for condition in positive(query)[:_CONDITIONS]
    ]
    if not any(found for _, found in by_condition):
        by_condition = [("", grounds.strongest())]
    chosen = {row["person_id"]: _chosen(row["person_id"], by_condition) for row in rows}
    posts = grounds.posts({g.post_id for mine in chosen.values() for _, g in mine if g.post_id})
    return {
        person: [item for why, ground in mine if (item := _evidence(why, ground, posts)) is not None][:MOST]
        for person, mine in chosen.items()
    }


def _chosen(person: str, by_condition: Sequence[tuple[str, Mapping[str, Sequence[Ground]]]]) -> list[_Why]:
    """One ground of each condition in turn, no post twice; twice as many as are shown, since some posts may not be."""
    mine = [[(why, ground) for ground in found[person]] for why, found in by_condition if found.get(person)]
    turns = zip_longest(*mine)
    chosen: dict[tuple[str | None, ...], _Why] = {}
    for turn in turns:
        for entry in turn:
            if entry is not None:
                ground = entry[1]
                post = ground.post_id
                chosen.setdefault((post,) if post else (ground.relation, ground.about), entry)
    return list(chosen.values())[: 2 * MOST]


def _evidence(why: str, ground: Ground, posts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    post = posts.get(ground.post_id) if ground.post_id else None
    if post is not None and sensitive_matter(post["text"] or "") is not None:
        post = None
    if post is None and ground.relation is None:
        return None
    text = post["text"] or "" if post else ""
    shown = excerpt(text, ground.words, ground.patterns)
    if not shown.marks:
        shown = excerpt(text, ground.grown)
    return {
        "why": why,
        "kind": "edge" if ground.relation else "post",
        "about": ground.about,
        "relation": ground.relation,
        "post_id": ground.post_id if post else None,
        "at": post["created_at"] if post else ground.at,
        "excerpt": shown.text,
        "marks": shown.marks,
        "html": shown.as_html,
    }
