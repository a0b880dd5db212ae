"""The posts behind members' tags, as short redacted excerpts. Only searchable posts are ever shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl

from audience.answers import Evidence
from audience.opened import OpenIndex
from audience.query.asked import interests
from audience.query.model import AudienceQuery
from lake.store import Lake
from nlp.taxonomy import load_taxonomy
from privacy.redact import redact
from privacy.sensitive import sensitive_matter

_EXCERPT = 80
_POSTS_A_MEMBER = 3
_MENTION = re.compile(r"@u[0-9a-f]{32}")

Evidenced: TypeAlias = dict[str, list[Evidence]]


def evidence_of(index: OpenIndex, query: AudienceQuery, rows: Sequence[Mapping[str, Any]]) -> Evidenced:
    """Person id to posts behind the tags that the query asks for; behind the strongest tags where it asks for none."""
    of = _tags(query)
    wanted = {
        row["person_id"]: [(tag, post) for tag in of(row["levels"]) for post in row["evidence"].get(tag, ())][
            :_POSTS_A_MEMBER
        ]
        for row in rows
    }
    posts = _posts(index, sorted({post for pairs in wanted.values() for _, post in pairs}))
    found: Evidenced = {}
    for person, pairs in wanted.items():
        shown = [(tag, posts[post]) for tag, post in pairs if post in posts]
        found[person] = [
            Evidence(tag=tag, post_id=post["id"], at=post["created_at"], excerpt=_excerpt(post["text"]))
            for tag, post in shown
            if sensitive_matter(post["text"] or "") is None
        ]
    return found


def _tags(query: AudienceQuery) -> Callable[[Mapping[str, int]], list[str]]:
    """Picks a person's tags that the query is about, else the two strongest."""
    asked = interests(query)
    tags = {value for field, value in asked if field == "tag"}
    for parent in (value for field, value in asked if field == "parent"):
        tags |= set(load_taxonomy().children_of(parent))
    return lambda levels: [tag for tag in levels if tag in tags] or list(levels)[:2]


def _posts(index: OpenIndex, ids: list[str]) -> dict[str, dict[str, Any]]:
    if not ids:
        return {}
    posts = Lake(index.home).read(
        "posts",
        columns=["id", "created_at", "text", "searchable"],
        where=pl.col("id").is_in(pl.Series(ids).implode()),
    )
    return {row["id"]: row for row in posts.filter(pl.col("searchable")).iter_rows(named=True)}


def _excerpt(text: str | None) -> str:
    """Redacted once more: rules may have grown since the text was stored."""
    plain = " ".join(_MENTION.sub("@…", redact(text or "")).split())
    return plain if len(plain) <= _EXCERPT else plain[: _EXCERPT - 1] + "…"
