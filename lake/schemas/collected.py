"""The tables that crawls and imports write."""

from __future__ import annotations

import pyarrow as pa

from lake.schemas.table import STRINGS, TIME, Table, schema_of

# Every collected row says where it came from, by which run, when, and under which policy.
_PROVENANCE = {"source": pa.string(), "run_id": pa.string(), "collected_at": TIME, "policy_id": pa.string()}
_BY_SOURCE_MONTH = ("source", "month")

POSTS = Table(
    "posts",
    schema_of(
        {
            "id": pa.string(),  # "p" + 32 hex, keyed pseudonym
            "account_id": pa.string(),  # "u" + 32 hex
            "created_at": TIME,
            "month": pa.string(),  # "2026-08", from created_at
            "text": pa.string(),  # redacted plain text; mentions are "@u<32 hex>"
            "title": pa.string(),
            "lang": pa.string(),
            "board": pa.string(),  # forum category or tag timeline, where the source has one
            "hashtags": STRINGS,
            "kind": pa.string(),  # post | reply | repost
            "reply_to_id": pa.string(),
            "reply_to_account_id": pa.string(),
            "repost_of_id": pa.string(),
            "repost_of_account_id": pa.string(),
            "mention_ids": STRINGS,
            "likes": pa.int64(),
            "replies": pa.int64(),
            "reposts": pa.int64(),
            "searchable": pa.bool_(),  # false: counts in aggregates, never searched nor shown as evidence
            **_PROVENANCE,
        }
    ),
    key=("id",),
    partition_by=_BY_SOURCE_MONTH,
)

ACCOUNTS = Table(
    "accounts",
    schema_of(
        {
            "id": pa.string(),
            "kind": pa.string(),  # person | organisation | media | brand | bot
            "public": pa.bool_(),  # brands and media of brands.toml, organisations the source verifies
            "name": pa.string(),  # only where public
            "bio": pa.string(),  # redacted
            "region": pa.string(),  # self-declared
            "gender": pa.string(),  # self-declared: f | m
            "age_band": pa.string(),  # from a stated birthday, 18+ only
            "education": pa.string(),
            "occupation": pa.string(),
            "verified": pa.bool_(),
            "followers_count": pa.int64(),
            "following_count": pa.int64(),
            "posts_count": pa.int64(),
            "registered_at": TIME,
            "last_active_at": TIME,
            "listable": pa.bool_(),  # false: never listed as member, influencer or lookalike
            "edges_visible": pa.bool_(),  # false: its follow lists are hidden, no edges are kept
            **_PROVENANCE,
        }
    ),
    key=("id",),
    partition_by=("source",),
)

EDGES = Table(
    "edges",
    schema_of(
        {
            "src": pa.string(),
            "dst": pa.string(),
            "kind": pa.string(),  # follow | mention | reply | repost
            "post_id": pa.string(),  # empty for follow
            "at": TIME,  # the post's time; for follow, when it was first seen
            "last_at": TIME,  # for follow, when it was last seen; else as "at"
            "month": pa.string(),
            **_PROVENANCE,
        }
    ),
    key=("kind", "src", "dst", "post_id"),
    partition_by=_BY_SOURCE_MONTH,
)

KEYWORDS = Table(
    "keywords",
    schema_of(
        {
            "term": pa.string(),
            "at": TIME,
            "grain": pa.string(),  # hour | day
            "month": pa.string(),
            "rank": pa.int32(),
            "volume": pa.float64(),  # heat or search index, in the source's own unit
            "category": pa.string(),
            "description": pa.string(),
            "related": STRINGS,
            "advert": pa.bool_(),
            # of the topic's own page, as last seen; null where the source shows none
            "reads": pa.int64(),
            "discussions": pa.int64(),
            "originals": pa.int64(),  # posts that are no reposts
            **_PROVENANCE,
        }
    ),
    key=("source", "grain", "term", "at"),
    partition_by=_BY_SOURCE_MONTH,
)

TOUCHPOINTS = Table(
    "touchpoints",
    schema_of(
        {
            "id": pa.string(),  # "t" + 32 hex
            "account_id": pa.string(),  # where the row names an account
            "customer_id": pa.string(),  # as the user's own system writes it
            "at": TIME,
            "month": pa.string(),
            "kind": pa.string(),  # purchase | answer | visit | contact | service | other
            "what": pa.string(),  # product, question, message …; redacted, like all words here
            "amount": pa.float64(),  # in the user's currency, never negative: a refund has the outcome refund
            "place": pa.string(),
            "channel": pa.string(),
            "promotion": pa.string(),
            "outcome": pa.string(),  # refund, or what the user's own system says
            **_PROVENANCE,
        }
    ),
    key=("id",),
    partition_by=_BY_SOURCE_MONTH,
)

LINKS = Table(
    "links",
    schema_of({"customer_id": pa.string(), "account_id": pa.string(), **_PROVENANCE}),
    key=("customer_id", "account_id"),
)

RUNS = Table(
    "runs",
    schema_of(
        {
            "run_id": pa.string(),
            "kind": pa.string(),  # crawl | import | snapshot
            "spider": pa.string(),  # spider or importer name
            "source": pa.string(),
            "policy_id": pa.string(),
            "at": TIME,  # what moment the run covers; for a snapshot, its hour
            "started_at": TIME,
            "ended_at": TIME,
            "status": pa.string(),  # running | ok | failed | blocked | empty | truncated
            "message": pa.string(),
            "asked": pa.int64(),
            "fetched": pa.int64(),
            "forbidden": pa.int64(),
            "blocked": pa.int64(),
            "empty": pa.int64(),
            "truncated": pa.int64(),
            "rejected": pa.int64(),
            "rows": pa.int64(),
            "new": pa.int64(),  # posts that no earlier run had kept
            "updated": pa.int64(),  # posts that an earlier run had kept with other words
            "completeness": pa.string(),  # JSON: {"posts.region": 0.93, ...}
            "decisions": pa.string(),  # JSON: {"robotstxt/forbidden": 3, "optout/noindex": 1, ...}
            "warnings": pa.string(),  # JSON: ["posts.region was filled in 40 % of the rows, ...", ...]
        }
    ),
    key=("run_id",),
)

REJECTS = Table(
    "rejects",
    schema_of(
        {
            "id": pa.string(),
            "table": pa.string(),
            "reason": pa.string(),
            "row": pa.string(),  # the refused row or body, whole
            "account_id": pa.string(),  # where it could be told: lets erasure reach it
            **_PROVENANCE,
        }
    ),
    key=("id",),
    in_vault=True,
)

VAULT = Table(
    "names",
    schema_of(
        {
            "id": pa.string(),  # the pseudonym
            "kind": pa.string(),  # account | post
            "native_id": pa.string(),
            "handle": pa.string(),  # lower case
            "url": pa.string(),
            "account_id": pa.string(),  # the author, for a post; itself, for an account
            **_PROVENANCE,
        }
    ),
    key=("id",),
    partition_by=("source", "kind"),
    in_vault=True,
)
