"""The tables of the lake by name: those collected, and those derived from them."""

from __future__ import annotations

from lake.schemas.collected import ACCOUNTS, EDGES, KEYWORDS, LINKS, POSTS, REJECTS, RUNS, TOUCHPOINTS, VAULT
from lake.schemas.derived import (
    ANNOTATIONS,
    BURSTS,
    COMMUNITIES,
    COVERAGE,
    INFLUENCE,
    PROFILES,
    SEGMENT_MEMBERS,
    TAG_INFLUENCE,
    TERM_CATEGORIES,
    TOPICS,
    TRENDS,
    VALUE,
)
from lake.schemas.table import STRINGS, Table

__all__ = [
    "ACCOUNTS",
    "ANNOTATIONS",
    "BURSTS",
    "COLLECTED",
    "COMMUNITIES",
    "COVERAGE",
    "DERIVED",
    "EDGES",
    "INFLUENCE",
    "KEYWORDS",
    "LINKS",
    "POSTS",
    "PROFILES",
    "REJECTS",
    "RUNS",
    "SEGMENT_MEMBERS",
    "STRINGS",
    "TABLES",
    "TAG_INFLUENCE",
    "TERM_CATEGORIES",
    "TOPICS",
    "TOUCHPOINTS",
    "TRENDS",
    "VALUE",
    "VAULT",
    "Table",
]

COLLECTED = (POSTS, ACCOUNTS, EDGES, KEYWORDS, TOUCHPOINTS, LINKS, RUNS, REJECTS, VAULT)
DERIVED = (
    ANNOTATIONS,
    TOPICS,
    TRENDS,
    COVERAGE,
    BURSTS,
    INFLUENCE,
    TAG_INFLUENCE,
    COMMUNITIES,
    PROFILES,
    VALUE,
    SEGMENT_MEMBERS,
    TERM_CATEGORIES,
)
TABLES = {table.name: table for table in (*COLLECTED, *DERIVED)}
